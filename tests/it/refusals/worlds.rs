//! Components that are no provider, or ask for more than there is.

use std::time::Duration;

use palisade::{ErrorKind, Limits, Registration};

use super::check;
use crate::support::within;

/// A component with the exports of a provider by name, and with no types: it is loaded until these are looked at, which
/// is after its code has run its start function.
pub(crate) fn lookalike(imports: &str, module: &str, arguments: &str) -> Registration {
    let text = format!(
        r#"(component
            {imports}
            (core module $code {module} (func (export "run")))
            (core instance $code (instantiate $code {arguments}))
            (func $run (canon lift (core func $code "run")))
            (instance $catalog (export "describe" (func $run)) (export "models" (func $run)))
            (instance $health (export "check" (func $run)))
            (instance $painter (export "generate" (func $run)))
            (export "palisade:provider/catalog@0.1.0" (instance $catalog))
            (export "palisade:provider/health@0.1.0" (instance $health))
            (export "palisade:provider/text-to-image@0.1.0" (instance $painter)))"#
    );
    component(&text)
}

fn component(text: &str) -> Registration {
    Registration::bytes(wat::parse_str(text).unwrap_or_else(|error| panic!("{error}")))
}

/// A component that exports these instances, each with these functions.
fn exporting(instances: &[(&str, &[&str])]) -> Registration {
    let mut text = String::from(
        r#"(component
            (core module $code (func (export "run")))
            (core instance $code (instantiate $code))
            (func $run (canon lift (core func $code "run")))"#,
    );
    for (index, (name, functions)) in instances.iter().enumerate() {
        let functions: String = functions.iter().map(|name| format!("(export \"{name}\" (func $run))")).collect();
        text += &format!("(instance $i{index} {functions}) (export \"{name}\" (instance $i{index}))");
    }
    component(&(text + ")"))
}

const CATALOG: (&str, &[&str]) = ("palisade:provider/catalog@0.1.0", &["describe", "models"]);
const HEALTH: (&str, &[&str]) = ("palisade:provider/health@0.1.0", &["check"]);
const PAINTER: (&str, &[&str]) = ("palisade:provider/text-to-image@0.1.0", &["generate"]);

#[tokio::test]
async fn a_component_that_is_no_provider_is_refused_with_what_it_lacks() {
    let cases = [
        ("nothing", component("(component)"), "does not export palisade:provider/catalog@0.1.1"),
        (
            "unrelated",
            exporting(&[("wasi:cli/run@0.2.0", &["run"])]),
            "does not export palisade:provider/catalog@0.1.1",
        ),
        ("no-health", exporting(&[CATALOG, PAINTER]), "does not export palisade:provider/health@0.1.1"),
        ("no-capability", exporting(&[CATALOG, HEALTH]), "text-to-image"),
        (
            "unknown-capability",
            exporting(&[CATALOG, HEALTH, ("palisade:provider/mind-reading@0.1.0", &["read"])]),
            "exports no capability that this version serves",
        ),
    ];
    for (name, registration, says) in cases {
        check(name, registration, ErrorKind::WrongWorld, says).await;
    }
}

#[tokio::test]
async fn an_interface_of_the_right_name_with_other_functions_or_types_is_refused() {
    let no_models: (&str, &[&str]) = ("palisade:provider/catalog@0.1.0", &["describe"]);
    let no_check: (&str, &[&str]) = ("palisade:provider/health@0.1.0", &["checked"]);
    let cases = [
        ("no-models-function", exporting(&[no_models, HEALTH, PAINTER]), "palisade:provider/catalog@0.1.0"),
        ("no-check-function", exporting(&[CATALOG, no_check, PAINTER]), "palisade:provider/health@0.1.0"),
        ("other-types", lookalike("", "", ""), "palisade:provider/catalog@0.1.0 describe -> result"),
    ];
    for (name, registration, says) in cases {
        check(name, registration, ErrorKind::WrongInterface, says).await;
    }
}

#[tokio::test]
async fn an_import_that_was_not_granted_is_refused_by_name() {
    let imports = [
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:io/streams@0.3.0",
        "wasi:keyvalue/store@0.2.0",
        "palisade:provider/http@0.1.0",
        "palisade:provider/text-to-image@0.1.0",
        "evil:corp/backdoor",
        "env",
    ];
    for import in imports {
        let text = format!("(component (import \"{import}\" (instance (export \"run\" (func)))))");
        check("imports", component(&text), ErrorKind::UngrantedImport, &format!("`{import}`")).await;
    }
    let function = component("(component (import \"run\" (func)))");
    check("imports", function, ErrorKind::UngrantedImport, "`run`").await;
    // A function that a linked interface does not have.
    let text = "(component (import \"palisade:provider/log@0.1.0\" (instance (export \"shred\" (func)))))";
    check("imports", component(text), ErrorKind::UngrantedImport, "not linked").await;
}

/// Asks the clock of WASI for a signal in an hour and waits for it: no fuel is used and no epoch comes.
const SLEEPS: (&str, &str, &str) = (
    r#"(import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $pollable (type $outer))
            (export "pollable" (type $own (eq $outer)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
        (core func $block (canon lower (func $poll "[method]pollable.block")))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core instance $wasi (export "block" (func $block)) (export "subscribe" (func $subscribe)))"#,
    r#"(import "wasi" "block" (func $block (param i32)))
        (import "wasi" "subscribe" (func $subscribe (param i64) (result i32)))
        (func $go (call $block (call $subscribe (i64.const 3600000000000))))
        (start $go)"#,
    r#"(with "wasi" (instance $wasi))"#,
);

#[tokio::test]
async fn waiting_in_a_host_function_is_ended_by_the_outer_timeout() {
    let (imports, module, arguments) = SLEEPS;
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    let registration = lookalike(imports, module, arguments).limits(limits);
    let error = within(Duration::from_secs(1), check("sleeps", registration, ErrorKind::Deadline, "200ms")).await;
    let resources = error.report().unwrap().resources;
    assert!(resources.guest_time < resources.wall_time / 2, "it waited, and that is not its own time: {resources:?}");
}
