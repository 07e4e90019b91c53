//! What fuzzing starts from and what it once found, run as it runs them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::fuzz::CHECKS;

/// The files of a target in one of these folders; there may be none.
fn files(folder: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder).join(target);
    fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect()
}

#[test]
fn seeds_and_findings_keep_the_promises() {
    for (target, check) in CHECKS {
        let seeds = files("seeds", target);
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for file in seeds.into_iter().chain(files("findings", target)) {
            // Shown when the check fails.
            println!("{}", file.display());
            check(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_program_to_fuzz_with() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    for (target, _) in CHECKS {
        assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
    }
}
