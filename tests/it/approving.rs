//! Providers that ask for more than when they were approved.

use std::path::Path;

use palisade::{Allow, Decisions, Host, HostEvent, Lend, Permissions, Place, ProviderId, Registration, Secret};
use palisade_vendors::raw::{Server, ok};

use crate::support::{behaving, builder};

fn p() -> ProviderId {
    "p".parse().unwrap()
}

/// This server under both of its names, with a credential under each.
fn granted(behaviour: &str, server: &Server) -> Registration {
    let allow = |host: &str, name: &str| {
        let (name, place) = (Some(name.to_owned()), Place::Header("authorization".to_owned()));
        let lend = Lend { name, secret: Secret::Value("sk-0123456789".into()), place, format: "{}".to_owned() };
        let url = format!("http://{host}:{}/*", server.address.port());
        Allow { credential: Some(lend), allow_private: vec![server.address], ..Allow::new(url) }
    };
    let registration = behaving(behaviour).allow(allow("127.0.0.1", "key"));
    // The operator may only lend what is asked for.
    let second = allow("localhost", "token");
    let second = if behaviour == "reaches-more" { second } else { Allow { credential: None, ..second } };
    registration.allow(second)
}

async fn host(folder: &Path, registration: Registration) -> Host {
    builder().decisions(Decisions::folder(folder)).provider(p(), registration).build().await.unwrap()
}

/// Whether it reaches the server under this name.
async fn reaches(host: &Host, name: &str, server: &Server) -> bool {
    let prompt = format!("GET http://{name}:{}/", server.address.port());
    let told = host.get("p").unwrap().chat(prompt).await.unwrap().response.text;
    assert!(told.starts_with("200") || told.contains("was not granted"), "{told}");
    told.starts_with("200")
}

fn more() -> Permissions {
    Permissions { hosts: ["localhost".to_owned()].into(), credentials: ["token".to_owned()].into() }
}

#[tokio::test]
async fn who_asks_for_more_gets_what_was_approved_before() {
    let (server, folder) = (Server::keeping(ok("here")).await, tempfile::tempdir().unwrap());
    let host = host(folder.path(), granted("reaches", &server)).await;
    assert!(reaches(&host, "127.0.0.1", &server).await, "the first time, what is granted is approved");
    assert!(!reaches(&host, "localhost", &server).await, "it does not ask for that");

    let mut events = host.events();
    host.replace("p", granted("reaches-more", &server)).await.unwrap();
    let status = host.status("p").unwrap();
    assert_eq!(status.awaits_approval, more());
    assert_eq!(status.allowed.iter().map(|allow| allow.is_approved).collect::<Vec<_>>(), [true, false]);
    assert!(reaches(&host, "127.0.0.1", &server).await && !reaches(&host, "localhost", &server).await);
    // It has told of its states before.
    let asks = loop {
        if let HostEvent::ProviderAsksForMore { hosts, .. } = events.next().await.unwrap().event {
            break hosts;
        }
    };
    assert_eq!(asks, more().hosts);

    assert_eq!(host.approve("p").await.unwrap(), more());
    assert!(reaches(&host, "localhost", &server).await, "without being loaded again");
    assert!(host.status("p").unwrap().awaits_approval.is_empty());
    assert_eq!(host.approve("p").await.unwrap(), Permissions::default(), "it is approved once");
}

#[tokio::test]
async fn what_was_approved_outlives_the_host() {
    let (server, folder) = (Server::keeping(ok("here")).await, tempfile::tempdir().unwrap());
    drop(host(folder.path(), granted("reaches", &server)).await);
    let upgraded = host(folder.path(), granted("reaches-more", &server)).await;
    assert!(!reaches(&upgraded, "localhost", &server).await);
    upgraded.approve("p").await.unwrap();
    // Back, and there again.
    drop(host(folder.path(), granted("reaches", &server)).await);
    let again = host(folder.path(), granted("reaches-more", &server)).await;
    assert!(reaches(&again, "localhost", &server).await);
}

#[tokio::test]
async fn a_host_that_runs_knows_of_an_approval_within_a_second() {
    let (server, folder) = (Server::keeping(ok("here")).await, tempfile::tempdir().unwrap());
    let decisions = Decisions::folder(folder.path());
    decisions.approve(p(), Permissions { hosts: ["127.0.0.1".to_owned()].into(), ..Permissions::default() }).unwrap();
    let host = host(folder.path(), granted("reaches-more", &server)).await;
    assert!(!reaches(&host, "localhost", &server).await);
    let mut events = host.events();
    assert_eq!(decisions.approve(p(), more()).unwrap(), more());
    let approved = loop {
        if let HostEvent::ProviderApproved { hosts, credentials, .. } = events.next().await.unwrap().event {
            break Permissions { hosts, credentials };
        }
    };
    assert_eq!(approved, more());
    assert!(reaches(&host, "localhost", &server).await);
    assert!(host.status("p").unwrap().awaits_approval.credentials.contains("key"), "which nobody has approved");
}

#[tokio::test]
async fn where_nobody_keeps_decisions_all_that_is_granted_is_in_force() {
    let server = Server::keeping(ok("here")).await;
    let host = builder().provider(p(), granted("reaches", &server)).build().await.unwrap();
    host.replace("p", granted("reaches-more", &server)).await.unwrap();
    assert!(reaches(&host, "localhost", &server).await);
    assert_eq!(host.approve("p").await.unwrap(), Permissions::default());
}

#[tokio::test]
async fn where_decisions_cannot_be_read_who_reaches_out_is_refused() {
    let (server, folder) = (Server::keeping(ok("here")).await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("providers.json"), "{ nonsense").unwrap();
    let host = host(folder.path(), granted("reaches", &server)).await;
    let error = host.get("p").unwrap_err();
    assert!(error.message().contains("is not what was written there"), "{error}");
    assert_eq!(server.connections(), 0);
}
