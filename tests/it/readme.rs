//! What the README shows is what is tested elsewhere.

use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_provider_of_the_readme_is_the_documentation_test_of_the_sdk() {
    let readme = read("README.md");
    let blocks = readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let provider = blocks.clone().find(|block| block.contains("palisade_guest::export!")).unwrap();
    let commented: String = provider.lines().map(|line| format!("//! {line}").trim_end().to_owned() + "\n").collect();
    assert!(read("guest-sdk/src/lib.rs").contains(&commented), "the first example of the SDK is not:\n{provider}");
}
