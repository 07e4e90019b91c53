;; A provider of `rerank` that behaves well: the world of wit/, implemented by hand. A hole is a comment `;;@name`, where
;; a case puts its attack: at the start of a function's body, or among the fields of the module.
(module
  ;;@imports
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))

  ;; `corpus` at 16, `0.1` at 22, `rerank` at 25, `chat` at 31, `live` at 35.
  (data (i32.const 16) "corpus0.1rerankchatlive")

  ;; provider-info: id, version, and nothing else.
  (data (i32.const 1024) "\10\00\00\00\06\00\00\00\16\00\00\00\03\00\00\00")
  (func (export "palisade:provider/catalog@0.1.1#describe") (result i32)
    ;;@describe
    (i32.const 1024))

  ;; A page of one model: its id, what it can do, and its status.
  (data (i32.const 1160) "\00\05\00\00\01\00\00\00")
  (data (i32.const 1280) "\10\00\00\00\06\00\00\00")
  (data (i32.const 1300) "\80\05\00\00\01\00\00\00")
  (data (i32.const 1392) "\23\00\00\00\04\00\00\00")
  (data (i32.const 1408) "\19\00\00\00\06\00\00\00\1f\00\00\00\04\00\00\00")
  (func (export "palisade:provider/catalog@0.1.1#models") (param i32 i32 i32) (result i32)
    ;;@models
    (i32.const 1152))

  ;; All is well.
  (func (export "palisade:provider/health@0.1.1#check") (result i32)
    ;;@check
    (i32.const 1728))

  ;; A ranking of one document: the first, with a score of 1.
  (data (i32.const 1544) "\80\06\00\00\01\00\00\00")
  (data (i32.const 1664) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\f0\3f")
  (func (export "palisade:provider/rerank@0.1.1#rerank")
    (param $query i32) (param $query_length i32)
    (param $documents i32) (param $count i32)
    (param $has_top i32) (param $top i32)
    (param $model i32) (param $model_length i32)
    (param $key i32) (param $key_length i32)
    (param $deadline i32)
    (param $options i32) (param $options_count i32)
    (param $strict i32)
    (result i32)
    ;;@rerank
    (i32.const 1536))
  (func (export "cabi_post_palisade:provider/rerank@0.1.1#rerank") (param $result i32)
    ;;@post-return
  )

  ;; Gives out memory and takes none back.
  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $place i32)
    ;;@realloc
    (local.set $place (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $place) (local.get $size)))
    (loop $grow
      (if (i32.gt_u (global.get $free) (i32.shl (memory.size) (i32.const 16)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
          (br $grow))))
    (local.get $place))
  ;;@module
)
