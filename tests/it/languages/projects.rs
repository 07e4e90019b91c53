//! Projects as `palisade new` makes them.

use std::{
    cell::OnceCell,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use palisade::{ErrorKind, Registration};
use palisade_project::{Language, New, Settings, build, create};

use crate::support::{builder, languages, with};

/// How C is compiled for its tests: leaks, and what is out of bounds, are errors.
const SANITIZED: &str =
    "CFLAGS=-std=c11 -g -Wall -Wextra -Werror -Wno-missing-field-initializers -fsanitize=address,undefined";

/// Makes a project and runs its tests with the runner of its language.
fn tested(language: Language, capability: &str, run: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &New { language, name: "red-fox", capability }).unwrap();
    run(folder.path());
}

pub(super) fn succeeds(command: &mut Command, what: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&said));
}

#[test]
fn the_tests_of_every_template_in_python_pass() {
    for capability in Language::Python.capabilities() {
        tested(Language::Python, capability, |folder| {
            let mut tests = Command::new("python3");
            succeeds(
                tests.args(["-m", "unittest"]).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1"),
                capability,
            );
        });
    }
}

#[test]
fn the_tests_of_every_template_in_javascript_pass() {
    for capability in Language::JavaScript.capabilities() {
        tested(Language::JavaScript, capability, |folder| {
            // As `npm install` would link it.
            let modules = folder.join("node_modules/@palisade");
            fs::create_dir_all(&modules).unwrap();
            symlink("../../vendor/palisade-guest", modules.join("guest")).unwrap();
            succeeds(Command::new("node").arg("--test").current_dir(folder), capability);
        });
    }
}

/// Makes the project of one capability in an empty folder, and then has it hold those of the others, one after the other: what
/// they are tested with is compiled or installed once.
fn each_in(folder: &Path, language: Language, first: &str, test: impl Fn(&str)) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    create(folder, &New { language, name: "red-fox", capability: first }).unwrap();
    test(first);
    for capability in language.capabilities().into_iter().filter(|capability| *capability != first) {
        let other = tempfile::tempdir_in(folder.parent().unwrap()).unwrap();
        create(other.path(), &New { language, name: "red-fox", capability }).unwrap();
        for part in ["src", "test", "tests"] {
            let (from, to) = (other.path().join(part), folder.join(part));
            if to.exists() {
                fs::remove_dir_all(&to).unwrap();
            }
            if from.exists() {
                fs::rename(from, to).unwrap();
            }
        }
        test(capability);
    }
}

/// What the tools of a language keep between runs of the tests.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Loads what was built of the first project, which greets.
async fn greets(component: &Path) {
    with(Registration::path(component), async |provider| {
        assert_eq!(provider.chat("World").await.unwrap().response.text, "Hello, World!");
    })
    .await;
}

#[tokio::test]
async fn every_template_in_rust_passes_its_tests_and_becomes_a_component() {
    let (folder, compiled) = (kept("from-templates").join("rust"), kept("from-templates/cargo"));
    each_in(&folder, Language::Rust, "chat", |capability| {
        let mut tests = Command::new("cargo");
        // What it depends on is what the workspace depends on, and is there.
        tests.args(["test", "--quiet", "--offline", "--target-dir"]).arg(&compiled);
        succeeds(tests.current_dir(&folder), capability);
    });

    fs::remove_dir_all(&folder).unwrap();
    create(&folder, &New { language: Language::Rust, name: "red-fox", capability: "chat" }).unwrap();
    fs::create_dir_all(folder.join("build")).unwrap();
    symlink(&compiled, folder.join("build/cargo")).unwrap();
    match build(&folder, &Settings::default()) {
        Ok(built) => greets(&built.component).await,
        // `cargo xtask guests` has other ways to compile where Rust cannot.
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::MissingTool, "{error}");
            assert!(error.message().contains("rustup target add"), "{error}");
        }
    }
}

#[tokio::test]
async fn every_template_in_typescript_passes_its_tests_and_becomes_a_component() {
    let place = tempfile::tempdir().unwrap();
    let (folder, component) = (place.path().join("red-fox"), OnceCell::new());
    each_in(&folder, Language::TypeScript, "chat", |capability| {
        // What was fetched before is not fetched again.
        fs::write(folder.join(".npmrc"), "prefer-offline=true\n").unwrap();
        component.get_or_init(|| build(&folder, &Settings::default()).unwrap().component);
        succeeds(Command::new("npm").arg("test").current_dir(&folder), capability);
    });
    greets(component.get().unwrap()).await;
}

