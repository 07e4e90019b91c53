(import "[export]palisade:provider/chat@0.1.1" "[resource-new]chat-stream" (func $new_stream (param i32) (result i32)))
  (import "[export]palisade:provider/chat@0.1.1" "[resource-drop]chat-stream" (func $drop_stream (param i32)))
