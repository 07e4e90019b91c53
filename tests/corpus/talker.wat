;; What a provider of `rerank` exports to be one of `chat` as well.
  (data (i32.const 1304) "\02\00\00\00")
  (global $pieces (mut i32) (i32.const 0))

  (func (export "palisade:provider/chat@0.1.1#reply") (param $request i32) (result i32)
    ;;@reply
    (i32.store (i32.const 2056) (call $new_stream (i32.const 7)))
    (i32.const 2048))

  ;; The first piece is the text `corpus`, the second the end.
  (data (i32.const 2184) "\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\10\00\00\00\06\00\00\00")
  (data (i32.const 2312) "\01\00\00\00\00\00\00\00\03")
  (func (export "palisade:provider/chat@0.1.1#[method]chat-stream.next") (param $self i32) (result i32)
    ;;@next
    (global.set $pieces (i32.add (global.get $pieces) (i32.const 1)))
    (select (i32.const 2176) (i32.const 2304) (i32.eq (global.get $pieces) (i32.const 1))))
  (func (export "palisade:provider/chat@0.1.1#[method]chat-stream.cancel") (param $self i32))
  (func (export "palisade:provider/chat@0.1.1#[dtor]chat-stream") (param $self i32)
    ;;@destructor
  )
  ;;@module
