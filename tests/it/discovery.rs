//! Providers that are found: in folders, in the environment, by keys of vendors, and in a configuration that changes.

mod configuration;
mod folder;
mod watching;

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt as _;
use palisade::{
    Capability, Config, ContextSettings, Discovery, DiscoveryReport, DiscoverySource, DiscoveryState, ErrorKind,
    Events, Host, HostEvent, Registration, State,
};

use crate::support::{behaving, builder, hostile_bytes, providers};

/// Writes a file as if it had been there for long, so that nobody waits for it.
fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(&new).unwrap().set_modified(long_ago).unwrap();
    fs::rename(new, path).unwrap();
}

/// A component that serves, and another of each number.
fn component(number: u8) -> Vec<u8> {
    // A section that is nobody's, with a name of one letter.
    [&hostile_bytes()[..], &[0, 3, 1, b'n', number]].concat()
}

async fn host(discovery: Discovery) -> Host {
    builder().discovery(discovery).build().await.unwrap()
}

/// The ids, each with what became of it; of what has none, its source.
fn told(report: &DiscoveryReport) -> Vec<String> {
    let name = |item: &palisade::DiscoveryItem| item.id.as_ref().map_or(item.source.to_string(), ToString::to_string);
    report.found.iter().map(|item| format!("{} {}", name(item), item.state.name())).collect()
}

fn state<'a>(report: &'a DiscoveryReport, id: &str) -> &'a DiscoveryState {
    &report.get(id).unwrap_or_else(|| panic!("no `{id}` in {report:?}")).state
}

/// Why something was left out.
fn left_out<'a>(report: &'a DiscoveryReport, id: &str) -> (ErrorKind, &'a str) {
    match state(report, id) {
        DiscoveryState::LeftOut(why) => (why.code, &why.message),
        other => panic!("{id} is {other:?}"),
    }
}

fn names(context: &palisade::Context) -> Vec<String> {
    context.names().iter().map(ToString::to_string).collect()
}

/// What was told of what was found, until now.
fn heard(events: &mut Events) -> Vec<HostEvent> {
    let all = std::iter::from_fn(|| events.next().now_or_never().flatten()).map(|record| record.event);
    all.filter(|event| matches!(event, HostEvent::DiscoveryRefreshed { .. } | HostEvent::DiscoveryLeftOut { .. }))
        .collect()
}

#[tokio::test]
async fn nothing_is_found_that_nobody_asks_for() {
    let host = host(Discovery::default()).await;
    let report = host.refresh().await.unwrap();
    assert_eq!((report.unregistered.len(), names(&host).len()), (0, 0));
    assert!(!report.found.iter().any(|item| matches!(item.state, DiscoveryState::Registered)), "{report:?}");
}

#[tokio::test]
async fn the_environment_names_components_and_folders() {
    let (folder, plugins) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("red.wasm");
    put(&path, component(1));
    put(&plugins.path().join("blue.wasm"), component(1));
    let absent = folder.path().join("absent.wasm");
    let variables = [
        ("PALISADE_PROVIDER_RED_FOX", path.as_os_str()),
        ("PALISADE_PROVIDER_ABSENT", absent.as_os_str()),
        ("PALISADE_PROVIDER_EMPTY", "".as_ref()),
        ("PALISADE_PROVIDER_", path.as_os_str()),
        ("PALISADE_PLUGINS", plugins.path().as_os_str()),
    ];
    let host = host(Discovery::default().environment().variables(variables)).await;
    assert_eq!(names(&host), ["blue", "red-fox"]);
    host.get("red-fox").unwrap().text_to_image("a fox").await.unwrap();
    let report = host.refresh().await.unwrap();
    let all =
        ["absent left-out", "red-fox unchanged", "blue unchanged", "PALISADE_PROVIDER_ left-out", "empty left-out"];
    assert_eq!(told(&report), all);
    assert_eq!(left_out(&report, "absent"), (ErrorKind::Io, &*format!("there is no `{}`", absent.display())));
    let red = report.get("red-fox").unwrap();
    assert_eq!(red.source, DiscoverySource::Environment { variable: "PALISADE_PROVIDER_RED_FOX".to_owned() });
    assert!(red.capabilities.as_ref().unwrap().contains(&Capability::TextToImage), "{red:?}");
    // What is named is not gone while its file is.
    fs::remove_file(&path).unwrap();
    let report = host.refresh().await.unwrap();
    assert_eq!((left_out(&report, "red-fox").0, names(&host).len()), (ErrorKind::Io, 2));
}

