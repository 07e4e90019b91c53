;; A component that describes itself in a version that this host speaks, and serves in one that it does not. It does nothing.
(component
  (import "palisade:provider/log@0.1.0" (instance))
  (core module $code (func (export "run")))
  (core instance $code (instantiate $code))
  (func $run (canon lift (core func $code "run")))
  (instance $any (export "run" (func $run)))
  (export "palisade:provider/catalog@0.1.0" (instance $any))
  (export "palisade:provider/chat@0.2.0" (instance $any))
  (export "palisade:provider/health@0.1.0" (instance $any)))
