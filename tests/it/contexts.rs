//! Contexts: registries of one host that have nothing to do with each other.

mod tenants;

use std::{fs, path::Path, time::Duration};

use futures_util::{FutureExt as _, future::join_all};
use palisade::{
    Budget, CallSettings, Capability, Config, Context, ContextName, ContextSettings, Decisions, ErrorKind, Events,
    Host, HostEvent, Period, Registration, Reuse, Scope, State, Submitted, chat, text_to_image,
};
use palisade_chaos::{Act, Chaos};

use crate::support::{behaving, builder, hostile_path};

async fn host() -> Host {
    builder().build().await.unwrap()
}

fn chaos(act: Act) -> Registration {
    Registration::native(Chaos::always(act))
}

fn names(context: &Context) -> Vec<String> {
    context.names().iter().map(ToString::to_string).collect()
}

async fn ask(context: &Context, provider: &str, prompt: &str) -> String {
    let settings = CallSettings { scope: Scope::new("same"), ..CallSettings::default() };
    context.get(provider).unwrap().call(chat::Request::new(prompt), settings).await.unwrap().response.text
}

/// What was told of until now.
fn told(events: &mut Events) -> Vec<HostEvent> {
    std::iter::from_fn(|| events.next().now_or_never().flatten()).map(|record| record.event).collect()
}

#[tokio::test]
async fn a_context_is_made_when_it_is_asked_for_and_is_the_same_each_time() {
    let host = host().await;
    assert!(host.context_if_exists("acme").is_none());
    let acme = host.context("acme").unwrap();
    acme.register("p", chaos(Act::Serve)).await.unwrap();
    assert!(host.context("acme").unwrap().has("p") && host.context_if_exists("acme").unwrap().has("p"));
    host.context("globex").unwrap();
    let known: Vec<_> = host.contexts().iter().map(|context| context.name().to_string()).collect();
    assert_eq!(known, ["default", "acme", "globex"]);
    host.context("default").unwrap().register("q", chaos(Act::Serve)).await.unwrap();
    assert_eq!((names(&host), names(&acme)), (vec!["q".to_owned()], vec!["p".to_owned()]));
    let statistics = host.statistics_by_context();
    let live: Vec<_> = statistics.values().map(|own| own.providers.get("live").copied().unwrap_or(0)).collect();
    assert_eq!(live, [1, 1, 0], "{statistics:?}");
}

