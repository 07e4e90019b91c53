;; A component that speaks a version of palisade:provider that this host has never heard of. It does nothing.
(component
  (import "palisade:provider/log@9.0.0" (instance))
  (core module $code (func (export "run")))
  (core instance $code (instantiate $code))
  (func $run (canon lift (core func $code "run")))
  (instance $any (export "run" (func $run)))
  (export "palisade:provider/catalog@9.0.0" (instance $any))
  (export "palisade:provider/chat@9.0.0" (instance $any))
  (export "palisade:provider/health@9.0.0" (instance $any)))
