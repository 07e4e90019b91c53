//! What is fuzzed: each check takes any bytes. The tests of the workspace run the same checks on the seeds and on what
//! was ever found.

pub mod catalogue;
pub mod configuration;
pub mod gate;
pub mod schema;

/// Panics when the code under it breaks a promise.
pub type Check = fn(&[u8]);

/// All checks, by the name of their target.
pub const CHECKS: [(&str, Check); 4] = [
    ("catalogue", catalogue::check),
    ("configuration", configuration::check),
    ("gate", gate::check),
    ("schema", schema::check),
];

/// Panics when text about what a stranger wrote could act on a terminal, or is very long.
fn assert_harmless(text: &str) {
    assert!(!text.chars().any(|character| character.is_control() || character == '\u{202e}'), "unescaped: {text:?}");
    assert!(text.len() < 8000, "{} bytes: {text}", text.len());
}