#[test]
fn the_tests_of_every_template_in_c_pass() {
    for capability in Language::C.capabilities() {
        tested(Language::C, capability, |folder| {
            succeeds(Command::new("make").args(["test", "CC=cc", SANITIZED]).current_dir(folder), capability);
        });
    }
}

#[test]
fn the_tests_of_every_template_in_zig_pass() {
    let tools = fs::canonicalize(languages().join("../guest/tools")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("red-fox");
    each_in(&folder, Language::Zig, "chat", |capability| {
        let mut tests = Command::new(tools.join("zig/bin/python"));
        tests.args(["-m", "ziglang", "build", "test"]).current_dir(&folder);
        succeeds(tests.env("ZIG_GLOBAL_CACHE_DIR", tools.join("zig-cache")), capability);
    });
}

/// A program of the Go of this machine, or of the one that `cargo xtask guests` has fetched.
pub(super) fn of_go(program: &str) -> Command {
    let fetched = languages().join("../guest/tools/go/bin").join(program);
    Command::new(if fetched.is_file() { fs::canonicalize(fetched).unwrap() } else { program.into() })
}

#[test]
fn the_tests_of_every_template_in_go_pass_and_nothing_is_to_be_said_of_it() {
    for capability in Language::Go.capabilities() {
        tested(Language::Go, capability, |folder| {
            succeeds(of_go("go").arg("test").current_dir(folder), capability);
            succeeds(of_go("go").arg("vet").current_dir(folder), capability);
        });
    }
}

#[test]
fn all_that_is_written_in_go_is_formatted_as_go_formats_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut format = of_go("gofmt");
    format.args(["-l", "guest-sdk/go", "host/crates/project/templates/go", "example-providers", "tests/languages"]);
    let output = format.current_dir(&root).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    succeeds(of_go("go").args(["vet", "./..."]).current_dir(root.join("guest-sdk/go")), "the SDK");
}