#[tokio::test]
async fn of_several_sources_the_first_one_counts() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["one", "two"] {
        fs::create_dir(at(name)).unwrap();
        put(&at(name).join("a.wasm"), component(1));
        put(&at(name).join("b.wasm"), component(1));
        put(&at(name).join("c.wasm"), component(1));
    }
    put(&at("own.wasm"), component(1));
    put(&at("palisade.toml"), "[discovery]\nfolders = [\"one\", \"two\"]\n[providers.a]\ncomponent = \"own.wasm\"\n");
    let variables = [("PALISADE_PROVIDER_A", at("own.wasm")), ("PALISADE_PROVIDER_B", at("own.wasm"))];
    let config = Config::read(&at("palisade.toml")).await.unwrap();
    let discovery = Discovery::default().environment().folder(at("one")).folder(at("two")).variables(variables);
    let host = builder().config(config).discovery(discovery).build().await.unwrap();
    let report = host.refresh().await.unwrap();
    let ways: Vec<_> = report
        .found
        .iter()
        .map(|item| match &item.state {
            DiscoveryState::Shadowed { by } => format!("{} {} by {by}", item.id.as_ref().unwrap(), item.source),
            state => format!("{} {} {}", item.id.as_ref().unwrap(), item.source, state.name()),
        })
        .map(|line| line.replace(folder.path().to_str().unwrap(), ""))
        .collect();
    assert_eq!(
        ways,
        [
            "a /palisade.toml unchanged",
            "a PALISADE_PROVIDER_A by /palisade.toml",
            "b PALISADE_PROVIDER_B unchanged",
            "a /one by /palisade.toml",
            "b /one by PALISADE_PROVIDER_B",
            "c /one unchanged",
            "a /two by /palisade.toml",
            "b /two by PALISADE_PROVIDER_B",
            "c /two by /one",
        ]
    );
    // Who is gone makes way for the next.
    fs::remove_file(at("one").join("c.wasm")).unwrap();
    let report = host.refresh().await.unwrap();
    assert_eq!(*state(&report, "c"), DiscoveryState::Replaced);
    assert_eq!(report.get("c").unwrap().source, DiscoverySource::Folder { path: at("two") });
}

#[tokio::test]
async fn a_key_lends_itself_to_its_vendor_alone() {
    let folder = tempfile::tempdir().unwrap();
    let look = |variables: &'static [(&str, &str)]| {
        Discovery::default().folder(folder.path()).well_known_keys().variables(variables.iter().copied())
    };
    let both = &[("OPENAI_API_KEY", "sk-0123456789"), ("FAL_KEY", "key"), ("ANTHROPIC_API_KEY", "")];
    put(&folder.path().join("openai-compatible.wasm"), fs::read(providers().join("openai-compatible.wasm")).unwrap());
    let with_key = host(look(both)).await;
    let report = with_key.refresh().await.unwrap();
    let own = DiscoverySource::WellKnownKey { variable: "OPENAI_API_KEY".to_owned() };
    assert_eq!(report.get("openai-compatible").unwrap().source, own, "{report:?}");
    assert!(report.found.iter().any(|item| item.state == DiscoveryState::Shadowed { by: own.clone() }), "{report:?}");
    let allowed = with_key.status("openai-compatible").unwrap().allowed;
    assert_eq!((allowed.len(), allowed[0].url.as_str()), (1, "https://api.openai.com/v1/*"));
    assert_eq!(left_out(&report, "fal").0, ErrorKind::Io);
    assert!(left_out(&report, "fal").1.contains("no `fal.wasm`"));
    assert!(report.get("anthropic").is_none(), "nobody has its key");
    assert!(!format!("{report:?}{}", serde_json::to_string(&report).unwrap()).contains("0123456789"));

    // Without the key it is what lies in the folder, and reaches nothing.
    let without = host(look(&[])).await;
    assert!(without.status("openai-compatible").unwrap().allowed.is_empty());
    // What somebody has said of it counts.
    put(&folder.path().join("openai-compatible.toml"), "enabled = false\n");
    let report = with_key.refresh().await.unwrap();
    assert_eq!(report.get("openai-compatible").unwrap().source, DiscoverySource::Folder { path: folder.path().into() });
    assert_eq!(with_key.status("openai-compatible").unwrap().state, State::Disabled);
}

#[tokio::test]
async fn each_context_finds_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["ours", "theirs"] {
        fs::create_dir(at(name)).unwrap();
        put(&at(name).join(format!("{name}.wasm")), component(1));
    }
    let text =
        "[discovery]\nfolders = [\"ours\"]\nenvironment = false\n[contexts.acme.discovery]\nfolders = [\"theirs\"]\n";
    put(&at("palisade.toml"), text);
    let host = crate::support::open(at("palisade.toml")).await.unwrap();
    let acme = host.context("acme").unwrap();
    assert_eq!((names(&host), names(&acme)), (vec!["ours".to_owned()], vec!["theirs".to_owned()]));
    let settings = ContextSettings::default().discovery(Discovery::default().folder(at("ours")));
    let globex = host.create_context("globex", settings).await.unwrap();
    assert_eq!(names(&globex), ["ours"]);
    put(&at("theirs").join("more.wasm"), component(1));
    assert_eq!(acme.refresh().await.unwrap().get("more").unwrap().state, DiscoveryState::Registered);
    assert_eq!((names(&host).len(), names(&globex).len()), (1, 1));
}

