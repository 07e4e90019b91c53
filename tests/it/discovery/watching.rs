//! Changes that are noticed without anybody looking.

use std::io::Write as _;

use super::*;
use crate::support::within;

/// Waits until one of these was registered, replaced or taken out, as `what` says.
async fn until(events: &mut Events, what: &str, id: &str) {
    let is_it = |event: HostEvent| {
        let HostEvent::DiscoveryRefreshed { registered, replaced, unregistered } = event else { return false };
        let ids = match what {
            "registered" => registered,
            "replaced" => replaced,
            _ => unregistered,
        };
        ids.iter().any(|own| own.as_str() == id)
    };
    within(Duration::from_secs(10), async { while !is_it(events.next().await.unwrap().event) {} }).await;
}

#[tokio::test]
async fn who_watches_takes_up_what_comes_changes_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let discovery = Discovery::default().folder(&plugins).watch();
    let host = builder().discovery(discovery).build().await.unwrap();
    let mut events = host.events();
    put(&plugins.join("fox.wasm"), component(1));
    until(&mut events, "registered", "fox").await;
    put(&plugins.join("fox.toml"), "quality = 0.7\n");
    until(&mut events, "replaced", "fox").await;
    assert_eq!(host.status("fox").unwrap().models[0].quality.value, Some(0.7));
    // In place, by somebody who takes no care.
    fs::write(plugins.join("fox.wasm"), component(2)).unwrap();
    until(&mut events, "replaced", "fox").await;
    assert_eq!(host.status("fox").unwrap().generation, 3);
    fs::remove_file(plugins.join("fox.wasm")).unwrap();
    until(&mut events, "unregistered", "fox").await;
    assert!(!host.has("fox"));
}

#[tokio::test]
async fn what_is_written_in_pieces_is_taken_up_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(Discovery::default().folder(folder.path()).watch()).await;
    let mut events = host.events();
    let mut file = fs::File::create(folder.path().join("fox.wasm")).unwrap();
    let whole = component(1);
    for piece in whole.chunks(whole.len() / 20) {
        file.write_all(piece).unwrap();
        tokio::task::yield_now().await;
    }
    drop(file);
    until(&mut events, "registered", "fox").await;
    assert_eq!(host.status("fox").unwrap().generation, 1, "the first that was loaded is whole");
    assert_eq!(host.status("fox").unwrap().state, State::Live);
}

#[tokio::test]
async fn where_the_system_does_not_tell_it_is_looked() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    let host = host(Discovery::default().folder(&plugins).poll(Duration::from_millis(20))).await;
    let mut events = host.events();
    fs::create_dir(&plugins).unwrap();
    put(&plugins.join("fox.wasm"), component(1));
    until(&mut events, "registered", "fox").await;
    fs::remove_dir_all(&plugins).unwrap();
    until(&mut events, "unregistered", "fox").await;
}

#[tokio::test]
async fn a_configuration_and_the_components_that_it_names_are_watched_too() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("palisade.toml");
    let component_path = elsewhere.path().join("fox.wasm");
    put(&component_path, component(1));
    let provider = |id: &str| format!("[providers.{id}]\ncomponent = {component_path:?}\n");
    let watch = "[discovery]\nwatch = true\n";
    put(&path, format!("{watch}{}", provider("a")));
    let host = crate::support::open(&path).await.unwrap();
    let mut events = host.events();
    put(&component_path, component(2));
    until(&mut events, "replaced", "a").await;
    put(&path, format!("{watch}{}", provider("b")));
    until(&mut events, "registered", "b").await;
    assert_eq!(names(&host), ["b"]);
}

#[tokio::test]
async fn a_watch_ends_with_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let discovery = || Discovery::default().folder(folder.path()).poll(Duration::from_millis(10));
    let dropped = host(discovery()).await;
    let mut events = dropped.events();
    drop(dropped);
    // As long as somebody has the host, nobody says that it is over.
    within(Duration::from_secs(1), async { while events.next().await.is_some() {} }).await;

    let ended = host(discovery()).await;
    let mut events = ended.events();
    ended.shutdown(Duration::ZERO).await;
    drop(ended);
    within(Duration::from_secs(1), async { while events.next().await.is_some() {} }).await;
}
