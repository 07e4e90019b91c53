//! Who is registered, and what happens to calls meanwhile.

mod native;
mod opening;
mod shutdown;

use std::time::Duration;

use palisade::{Capability, Error, ErrorKind, Host, Registration, Source, State, text_to_image::Request};

use crate::{
    native::{Doing, Native},
    support::{behaving, builder, hostile_path, within},
};

async fn host() -> Host {
    builder().build().await.unwrap()
}

fn answering() -> Registration {
    Registration::native(Native::new(Doing::Answer))
}

fn check<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind, says: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(says), "{says:?} is not in {:?}", error.message());
}

fn names(host: &Host) -> Vec<String> {
    host.names().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_provider_is_there_from_its_registration_to_its_end() {
    let host = host().await;
    assert!(!host.has("b") && host.names().is_empty() && host.version() == 0);
    host.register("b", answering()).await.unwrap();
    host.register("a", hostile_path()).await.unwrap();
    assert!(host.has("a") && host.has("b"));
    assert_eq!(names(&host), ["a", "b"]);
    assert_eq!(host.providers_for(Capability::TextToImage).len(), 2);
    assert_eq!(host.get("a").unwrap().id().as_str(), "a");
    host.unregister("a").await.unwrap();
    assert!(!host.has("a"));
    assert_eq!((names(&host), host.version()), (vec!["b".to_owned()], 3));
    host.register("a", answering()).await.unwrap();
}

#[tokio::test]
async fn the_status_says_what_there_is_to_say() {
    let host = host().await;
    host.register("file", Registration::path(hostile_path()).quality(0.9)).await.unwrap();
    host.register("memory", behaving("well-behaved")).await.unwrap();
    host.register("native", answering()).await.unwrap();
    let status = |name: &str| host.status(name).unwrap();
    assert_eq!(status("file").source, Source::File { path: hostile_path() });
    assert_eq!((status("memory").source, status("native").source), (Source::Memory, Source::Native));
    assert_eq!(status("file").component.unwrap().digest, status("memory").component.unwrap().digest);
    assert!(status("native").component.is_none());
    for status in host.providers() {
        assert_eq!((status.state, status.capabilities[0]), (State::Live, Capability::TextToImage));
    }
    let json = serde_json::to_value(status("file")).unwrap();
    assert_eq!(json["description"]["claimed_id"], "hostile", "the host knows it by another name");
    assert_eq!(json["models"][0]["quality"]["value"], 0.9);
    assert_eq!(json["models"][0]["prices"]["value"], serde_json::json!([]), "free");
    assert_eq!(json["state"]["is"], "live");
    host.get("file").unwrap().text_to_image("a fox").await.unwrap();
    assert!(status("file").models[0].latency_seconds.value.is_some());
    assert!(status("memory").models[0].latency_seconds.value.is_none(), "two of one component are two providers");
}

#[tokio::test]
async fn a_name_that_is_none_or_taken_or_unknown_is_refused() {
    let host = host().await;
    check(host.get("card"), ErrorKind::UnknownProvider, "none is registered");
    host.register("one", answering()).await.unwrap();
    host.register("two", answering()).await.unwrap();
    check(host.register("one", answering()).await, ErrorKind::AlreadyExists, "`one`");
    check(host.get("three"), ErrorKind::UnknownProvider, "known: one, two");
    check(host.status("three"), ErrorKind::UnknownProvider, "known: one, two");
    check(host.unregister("three").await, ErrorKind::UnknownProvider, "known: one, two");
    let long = "x".repeat(65);
    for name in ["", "../one", "One", "one two", "-one", "öne", "one\u{1b}[31m", &long] {
        check(host.register(name, answering()).await, ErrorKind::InvalidId, "is not an id");
        check(host.get(name), ErrorKind::InvalidId, "is not an id");
        check(host.unregister(name).await, ErrorKind::InvalidId, "is not an id");
        assert!(!host.has(name));
    }
}

#[tokio::test]
async fn a_taken_name_is_refused_before_anything_is_loaded() {
    let host = host().await;
    host.register("one", answering()).await.unwrap();
    check(host.register("one", Registration::path("/absent")).await, ErrorKind::AlreadyExists, "`one`");
    // Of two that load at the same time, one wins.
    let [first, second] = [behaving("well-behaved"), behaving("well-behaved")].map(|it| host.register("two", it));
    let (first, second) = tokio::join!(first, second);
    assert_ne!(first.is_ok(), second.is_ok());
    check(first.and(second), ErrorKind::AlreadyExists, "`two`");
}

#[tokio::test]
async fn a_call_under_way_outlives_its_provider() {
    let host = host().await;
    host.register("component", behaving("well-behaved")).await.unwrap();
    let handle = host.get("component").unwrap();
    host.unregister("component").await.unwrap();
    handle.text_to_image("a fox").await.unwrap();
}

#[tokio::test]
async fn a_host_that_is_shut_down_has_nobody_and_takes_nobody() {
    let host = host().await;
    host.register("one", answering()).await.unwrap();
    let clone = host.clone();
    within(Duration::from_secs(1), host.shutdown(Duration::ZERO)).await;
    within(Duration::from_secs(1), clone.shutdown(Duration::ZERO)).await;
    assert!(clone.names().is_empty());
    check(clone.register("two", answering()).await, ErrorKind::Shutdown, "shutting down");
    check(clone.unregister("one").await, ErrorKind::Shutdown, "shut down");
    check(clone.find_best_provider(Capability::TextToImage).await, ErrorKind::NoProvider, "no provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_register_find_call_and_unregister_at_one_time() {
    let host = host().await;
    host.register("component", behaving("well-behaved")).await.unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let host = host.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let name = format!("native-{task}-{round}");
                    host.register(&name, answering()).await.unwrap();
                    assert!(host.has(&name));
                    let found = host.find_best_provider(Capability::TextToImage).seed(round).await.unwrap();
                    found.text_to_image("a fox").await.unwrap();
                    host.get("component").unwrap().text_to_image("a fox").await.unwrap();
                    host.unregister(&name).await.unwrap();
                    assert!(!host.has(&name));
                }
            })
        })
        .collect();
    within(Duration::from_secs(10), async {
        for task in tasks {
            task.await.unwrap();
        }
    })
    .await;
    assert_eq!((names(&host), host.version()), (vec!["component".to_owned()], 1 + 16 * 20 * 2));
}

#[tokio::test]
async fn a_handle_calls_only_what_its_provider_serves() {
    let host = host().await;
    let chat = Native::new(Doing::Answer).change(|catalogue| catalogue.models[0].capabilities.clear());
    host.register("chat", Registration::native(chat)).await.unwrap();
    let error = host.get("chat").unwrap().text_to_image(Request::new("a fox")).await;
    check(error, ErrorKind::Unsupported, "does not serve text-to-image");
}
