//! `Config::check`: all that is wrong with a configuration, and nothing where nothing is.

use palisade::Config;

use super::folder;

async fn check(config: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(config, files);
    let problems = Config::check(&folder.path().join("palisade.toml")).await.unwrap();
    let shown = |problem: &palisade::ConfigProblem| {
        let line = problem.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        format!("{line}: {problem}").replace(&folder.path().display().to_string(), "…")
    };
    problems.iter().map(shown).collect()
}

#[tokio::test]
async fn nothing_is_wrong_with_what_is_right() {
    let config = "[resources]\nfiles = [\"*.json\"]\n[providers.card]\ncomponent = \"card.wasm\"\nconfig = { \"$ref\" = \"config:card\" }\n";
    assert_eq!(check(config, &[("a.json", "{\"config\": {\"card\": {\"footer\": \"a\"}}}")]).await, [""; 0]);
    assert_eq!(check("", &[]).await, [""; 0]);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_one_time() {
    let config = r#"isolaton = "process"

[sandbox]
allocation = "pol"

[resources.config.one]
two = { "$ref" = "config:two" }

[resources.config.two]
one = { "$ref" = "config:one" }

[resources.config.house]
language = "en"

[providers.card]
component = "crad.wasm"
qualty = 0.5
latency = "soon"
limits = { memroy = "64MiB" }

[providers.other]
component = "card.wasm"
config = { language = { "$ref" = "config:hose#/language" }, list = [{ "$ref" = "config:house#/langage" }] }

[providers.third]
quality = 2.0

[providers.fourth]
component = "card.wasm"
[[providers.fourth.allow]]
url = "https://example.com/*"
methods = ["FETCH"]
"#;
    let told = check(config, &[]).await;
    let expected = [
        "1: `isolaton`: no field is called so; it takes",
        "4: `sandbox.allocation`: `pol` is not taken; it takes pooled, on-demand; did you mean `pooled`?",
        "6: `config:one.two.one`: a way back to itself: config:one → config:two → config:one",
        "9: `config:two.one.two`: a way back to itself: config:two → config:one → config:two",
        "16: `providers.card.component`: `crad.wasm` is no file; did you mean `card.wasm`?",
        "17: `providers.card.qualty`: no field is called so; it takes",
        "18: `providers.card.latency`: ",
        "19: `providers.card.limits.memroy`: there is no limit `memroy`",
        "23: `providers.other.config.language`: there is no `config:hose`; there is house; did you mean `house`?",
        "23: `providers.other.config.list[0]`: there is no `langage` in it; there is language, through config:house#/langage",
        "28: `providers.fourth`: allow `https://example.com/*`: `FETCH` is none of",
        "26: `providers.third.quality`: a quality of 2 is not between 0 and 1",
        "25: `providers.third`: it says neither which `component` it is nor which kind of `store`",
    ];
    for line in expected {
        assert!(told.iter().any(|told| told.starts_with(line)), "{line:?} is not in\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), expected.len(), "{}", told.join("\n"));
}

#[tokio::test]
async fn what_is_no_toml_is_told_with_its_lines() {
    let told = check("a = \nb = [\n", &[]).await;
    assert!(told[0].starts_with("1: "), "{told:?}");
}

#[tokio::test]
async fn other_files_are_looked_at() {
    let config = "[resources]\nfiles = [\"bad.yaml\"]\n[prices]\nfile = \"prices.toml\"\n";
    let told = check(config, &[("bad.yaml", "config: ["), ("prices.toml", "[models.a]")]).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("bad.yaml` is wrong: it is no YAML"), "{told:?}");
    assert!(told[1].contains("neither `price` nor `prices`"), "{told:?}");
    let told =
        check("[resources]\nfiles = [\"a.yaml\"]\n", &[("a.yaml", "modle: {}\nmodel: { x: { $ref: 'model:y' } }\n")])
            .await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("did you mean `model`?"), "{told:?}");
}
