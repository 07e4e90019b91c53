//! Plugins that come, change, break and go, in a folder.

use std::{io::Write as _, sync::Arc};

use palisade::text_to_image::Request;

use super::*;

#[tokio::test]
async fn a_plugin_comes_changes_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let host = host(Discovery::default().folder(folder.path())).await;
    assert!(names(&host).is_empty());
    put(&at("fox.wasm"), component(1));
    put(&at("readme.txt"), "nothing");
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox registered"]);
    let digest = |host: &Host| host.status("fox").unwrap().component.unwrap().digest;
    let first = digest(&host);
    let version = host.version();
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox unchanged"]);
    assert_eq!(host.version(), version, "nothing was touched");
    // The same bytes once more are no change.
    put(&at("fox.wasm"), component(1));
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox unchanged"]);

    put(&at("fox.wasm"), component(2));
    let handle = host.get("fox").unwrap();
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox replaced"]);
    assert_ne!(digest(&host), first);
    assert_eq!(host.status("fox").unwrap().generation, 2);
    handle.text_to_image(Request::new("a fox")).await.unwrap();

    put(&at("fox.toml"), "quality = 0.7\nlimits = \"tight\"\n");
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox replaced"]);
    assert_eq!(host.status("fox").unwrap().models[0].quality.value, Some(0.7));
    fs::remove_file(at("fox.toml")).unwrap();
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox replaced"]);
    assert_eq!(host.status("fox").unwrap().models[0].quality.value, None);

    fs::remove_file(at("fox.wasm")).unwrap();
    let report = host.refresh().await.unwrap();
    assert_eq!((report.unregistered.len(), names(&host).len()), (1, 0));
    put(&at("fox.wasm"), component(2));
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox registered"], "put back as it was");
}

#[tokio::test]
async fn what_breaks_leaves_the_one_before_in_place_and_is_tried_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    put(&at("fox.wasm"), component(1));
    put(&at("broken.wasm"), "no component");
    let host = host(Discovery::default().folder(folder.path())).await;
    let refused = |host: &Host| matches!(host.status("broken").unwrap().state, State::Refused { .. });
    assert!(refused(&host) && host.status("fox").unwrap().state == State::Live);
    put(&at("fox.wasm"), &component(2)[..1000]);
    for _ in 0..2 {
        let version = host.version();
        let report = host.refresh().await.unwrap();
        assert!(matches!(state(&report, "fox"), DiscoveryState::Refused { keeps_before: true, .. }), "{report:?}");
        let DiscoveryState::Refused { code, message, keeps_before: false, .. } = state(&report, "broken") else {
            panic!("{report:?}");
        };
        assert_eq!(*code, ErrorKind::NotAComponent);
        assert!(!message.contains("before"), "it was tried again: {message}");
        assert_eq!(host.version(), version);
        host.get("fox").unwrap().text_to_image("a fox").await.unwrap();
    }
    put(&at("fox.wasm"), component(3));
    put(&at("broken.wasm"), component(3));
    assert_eq!(told(&host.refresh().await.unwrap()), ["broken replaced", "fox replaced"]);
    assert!(!refused(&host));

    // Settings that are wrong leave it as it was, and leave nobody else in its place.
    put(&at("fox.toml"), "quality = 0.7\nqualty = 1\n");
    let report = host.refresh().await.unwrap();
    let (code, message) = left_out(&report, "fox");
    assert_eq!(code, ErrorKind::Config);
    assert!(message.contains("line 2: unknown field `qualty`, perhaps `quality` is meant"), "{message}");
    assert_eq!(host.status("fox").unwrap().state, State::Live);
}

#[tokio::test]
async fn what_is_being_written_is_waited_for_and_never_refused() {
    let folder = tempfile::tempdir().unwrap();
    let host = Arc::new(host(Discovery::default().folder(folder.path()).debounce(Duration::from_millis(200))).await);
    let mut events = host.events();
    let whole = component(1);
    let (first, second) = whole.split_at(whole.len() / 2);
    let mut file = fs::File::create(folder.path().join("fox.wasm")).unwrap();
    file.write_all(first).unwrap();
    let mut refresh = Box::pin(host.refresh());
    // It has begun to look.
    assert!(refresh.as_mut().now_or_never().is_none());
    file.write_all(second).unwrap();
    drop(file);
    assert_eq!(told(&refresh.await.unwrap()), ["fox registered"]);
    let all: Vec<_> =
        std::iter::from_fn(|| events.next().now_or_never().flatten()).map(|record| record.event).collect();
    assert!(!all.iter().any(|event| matches!(event, HostEvent::ProviderError { .. })), "{all:?}");
}

