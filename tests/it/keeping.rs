//! Providers that keep values between their calls, and what they cannot do with that.

use std::path::Path;

use palisade::{CallSettings, Host, HostBuilder, Registration, Scope};

use super::PLACE;
use crate::support::{behaving, builder};

fn keeping(bytes: u64) -> Registration {
    behaving("keeps").key_value(bytes)
}

async fn host_of(builder: HostBuilder, registrations: [(&str, Registration); 2]) -> Host {
    let host = builder.build().await.unwrap();
    for (id, registration) in registrations {
        host.register(id, registration.isolation(PLACE)).await.unwrap();
    }
    host
}

pub(crate) async fn ask(host: &Host, provider: &str, scope: &str, prompt: &str) -> String {
    let settings = CallSettings { scope: Scope::new(scope), ..CallSettings::default() };
    let request = palisade::chat::Request::new(prompt);
    host.get(provider).unwrap().call(request, settings).await.unwrap().response.text
}

#[tokio::test]
async fn values_are_kept_for_one_provider_and_one_scope() {
    let host = host_of(builder(), [("p", keeping(1000)), ("q", keeping(1000))]).await;
    assert_eq!(ask(&host, "p", "a", "get session").await, "nothing");
    assert_eq!(ask(&host, "p", "a", "set session of a").await, "kept");
    assert_eq!(ask(&host, "p", "b", "set session of b").await, "kept");
    assert_eq!(ask(&host, "p", "a", "get session").await, "of a");
    assert_eq!(ask(&host, "p", "b", "get session").await, "of b");
    assert_eq!(ask(&host, "q", "a", "get session").await, "nothing");
    assert_eq!(ask(&host, "q", "a", "keys ").await, "");
    assert_eq!(ask(&host, "p", "a", "delete session").await, "forgotten");
    assert_eq!(ask(&host, "p", "a", "keys s").await, "");
    assert_eq!(ask(&host, "p", "b", "keys s").await, "session");
}

#[tokio::test]
async fn nothing_is_kept_where_no_room_was_granted_and_no_more_than_that() {
    let host = host_of(builder(), [("none", behaving("keeps")), ("some", keeping(1000))]).await;
    assert_eq!(ask(&host, "none", "a", "set k v").await, "this provider was granted no room for values");
    assert_eq!(ask(&host, "none", "a", "get k").await, "this provider was granted no room for values");
    let full = "key-value: the provider keeps at most 1000 bytes, and there is no room left";
    assert_eq!(ask(&host, "some", "a", "fill k 1000").await, full);
    assert_eq!(ask(&host, "some", "a", "fill k 999").await, "kept");
    assert_eq!(ask(&host, "some", "a", "set l v").await, full);
    assert_eq!(ask(&host, "some", "b", "set l v").await, "kept");
    let long = ask(&host, "some", "a", "fill k 1048577").await;
    assert_eq!(long, "value: it has 1048577 bytes, and at most 1048576 are taken");
    let key = ask(&host, "some", "a", &format!("set {} v", "k".repeat(257))).await;
    assert_eq!(key, "key: it has 257 bytes, and 1 to 256 are taken");
}

#[tokio::test]
async fn they_outlive_the_host_where_it_has_a_storage() {
    let folder = tempfile::tempdir().unwrap();
    let stored = |folder: &Path| builder().storage(folder.join("palisade.redb"));
    let host = host_of(stored(folder.path()), [("p", keeping(1000)), ("q", keeping(1000))]).await;
    assert_eq!(ask(&host, "p", "a", "set session of a").await, "kept");
    host.shutdown(Host::DRAIN).await;
    drop(host);
    let host = host_of(stored(folder.path()), [("p", keeping(1000)), ("q", keeping(1000))]).await;
    assert_eq!(ask(&host, "p", "a", "get session").await, "of a");
    assert_eq!(ask(&host, "q", "a", "get session").await, "nothing");
}
