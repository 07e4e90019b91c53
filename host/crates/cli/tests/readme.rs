//! What the README and the chapter of pipelines show is what is printed.
//!
//! Needs the example providers: `cargo xtask guests`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[test]
fn what_is_printed_is_what_the_readme_says() {
    // Its files are named as seen from the root. The only test of its process, so that nobody else is moved.
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../..")).unwrap();
    // What its steps have made before is not made again.
    let _was_not_there = std::fs::remove_dir_all("target/illustrate");
    trycmd::TestCases::new().case("README.md").case("docs/pipelines.md");
}