#[tokio::test]
async fn one_that_crashes_makes_way_for_the_one_before_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fox.wasm");
    put(&path, fs::read(providers().join("card.wasm")).unwrap());
    let host = host(Discovery::default().folder(folder.path())).await;
    let digest = || host.status("fox").unwrap().component.unwrap().digest;
    let good = digest();
    put(&path, component(1));
    put(&path.with_extension("toml"), "config = { behaviour = \"trap\" }\n");
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox replaced"]);
    for number in 0..3 {
        host.get("fox").unwrap().text_to_image(Request::new(format!("fox {number}"))).await.unwrap_err();
    }
    while digest() != good {
        tokio::task::yield_now().await;
    }
    let report = host.refresh().await.unwrap();
    assert!(left_out(&report, "fox").1.contains("another serves in its place"), "{report:?}");
    assert_eq!(digest(), good);
    put(&path.with_extension("toml"), "config = { behaviour = \"well-behaved\" }\n");
    assert_eq!(told(&host.refresh().await.unwrap()), ["fox replaced"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_look_at_one_time_one_takes_up_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(Discovery::default().folder(folder.path())).await;
    for number in 0..20 {
        put(&folder.path().join(format!("p{number}.wasm")), component(1));
    }
    let looks = (0..8).map(|_| {
        let host = host.clone();
        tokio::spawn(async move { host.refresh().await.unwrap() })
    });
    let reports = futures_util::future::join_all(looks.collect::<Vec<_>>()).await;
    let items = reports.iter().flat_map(|report| &report.as_ref().unwrap().found);
    let count = |wanted: DiscoveryState| items.clone().filter(|item| item.state == wanted).count();
    assert_eq!([count(DiscoveryState::Registered), count(DiscoveryState::Unchanged)], [20, 7 * 20]);
    assert_eq!((names(&host).len(), host.version()), (20, 20));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_and_keeps_nobody_from_serving() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    fs::create_dir(&here).unwrap();
    put(&here.join("a.wasm"), component(1));
    put(&here.join("alone.toml"), "quality = 0.5\n");
    put(&here.join("Ünfit.wasm"), component(1));
    let host = host(Discovery::default().folder(&there).folder(&here)).await;
    assert_eq!(names(&host), ["a"]);
    let report = host.refresh().await.unwrap();
    let there_is = format!("{} left-out", there.display());
    assert_eq!(told(&report), ["a unchanged", &*there_is, &format!("{} left-out", here.display()), "alone left-out"]);
    assert_eq!(left_out(&report, "alone").1, "there is a `alone.toml`, and no `alone.wasm`");
    fs::create_dir(&there).unwrap();
    put(&there.join("b.wasm"), component(1));
    assert_eq!(*state(&host.refresh().await.unwrap(), "b"), DiscoveryState::Registered);
    fs::remove_dir_all(&there).unwrap();
    assert_eq!(host.refresh().await.unwrap().unregistered.len(), 1);
}

#[tokio::test]
async fn a_plugin_reaches_nothing_that_was_not_granted_and_is_held_to_the_limits_of_all() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("fox.wasm"), component(1));
    let text = "limits = \"tight\"\n[discovery]\nfolders = [\".\"]\n";
    put(&folder.path().join("palisade.toml"), text);
    let host = crate::support::open(folder.path().join("palisade.toml")).await.unwrap();
    let status = host.status("fox").unwrap();
    assert!(status.allowed.is_empty());
    assert_eq!(status.component.unwrap().limits, palisade::Limits::preset(palisade::Preset::Tight));
    put(&folder.path().join("palisade.toml"), text.replace("tight", "default"));
    assert_eq!(told(&host.refresh().await.unwrap())[0], "fox replaced");
}