#[tokio::test]
async fn a_name_that_could_be_a_path_is_none() {
    let host = host().await;
    for name in ["", "../acme", "a/b", ".hidden", "UPPER", "a b", "\u{1b}[31m", &"a".repeat(65)] {
        assert_eq!(host.context(name).unwrap_err().kind(), ErrorKind::InvalidId, "{name:?}");
        assert!(host.context_if_exists(name).is_none(), "{name:?}");
    }
    let settings = ContextSettings::default;
    assert_eq!(host.create_context("default", settings()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    host.create_context("acme", settings()).await.unwrap();
    assert_eq!(host.create_context("acme", settings()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let twice =
        settings().provider("p".parse().unwrap(), chaos(Act::Serve)).provider("p".parse().unwrap(), chaos(Act::Serve));
    assert_eq!(host.create_context("twice", twice).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert!(host.context_if_exists("twice").is_none(), "nothing is half-made");
}

#[tokio::test]
async fn nobody_finds_the_providers_of_another() {
    let host = host().await;
    let (acme, globex) = (host.context("acme").unwrap(), host.context("globex").unwrap());
    acme.register("p", chaos(Act::Serve)).await.unwrap();
    for context in [&*host, &globex] {
        assert!(!context.has("p") && context.providers().is_empty() && context.names().is_empty());
        assert_eq!(context.get("p").unwrap_err().kind(), ErrorKind::UnknownProvider);
        assert_eq!(context.status("p").unwrap_err().kind(), ErrorKind::UnknownProvider);
        assert_eq!(context.unregister("p").await.unwrap_err().kind(), ErrorKind::UnknownProvider);
        assert_eq!(context.quarantine("p", "").await.unwrap_err().kind(), ErrorKind::UnknownProvider);
        assert!(context.providers_for(Capability::Chat).is_empty());
        let error = context.find_best_provider(Capability::Chat).await.unwrap_err();
        assert_eq!((error.kind(), error.rejected().len()), (ErrorKind::NoProvider, 0));
        let error = context.find_best_provider(Capability::Chat).explain().unwrap_err();
        assert_eq!(error.rejected().len(), 0, "not even that it is there");
        assert_eq!(context.call(chat::Request::new("hello")).await.unwrap_err().kind(), ErrorKind::NoProvider);
        assert!(context.stop(palisade::Selection::All).await.is_empty());
    }
    // The same name is another provider elsewhere.
    globex.register("p", chaos(Act::fail(ErrorKind::Upstream, Submitted::No))).await.unwrap();
    assert!(acme.get("p").unwrap().chat("hello").await.is_ok());
    assert!(globex.get("p").unwrap().chat("hello").await.is_err());
    acme.unregister("p").await.unwrap();
    assert!(globex.has("p") && globex.retired().is_empty());
    assert_eq!(acme.retired().len(), 1);
}

#[tokio::test]
async fn figures_events_and_decisions_are_each_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let decisions = Decisions::folder(folder.path());
    decisions.of_context(&"globex".parse().unwrap()).quarantine("p".parse().unwrap(), "it draws dogs").unwrap();
    let host = builder().decisions(decisions).build().await.unwrap();
    let [acme, globex, initech] = ["acme", "globex", "initech"].map(|name| host.context(name).unwrap());
    let (mut of_acme, mut of_globex, mut of_all) = (acme.events(), globex.events(), host.all_events());
    acme.register("p", chaos(Act::fail(ErrorKind::Upstream, Submitted::No))).await.unwrap();
    initech.register("p", chaos(Act::Serve)).await.unwrap();
    globex.register("p", chaos(Act::Serve)).await.unwrap();
    for _ in 0..10 {
        acme.get("p").unwrap().chat("hello").await.unwrap_err();
    }
    // The breaker of the one has opened, the operator of the other has put it in quarantine, and the third is well.
    assert_eq!(acme.find_best_provider(Capability::Chat).await.unwrap_err().kind(), ErrorKind::NoProvider);
    assert!(matches!(globex.status("p").unwrap().state, State::Quarantined { .. }));
    assert_eq!(globex.get("p").unwrap().chat("hello").await.unwrap_err().kind(), ErrorKind::NotServing);
    assert!(initech.find_best_provider(Capability::Chat).await.is_ok());
    assert_eq!(initech.status("p").unwrap().calls.failed, 0);
    let is_opened = |event: &HostEvent| matches!(event, HostEvent::BreakerOpened { .. });
    assert!(told(&mut of_acme).iter().any(is_opened) && !told(&mut of_globex).iter().any(is_opened));
    let mut seen = std::collections::BTreeSet::new();
    while let Some(Some(record)) = of_all.next().now_or_never() {
        let name = record.context.clone().unwrap();
        let line = serde_json::to_value(&record).unwrap();
        assert_eq!(line["context"], name.as_str());
        seen.insert(name.to_string());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["acme", "globex", "initech"]);
}

fn budget(limit: &str) -> Budget {
    let limit = limit.parse().unwrap();
    Budget { name: "all".to_owned(), scope: None, capability: None, provider: None, limit, period: Period::FOREVER }
}

#[tokio::test]
async fn what_is_paid_kept_and_known_by_a_key_outlives_the_host_for_its_context_alone() {
    let folder = tempfile::tempdir().unwrap();
    let paid = || {
        let chaos = Chaos::always(Act::Serve);
        Registration::native(chaos.billing("0.4".parse().unwrap(), palisade::catalogue::FailureBilling::Never))
    };
    let keeping = || behaving("keeps").key_value(1000);
    let settings = |limit| {
        let id = |id: &str| id.parse().unwrap();
        ContextSettings::default().budget(budget(limit)).provider(id("paid"), paid()).provider(id("keeps"), keeping())
    };
    let open = async || {
        let host = builder().storage(folder.path().join("palisade.redb")).build().await.unwrap();
        let acme = host.create_context("acme", settings("1.00")).await.unwrap();
        let globex = host.create_context("globex", settings("1.00")).await.unwrap();
        (host, acme, globex)
    };
    let draw = async |context: &Context, key: &str| {
        let settings = CallSettings { idempotency_key: Some(key.to_owned()), ..CallSettings::default() };
        context.get("paid").unwrap().call(text_to_image::Request::new("a fox"), settings).await
    };
    let (host, acme, globex) = open().await;
    assert!(!draw(&acme, "order").await.unwrap().is_repeated);
    assert!(!draw(&globex, "order").await.unwrap().is_repeated, "the same key is another request elsewhere");
    assert!(draw(&acme, "order").await.unwrap().is_repeated);
    draw(&acme, "another").await.unwrap();
    assert_eq!(draw(&acme, "third").await.unwrap_err().kind(), ErrorKind::Budget);
    assert_eq!(ask(&acme, "keeps", "set session of-acme").await, "kept");
    assert_eq!(ask(&globex, "keeps", "get session").await, "nothing");
    host.shutdown(Host::DRAIN).await;
    drop((host, acme, globex));
    let (_host, acme, globex) = open().await;
    assert_eq!(ask(&acme, "keeps", "get session").await, "of-acme");
    assert_eq!(ask(&globex, "keeps", "keys ").await, "");
    assert_eq!(draw(&acme, "third").await.unwrap_err().kind(), ErrorKind::Budget);
    draw(&globex, "third").await.unwrap();
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["palisade.acme.redb", "palisade.globex.redb", "palisade.redb"]);
}

#[tokio::test]
async fn a_context_whose_file_cannot_be_read_is_not_left_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("palisade.acme.redb"), "no database").unwrap();
    let host = builder().storage(folder.path().join("palisade.redb")).build().await.unwrap();
    let error = host.create_context("acme", ContextSettings::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(host.context_if_exists("acme").is_none());
    // One that is made on demand says so when it is first needed.
    let acme = host.context("acme").unwrap();
    assert_eq!(acme.register("p", chaos(Act::Serve)).await.unwrap_err().kind(), ErrorKind::Io);
    assert!(!acme.has("p"));
}

#[tokio::test]
async fn instances_that_are_kept_serve_no_other() {
    let host = host().await;
    let [acme, globex] = ["acme", "globex"].map(|name| host.context(name).unwrap());
    let count = async |context: &Context| {
        let settings = CallSettings { scope: Scope::new("same"), ..CallSettings::default() };
        let made = context.get("p").unwrap().call(text_to_image::Request::new("a fox"), settings).await.unwrap();
        made.report.log[0].text.split(' ').nth(1).unwrap().parse::<u32>().unwrap()
    };
    for context in [&acme, &globex] {
        context.register("p", behaving("counts-calls").reuse(Reuse::default())).await.unwrap();
    }
    for round in 1..=3 {
        assert_eq!((count(&acme).await, count(&globex).await), (round, round));
    }
}

#[tokio::test]
async fn a_context_is_cleared_and_removed_without_the_others() {
    let host = host().await;
    let [acme, globex] = ["acme", "globex"].map(|name| host.context(name).unwrap());
    for context in [&*host, &acme, &globex] {
        context.register("p", chaos(Act::Serve)).await.unwrap();
    }
    let mut events = acme.events();
    acme.clear().await.unwrap();
    assert!(told(&mut events).iter().any(|event| matches!(event, HostEvent::ProviderUnregistered { .. })));
    assert_eq!((names(&acme).len(), names(&globex).len(), names(&host).len()), (0, 1, 1));
    acme.register("p", chaos(Act::Serve)).await.unwrap();
    let report = host.remove_context("acme", Host::DRAIN).await.unwrap().unwrap();
    assert_eq!(report.aborted, 0);
    assert_eq!(acme.register("q", chaos(Act::Serve)).await.unwrap_err().kind(), ErrorKind::Shutdown);
    assert!(host.context("acme").unwrap().names().is_empty(), "another one by its name");
    assert!(host.remove_context("initech", Host::DRAIN).await.unwrap().is_none());
    assert_eq!(host.remove_context("default", Host::DRAIN).await.unwrap_err().kind(), ErrorKind::InvalidId);
    host.clear_all().await.unwrap();
    assert!(host.contexts().iter().all(|context| context.names().is_empty()));
    host.shutdown(Host::DRAIN).await;
    assert_eq!(globex.register("q", chaos(Act::Serve)).await.unwrap_err().kind(), ErrorKind::Shutdown);
    assert_eq!(host.context("new").unwrap_err().kind(), ErrorKind::Shutdown);
}

#[tokio::test]
async fn contexts_come_from_a_configuration() {
    let text = format!(
        "[limits]\ntimeout = \"7s\"\n[providers.own]\ncomponent = {0:?}\n\
         [contexts.acme]\nbudgets = [{{ name = \"all\", limit = \"1.00\", period = \"day\" }}]\n\
         [contexts.acme.providers.own]\ncomponent = {0:?}\n[contexts.acme.providers.missing]\ncomponent = \"none.wasm\"\n",
        hostile_path().canonicalize().unwrap(),
    );
    let config = Config::parse(&text, Path::new("")).unwrap();
    let host = builder().config(config.clone()).build().await.unwrap();
    let acme = host.context_if_exists("acme").unwrap();
    assert_eq!((names(&host), names(&acme)), (vec!["own".to_owned()], vec!["missing".to_owned(), "own".to_owned()]));
    assert!(matches!(acme.status("missing").unwrap().state, State::Refused { .. }));
    let limits = acme.status("own").unwrap().component.unwrap().limits;
    assert_eq!(limits.timeout, Duration::from_secs(7), "what is said of all holds for those of contexts");
    // As if there were nothing else.
    let name: ContextName = "acme".parse().unwrap();
    let alone = builder().config(config.clone().of_context(&name).unwrap()).build().await.unwrap();
    assert_eq!((alone.name(), names(&alone)), (&name, names(&acme)));
    let error = config.of_context(&"acne".parse().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownContext);
    assert!(error.message().contains("known: acme, default"), "{error}");
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contexts.toml");
    let shown = Config::read(&shown).await.unwrap();
    assert_eq!(shown.contexts().map(ContextName::as_str).collect::<Vec<_>>(), ["acme"]);
    for (text, expected) in [
        ("[contexts.default]", "contexts.default: what is of the default context stands at the top"),
        ("[contexts.acme.providers.p]\ncomponent = \"a\"\nquality = 2.0", "line 3"),
        (
            "[contexts.acme.providers.p]\ncomponent = \"a\"\nprice = { image = \"1\" }\nprices = []",
            "contexts.acme.providers.p: ",
        ),
        ("[contexts.\"../x\"]", "is not an id"),
        ("[contexts.acme]\nstorage = \"x\"", "unknown field `storage`"),
    ] {
        let error = Config::parse(text, Path::new("")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_ask_for_many_contexts_at_one_time() {
    let host = host().await;
    let made = join_all((0..400).map(|number| {
        let host = host.clone();
        tokio::spawn(async move {
            let context = host.context(format!("tenant-{}", number % 100)).unwrap();
            context.register(format!("p{number}"), chaos(Act::Serve)).await
        })
    }));
    assert!(made.await.into_iter().all(|registered| registered.unwrap().is_ok()));
    assert_eq!(host.contexts().len(), 101);
    assert!(host.contexts().iter().skip(1).all(|context| context.names().len() == 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_crosses_while_all_are_at_work() {
    let folder = tempfile::tempdir().unwrap();
    tenants::rounds(builder().storage(folder.path().join("palisade.redb")), behaving, 400).await;
}

#[tokio::test]
async fn a_process_has_one_host_that_is_set_once() {
    // The only test that asks for it.
    let own = host().await;
    own.register("p", chaos(Act::Serve)).await.unwrap();
    palisade::set_host(own).unwrap();
    assert!(palisade::host().await.unwrap().has("p"));
    assert_eq!(palisade::set_host(host().await).unwrap_err().kind(), ErrorKind::AlreadyExists);
}