#[test]
fn what_is_wrong_with_a_program_in_go_is_told() {
    let tools = languages().join("../guest/tools");
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &New { language: Language::Go, name: "red-fox", capability: "chat" }).unwrap();
    let built = |program: &str| {
        fs::write(folder.path().join("main.go"), program).unwrap();
        build(folder.path(), &Settings { tools: Some(&tools), step: None }).unwrap_err()
    };
    for (program, told) in [
        ("package main\n\nfunc main() {}\n", "import the package of one"),
        ("package main\n\nimport _ \"palisade/texttovideo\"\n\nfunc main() {}\n", "import palisade/jobs too"),
        ("package main\n\nimport _ \"palisade/telepathy\"\n\nfunc main() {}\n", "palisade/telepathy"),
        ("package main\n\nimport _ \"palisade/chat\"\n\nfunc main() { fox() }\n", "main.go:5:15: undefined: fox"),
    ] {
        let error = built(program);
        assert_eq!(error.kind(), ErrorKind::BuildFailed, "{error}");
        assert!(error.message().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_capability_that_nobody_handles_in_go_is_told_when_it_is_loaded() {
    let tools = languages().join("../guest/tools");
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &New { language: Language::Go, name: "red-fox", capability: "chat" }).unwrap();
    let program = fs::read_to_string(folder.path().join("main.go")).unwrap();
    fs::write(folder.path().join("main.go"), program.replace("\tchat.Handle(reply)\n", "")).unwrap();
    let component = build(folder.path(), &Settings { tools: Some(&tools), step: None }).unwrap().component;
    let host = builder().build().await.unwrap();
    let error = host.register("red-fox", Registration::path(component)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trap, "{error}");
    let log = error.report().map(|report| report.log.iter().map(|line| line.text.as_str()).collect::<Vec<_>>());
    assert!(format!("{error} {log:?}").contains("chat is imported"), "{error}: {log:?}");
}

#[test]
fn the_examples_pass_their_own_tests() {
    // Where they were built, their packages are.
    let built = languages().join("../guest/projects");
    for name in ["digest", "sampler-python"] {
        let mut python = Command::new("python3");
        python.args(["-m", "unittest"]).current_dir(built.join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
        succeeds(&mut python, name);
    }
    for name in ["formula", "hello-typescript", "sampler-javascript"] {
        succeeds(Command::new("npm").arg("test").current_dir(built.join(name)), name);
    }
    for name in ["adpcm", "painter-c"] {
        succeeds(Command::new("make").args(["test", "CC=cc", SANITIZED]).current_dir(built.join(name)), name);
    }
}

#[test]
fn what_is_no_project_is_not_built() {
    let folder = tempfile::tempdir().unwrap();
    let built = |folder: &Path| build(folder, &Settings::default()).unwrap_err();
    assert_eq!(built(folder.path()).kind(), ErrorKind::Project);
    fs::write(folder.path().join("pyproject.toml"), "[project]\n").unwrap();
    assert_eq!(built(folder.path()).kind(), ErrorKind::Project);
}

#[test]
fn a_mistake_in_a_program_is_told_as_its_language_tells_it() {
    let tools = languages().join("../guest/tools");
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &New { language: Language::Python, name: "red-fox", capability: "chat" }).unwrap();
    fs::write(folder.path().join("src/red_fox.py"), "import palisade_guest\n1 / 0\n").unwrap();
    let error = build(folder.path(), &Settings { tools: Some(&tools), step: None }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    assert!(
        error.message().contains("red_fox.py\", line 2") && error.message().contains("ZeroDivisionError"),
        "{error}"
    );
}

#[test]
fn a_capability_without_a_function_is_told_by_name() {
    let tools = languages().join("../guest/tools");
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &New { language: Language::C, name: "red-fox", capability: "chat" }).unwrap();
    let manifest = folder.path().join("provider.toml");
    let built = |capabilities: &str| {
        let text = format!("[provider]\nname = \"red-fox\"\nlanguage = \"c\"\ncapabilities = [{capabilities}]\n");
        fs::write(&manifest, text).unwrap();
        build(folder.path(), &Settings { tools: Some(&tools), step: None })
    };
    let error = built(r#""chat", "rerank""#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    assert!(error.message().contains("palisade_rerank"), "{error}");
    let error = built(r#""telepathy""#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Project);
    assert!(error.message().contains("`telepathy`"), "{error}");
}

#[test]
fn every_example_is_what_the_template_makes() {
    for (name, language) in [
        ("hello-c", Language::C),
        ("hello-go", Language::Go),
        ("hello-javascript", Language::JavaScript),
        ("hello-python", Language::Python),
        ("hello-rust", Language::Rust),
        ("hello-typescript", Language::TypeScript),
        ("hello-zig", Language::Zig),
    ] {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &New { language, name, capability: "chat" }).unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../example-providers").join(name);
        let mut pending = vec![example.clone()];
        let mut compared = 0;
        while let Some(path) = pending.pop() {
            let made = folder.path().join(path.strip_prefix(&example).unwrap());
            if path.is_dir() {
                let left = path.file_name().is_some_and(|name| name == "__pycache__");
                pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).filter(|_| !left));
                continue;
            }
            // A package of this workspace has its versions and lints from it.
            if language == Language::Rust && path.ends_with("Cargo.toml") {
                continue;
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), fs::read_to_string(&made).unwrap(), "{}", path.display());
            compared += 1;
        }
        assert!(compared >= 4, "{name}: {compared} files");
        assert!(languages().join(format!("{name}.wasm")).is_file(), "the template is built");
    }
}

#[test]
fn what_is_built_again_elsewhere_is_the_same_in_c_go_and_zig() {
    let tools = languages().join("../guest/tools");
    for (name, language) in [("hello-c", Language::C), ("hello-go", Language::Go), ("hello-zig", Language::Zig)] {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &New { language, name, capability: "chat" }).unwrap();
        let again = build(folder.path(), &Settings { tools: Some(&tools), step: None }).unwrap().component;
        let first = languages().join(format!("{name}.wasm"));
        assert!(fs::read(again).unwrap() == fs::read(first).unwrap(), "{name} is another component than the example");
    }
}

#[test]
fn the_guide_shows_the_examples_to_the_letter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = fs::read_to_string(root.join("docs/languages.md")).unwrap();
    for file in [
        "hello-c/src/hello_c.c",
        "hello-go/main.go",
        "hello-javascript/src/provider.js",
        "hello-python/src/hello_python.py",
        "hello-rust/src/lib.rs",
        "hello-zig/src/hello_zig.zig",
    ] {
        let source = fs::read_to_string(root.join("example-providers").join(file)).unwrap();
        assert!(guide.contains(&format!("\n{source}```")) && guide.contains(file), "{file}");
        // In Zig, tests are beside what they test.
        let own = source.split("\ntest ").next().unwrap();
        assert!(own.lines().count() <= 24, "{file} is no short hello");
    }
}
