//! `palisade pipeline`: what it writes, and what it says is wrong.

use std::fs;

use serde_json::Value;

use super::{PNG, check, files, palisade};

/// The pipeline of the guide.
const ILLUSTRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/pipelines/illustrate.toml");

#[test]
fn a_pipeline_writes_its_pictures_and_its_graph_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let run = ["pipeline", "run", ILLUSTRATE, "--json", "-i", "topic=a ship"];
    let state = |stdout: &str| {
        let report: Value = serde_json::from_str(stdout).unwrap();
        let states = report["steps"].as_array().unwrap().iter().map(|step| {
            let done = &step["outcome"];
            format!("{} {}", done["state"].as_str().unwrap(), done["is_kept"])
        });
        (report["run"].clone(), report["outputs"]["picture"]["files"][0].clone(), states.collect::<Vec<_>>())
    };
    let (first, picture, states) = state(&check(folder.path(), &run, 0));
    assert_eq!((picture, states), (Value::from("illustrate/picture.png"), vec!["done false".to_owned(); 6]));
    let written = folder.path().join("illustrate");
    assert_eq!(files(&written), ["card.png", "code.png", "graph.svg", "index.json", "line.txt", "picture.png"]);
    assert!(fs::read(written.join("picture.png")).unwrap().starts_with(PNG));
    let graph = fs::read_to_string(written.join("graph.svg")).unwrap();
    assert!(graph.contains("sketch") && graph.contains("#b7e1b0"), "{graph}");
    let (second, _, states) = state(&check(folder.path(), &run, 0));
    assert_eq!(states, vec!["done true".to_owned(); 6]);
    assert_ne!(first, second, "the first run has ended");
}

#[test]
fn what_is_wrong_with_a_pipeline_is_told_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = fs::read_to_string(ILLUSTRATE).unwrap();
    let pipeline =
        pipeline.replace("factor = 2", "factor = \"two\"").replace("steps.sketch.image", "steps.skech.image");
    fs::write(folder.path().join("wrong.toml"), pipeline).unwrap();
    for command in [&["check"][..], &["graph"], &["run", "--dry-run"]] {
        let arguments = [&["pipeline"], command, &["wrong.toml"]].concat();
        let output = palisade(folder.path(), &arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.starts_with("error[pipeline]: `wrong.toml` has 2 mistakes\n"), "{stderr}");
        assert!(stderr.contains("steps.large.with.factor: expected number, found text\n"), "{stderr}");
        assert!(stderr.contains("did you mean `sketch`?"), "{stderr}");
    }
    let told: Value =
        serde_json::from_str(&check(folder.path(), &["pipeline", "check", "wrong.toml", "--json"], 2)).unwrap();
    assert_eq!(told["error"]["problems"][0]["path"], "steps.large.with.factor");
    let output = palisade(folder.path(), &["pipeline", "run", ILLUSTRATE, "-i", "topik=a ship"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean `topic`?"));
    assert_eq!(files(folder.path()), ["wrong.toml"], "nothing was written");
}

#[test]
fn a_step_that_fails_is_named_and_shown_in_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    // What eliza says is no JSON.
    let pipeline = r#"
        name = "two"
        [steps.ask]
        capability = "chat"
        model = "eliza"
        with = { prompt = "I am sad" }
        [steps.draw]
        capability = "text-to-image"
        model = "card"
        with = { prompt = "${steps.ask.text}", output-format = "${steps.ask.json.format}" }
    "#;
    fs::write(folder.path().join("two.toml"), pipeline).unwrap();
    let output = palisade(folder.path(), &["pipeline", "run", "two.toml"]);
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error[invalid-input]: step `draw` failed\n"), "{stderr}");
    assert!(stderr.contains("`steps.ask.json.format`: the text is no JSON"), "{stderr}");
    assert!(stdout.contains(" ask ") && stdout.contains(" failed ") && stdout.ends_with("two/graph.svg\n"), "{stdout}");
    assert!(fs::read_to_string(folder.path().join("two/graph.svg")).unwrap().contains("#f4b6b0"));
}

#[test]
fn a_picture_comes_from_a_file_that_is_named_or_stands_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    check(&inside, &["run", "text-to-image", "a fox", "--size", "40x30", "-o", "photo.png"], 0);
    check(folder.path(), &["run", "text-to-image", "a cat", "--size", "30x40", "-o", "other.png"], 0);
    let pipeline = r#"
        name = "large"
        [inputs.photo]
        type = "picture"
        default = "photo.png"
        [steps.large]
        capability = "image-upscale"
        with = { image = "${inputs.photo}", factor = 2 }
    "#;
    fs::write(inside.join("large.toml"), pipeline).unwrap();
    let width = || fs::read(folder.path().join("large/large.png")).unwrap()[16..20].to_vec();
    let stdout = check(folder.path(), &["pipeline", "run", "inside/large.toml"], 0);
    assert!(stdout.ends_with("large/large.png\nlarge/graph.svg\n"), "{stdout}");
    assert_eq!(width(), [0, 0, 0, 80], "its path is relative to the pipeline");
    check(folder.path(), &["pipeline", "run", "inside/large.toml", "-i", "photo=@other.png"], 0);
    assert_eq!(width(), [0, 0, 0, 60]);
    for (photo, message) in
        [("photo=other.png", "name a file, as in `@FILE`"), ("photo=@inside/large.toml", "expected picture")]
    {
        let output = palisade(folder.path(), &["pipeline", "run", "inside/large.toml", "-i", photo]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains(message), "{photo}");
    }
}
