//! A configuration file that is changed while its host runs.

use super::*;
use crate::support::open;

fn write(folder: &Path, text: &str) {
    put(&folder.join("palisade.toml"), text);
}

#[tokio::test]
async fn providers_come_change_and_go_with_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("fox.wasm"), component(1));
    let (a, b) = ("[providers.a]\ncomponent = \"fox.wasm\"\n", "[providers.b]\ncomponent = \"fox.wasm\"\n");
    write(folder.path(), a);
    let host = open(folder.path().join("palisade.toml")).await.unwrap();
    assert_eq!(told(&host.refresh().await.unwrap()), ["a unchanged"]);
    write(folder.path(), &format!("{a}quality = 0.7\n{b}"));
    assert_eq!(told(&host.refresh().await.unwrap()), ["a replaced", "b registered"]);
    assert_eq!(host.status("a").unwrap().models[0].quality.value, Some(0.7));
    // A comment changes nothing.
    write(folder.path(), &format!("# A comment.\n{a}quality = 0.7\n{b}"));
    assert_eq!(told(&host.refresh().await.unwrap()), ["a unchanged", "b unchanged"]);
    put(&folder.path().join("fox.wasm"), component(2));
    assert_eq!(told(&host.refresh().await.unwrap()), ["a replaced", "b replaced"]);
    write(folder.path(), b);
    let report = host.refresh().await.unwrap();
    assert_eq!((told(&report), names(&host)), (vec!["b unchanged".to_owned()], vec!["b".to_owned()]));
    assert_eq!(report.unregistered[0].as_str(), "a");
}

#[tokio::test]
async fn a_file_that_is_wrong_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("fox.wasm"), component(1));
    let good = "[providers.a]\ncomponent = \"fox.wasm\"\n";
    write(folder.path(), good);
    let path = folder.path().join("palisade.toml");
    let host = open(&path).await.unwrap();
    let problem = |report: &DiscoveryReport| match &report.found.last().unwrap().state {
        DiscoveryState::LeftOut(why) => why.message.clone(),
        other => panic!("{other:?}"),
    };
    write(folder.path(), "[providers.a]\ncomponent = \"fox.wasm\"\nqualty = 1\n");
    let report = host.refresh().await.unwrap();
    assert_eq!(told(&report)[0], "a unchanged");
    assert!(problem(&report).contains("qualty"), "{report:?}");
    fs::remove_file(&path).unwrap();
    let report = host.refresh().await.unwrap();
    assert_eq!((told(&report)[0].as_str(), names(&host).len()), ("a unchanged", 1));
    write(folder.path(), good);
    assert_eq!(told(&host.refresh().await.unwrap()), ["a unchanged"]);
    // One that cannot be loaded keeps nobody from serving, and the file that is gone takes nobody with it.
    write(folder.path(), &format!("{good}[providers.b]\ncomponent = \"absent.wasm\"\n"));
    let report = host.refresh().await.unwrap();
    assert_eq!((left_out(&report, "b").0, names(&host)), (ErrorKind::Io, vec!["a".to_owned()]));
    fs::remove_file(folder.path().join("fox.wasm")).unwrap();
    assert_eq!(left_out(&host.refresh().await.unwrap(), "a").0, ErrorKind::Io);
    assert!(host.get("a").is_ok());
}

#[tokio::test]
async fn what_is_looked_for_changes_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    put(&folder.path().join("plugins/fox.wasm"), component(1));
    write(folder.path(), "");
    let host = open(folder.path().join("palisade.toml")).await.unwrap();
    assert!(host.refresh().await.unwrap().get("fox").is_none());
    write(folder.path(), "[discovery]\nfolders = [\"plugins\"]\n");
    assert_eq!(*state(&host.refresh().await.unwrap(), "fox"), DiscoveryState::Registered);
    write(folder.path(), "");
    assert_eq!(host.refresh().await.unwrap().unregistered.len(), 1);
}

#[tokio::test]
async fn providers_that_the_application_names_are_not_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("fox.wasm"), component(1));
    write(folder.path(), "[providers.a]\ncomponent = \"fox.wasm\"\n");
    let config = Config::read(&folder.path().join("palisade.toml")).await.unwrap();
    let own = config.registration(&"a".parse().unwrap()).unwrap().clone();
    let host = builder().config(config.without_providers()).build().await.unwrap();
    host.register("a", own).await.unwrap();
    write(folder.path(), "");
    assert!(host.refresh().await.unwrap().unregistered.is_empty() && host.has("a"));
}
