//! What a component finds in the world: nothing.

use palisade::{ErrorKind, Registration};

use crate::{refusals::lookalike, support::shared};

/// Fails unless the start function of this component finds a list that is empty.
async fn check(name: &str, imports: &str) {
    let module = r#"
        (import "world" "memory" (memory 1))
        (import "world" "ask" (func $ask (param i32)))
        (func $go
            (i32.store (i32.const 20) (i32.const -1))
            (call $ask (i32.const 16))
            (if (i32.load (i32.const 20)) (then unreachable)))
        (start $go)"#;
    // It is refused for its types, after it has run: a trap would be another error.
    let memory = r#"
        (core module $memory
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
        (core instance $memory (instantiate $memory))"#;
    let lower = r#"
        (core func $ask (canon lower (func $question) (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
        (alias core export $memory "memory" (core memory $bytes))
        (core instance $world (export "memory" (memory $bytes)) (export "ask" (func $ask)))"#;
    let registration: Registration =
        lookalike(&format!("{memory}{imports}{lower}"), module, r#"(with "world" (instance $world))"#);
    let error = shared().register(name, registration).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongInterface, "{name}: {error}");
}

#[tokio::test]
async fn there_are_no_environment_variables_and_no_arguments() {
    for (function, result) in [("get-environment", "(list (tuple string string))"), ("get-arguments", "(list string)")]
    {
        let imports = format!(
            r#"(import "wasi:cli/environment@0.2.0" (instance $environment
                (export "{function}" (func (result {result})))))
            (alias export $environment "{function}" (func $question))"#
        );
        check(function, &imports).await;
    }
}

#[tokio::test]
async fn there_are_no_folders() {
    let imports = r#"
        (import "wasi:filesystem/types@0.2.0" (instance $types (export "descriptor" (type (sub resource)))))
        (alias export $types "descriptor" (type $descriptor))
        (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
            (alias outer 1 $descriptor (type $outer))
            (export "descriptor" (type $own (eq $outer)))
            (export "get-directories" (func (result (list (tuple (own $own) string)))))))
        (alias export $preopens "get-directories" (func $question))"#;
    check("folders", imports).await;
}