#[tokio::test]
async fn whom_the_application_has_registered_or_taken_out_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let host = host(Discovery::default().folder(folder.path())).await;
    host.register("own", behaving("well-behaved")).await.unwrap();
    put(&at("own.wasm"), component(1));
    put(&at("other.wasm"), component(1));
    let report = host.refresh().await.unwrap();
    assert_eq!(left_out(&report, "own").0, ErrorKind::AlreadyExists);
    assert_eq!(host.status("own").unwrap().source, palisade::Source::Memory);
    host.unregister("other").await.unwrap();
    let report = host.refresh().await.unwrap();
    assert!(left_out(&report, "other").1.contains("taken out"), "{report:?}");
    assert!(!host.has("other"));
    put(&at("other.wasm"), component(2));
    assert_eq!(*state(&host.refresh().await.unwrap(), "other"), DiscoveryState::Registered);
    // One that the application has put there is its own.
    host.replace("other", behaving("well-behaved")).await.unwrap();
    fs::remove_file(at("other.wasm")).unwrap();
    assert!(host.refresh().await.unwrap().unregistered.is_empty() && host.has("other"));
}

#[tokio::test]
async fn what_has_changed_is_heard_of_and_what_is_left_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let host = host(Discovery::default().folder(folder.path())).await;
    let mut events = host.events();
    put(&at("a.wasm"), component(1));
    put(&at("Not An Id.wasm"), component(1));
    for _ in 0..2 {
        host.refresh().await.unwrap();
    }
    let refreshed = |registered: &[&str], replaced: &[&str], unregistered: &[&str]| {
        let ids = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
        let (registered, replaced, unregistered) = (ids(registered), ids(replaced), ids(unregistered));
        HostEvent::DiscoveryRefreshed { registered, replaced, unregistered }
    };
    let source = DiscoverySource::Folder { path: folder.path().to_owned() };
    let message = "`Not An Id` is not an id".to_owned();
    let left_out = HostEvent::DiscoveryLeftOut { source, provider: None, code: ErrorKind::InvalidId, message };
    assert_eq!(heard(&mut events), [left_out, refreshed(&["a"], &[], &[])]);
    put(&at("a.wasm"), component(2));
    host.refresh().await.unwrap();
    fs::remove_file(at("a.wasm")).unwrap();
    host.refresh().await.unwrap();
    assert_eq!(heard(&mut events), [refreshed(&[], &["a"], &[]), refreshed(&[], &[], &["a"])]);
}

#[tokio::test]
async fn who_serves_one_capability_alone_finds_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("painter.wasm"), fs::read(providers().join("qr.wasm")).unwrap());
    put(&folder.path().join("writer.wasm"), fs::read(providers().join("eliza.wasm")).unwrap());
    let discovery = Discovery::default().folder(folder.path());
    let host = builder().discovery(discovery).serving(Capability::Chat).build().await.unwrap();
    assert_eq!(names(&host), ["writer"]);
    host.refresh().await.unwrap();
    assert_eq!(names(&host), ["writer"]);
    host.shutdown(Duration::ZERO).await;
    assert_eq!(host.refresh().await.unwrap_err().kind(), ErrorKind::Shutdown);
}

#[tokio::test]
async fn what_was_found_is_as_if_it_stood_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    put(
        &folder.path().join("palisade.toml"),
        "[discovery]\nfolders = [\".\"]\n[providers.a]\ncomponent = \"a.wasm\"\n",
    );
    put(&folder.path().join("b.wasm"), component(1));
    put(&folder.path().join("b.toml"), "quality = 0.7\n");
    let config = Config::read(&folder.path().join("palisade.toml")).await.unwrap();
    let report = config.discover().await.unwrap();
    assert_eq!(told(&report)[..2], ["a left-out", "b found"]);
    let config = config.with_discovered().await.unwrap();
    let known: Vec<_> = config.ids().map(ToString::to_string).collect();
    assert_eq!(known, ["a", "b"]);
    let host = builder().config(config).build().await.unwrap();
    assert_eq!(host.status("b").unwrap().models[0].quality.value, Some(0.7));
    assert!(matches!(host.status("a").unwrap().state, State::Refused { .. }));
    let own = Registration::path(folder.path().join("b.wasm"));
    assert_eq!(host.register("b", own).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
}
