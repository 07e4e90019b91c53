//! A secret that is lent to a component is found nowhere but in the request that its upstream gets.
//!
//! The component tries what it can: it has its upstream say the secret back, reads all of its own memory, and puts what it
//! finds into its answer, its log, its values, its errors and its pieces. Then all that a host tells or keeps is searched.

use std::{
    collections::HashSet,
    fmt::{Debug, Write as _},
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use futures_util::StreamExt as _;
use palisade::{
    Allow, CachePlace, Config, Decisions, EventLogPlace, Host, HostBuilder, Lend, Place, Registration, Reuse, Secret,
};
use palisade_vendors::raw::{Server, ok};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::PLACE;
use crate::support::{behaving, builder, compiler, hostile_path};

const SECRET: &str = "sk-canary-7Qf3xT9wLmZ2";
/// What an upstream says, so that a search of memory is known to find what is there.
const SAID: &str = "said-by-the-upstream";
/// So many characters in a row count as a piece.
const PIECE: usize = 8;

/// The secret as it is, in hex and in base64, whatever stands before it.
fn spellings() -> [String; 5] {
    let hex = SECRET.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let encoded = ["c2stY2FuYXJ5LTdRZjN4VDl3TG1aM", "NrLWNhbmFyeS03UWYzeFQ5d0xtWjI", "zay1jYW5hcnktN1FmM3hUOXdMbVoy"];
    let [first, second, third] = encoded.map(str::to_owned);
    [SECRET.to_owned(), hex, first, second, third]
}

/// A piece of the secret that is in there.
fn piece_in(bytes: &[u8]) -> Option<&[u8]> {
    let spellings = spellings();
    let pieces: HashSet<&[u8]> = spellings.iter().flat_map(|spelling| spelling.as_bytes().windows(PIECE)).collect();
    bytes.windows(PIECE).find(|window| pieces.contains(window))
}

/// Fails where any piece of the secret is in there.
pub(crate) fn assert_clean(place: &str, bytes: impl AsRef<[u8]>) {
    let found = piece_in(bytes.as_ref()).map(String::from_utf8_lossy);
    assert!(found.is_none(), "in {place} is a piece of the secret: {found:?}");
}

/// Every file below, with its name.
fn assert_clean_folder(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_clean("the name of a file", path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            count += assert_clean_folder(&path);
        } else {
            assert_clean(&path.display().to_string(), fs::read(&path).unwrap());
            count += 1;
        }
    }
    count
}

/// An upstream that says back all that it was told, with the secret.
pub(crate) async fn echo() -> Server {
    Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            peer.write(ok(&format!("{SAID} {request}"))).await;
        }
    })
    .await
}

fn allow(server: &Server) -> Allow {
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(SECRET.into()), place, format: "Bearer {}".to_owned() };
    let url = format!("http://{}/*", server.address);
    Allow { credential: Some(lend), allow_private: vec![server.address], ..Allow::new(url) }
}

pub(crate) fn reaching(behaviour: &str, server: &Server) -> Registration {
    let reversed = [SECRET, SAID].map(|text| text.chars().rev().collect::<String>());
    behaving(behaviour)
        .config("credential", "key")
        .config("reversed", reversed.join(" "))
        .allow(allow(server))
        .isolation(PLACE)
}

pub(crate) fn prompt(server: &Server) -> String {
    format!("POST http://{}/v1?a=b hello", server.address)
}

/// Keeps all that is logged.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<String>>);

impl Visit for Logs {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Logs {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// All that a host tells of itself.
fn told_by(host: &Host) -> String {
    let statuses = host.providers();
    format!("{host:?} {statuses:?} {} {:?}", serde_json::to_string(&statuses).unwrap(), host.statistics())
}

#[tokio::test]
async fn it_is_not_in_the_memory_of_the_component_nor_in_what_the_component_says() {
    let server = echo().await;
    let host = builder().build().await.unwrap();
    // The second call finds the memory as the first has left it.
    let kept = Reuse { calls: 10, ..Reuse::default() };
    host.register("p", reaching("reaches-and-searches", &server).key_value(100_000).reuse(kept)).await.unwrap();
    for call in 1..=2 {
        let made = host.get("p").unwrap().chat(prompt(&server)).await.unwrap();
        assert_clean("an answer", format!("{made:?}"));
        let told = made.response.text;
        assert!(told.contains("authorization: Bearer ****") && told.contains("kept: Ok(())"), "{told}");
        let found: Vec<usize> = told.lines().last().unwrap().split_whitespace().map(|n| n.parse().unwrap()).collect();
        assert_eq!(found[0], 0, "pieces of the secret are in the memory of call {call}");
        assert!(found[1] >= SAID.len() - PIECE, "what is in its memory is not found: {found:?}");
        assert!(made.report.log.iter().any(|line| line.text.contains(SAID)), "{:?}", made.report.log);
    }
    // It has been sent all the same.
    assert!(server.requests().iter().all(|request| request.contains(&format!("authorization: Bearer {SECRET}\r\n"))));
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests().iter().all(|request| piece_in(request.as_bytes()).is_some()), "it is not searched for");
}

#[tokio::test]
async fn it_is_not_in_errors_pieces_events_and_logs() {
    let server = echo().await;
    let logs = Logs::default();
    // All of a host's tasks run on this thread.
    let _logging = tracing::subscriber::set_default(logs.clone());
    let host = builder().build().await.unwrap();
    let mut events = host.events();
    host.register("tells", reaching("reaches-and-tells", &server)).await.unwrap();
    host.call(palisade::chat::Request::new(prompt(&server))).await.unwrap_err();
    let unasked = Allow { url: format!("http://localhost:{}/*", server.address.port()), ..allow(&server) };
    host.register("streams", reaching("reaches-in-pieces", &server).allow(unasked)).await.unwrap();
    let error = host.get("tells").unwrap().chat(prompt(&server)).await.unwrap_err();
    assert!(error.message().contains(SAID), "{error}");
    assert_clean("an error", format!("{error:?} {error} {:?}", error.report()));
    let mut pieces = String::new();
    let mut answer = host.get("streams").unwrap().chat_stream(prompt(&server)).unwrap();
    while let Some(event) = answer.next().await {
        write!(pieces, "{:?}", event.unwrap()).unwrap();
    }
    assert!(pieces.contains("Bearer ****"), "{pieces}");
    assert_clean("a stream", &pieces);
    assert_clean("a host", told_by(&host));
    drop(answer);
    host.shutdown(Host::DRAIN).await;
    drop(host);
    let mut heard = String::new();
    while let Some(event) = events.next().await {
        writeln!(heard, "{event:?} {}", serde_json::to_string(&event).unwrap()).unwrap();
    }
    assert_clean("an event", &heard);
    assert!(heard.contains(SAID) && heard.contains("RouteRefused"), "{heard}");
    let logged = logs.0.lock().unwrap();
    assert!(logged.contains("the provider does not ask for what it is granted"), "{logged}");
    assert_clean("a log", logged.as_bytes());
}

/// A host that keeps all that a host can keep, in this folder.
fn keeping(folder: &Path) -> HostBuilder {
    Host::builder()
        .compiler(compiler())
        .cache(CachePlace::Folder { path: folder.join("cache"), max_bytes: 1 << 30 })
        .storage(folder.join("palisade.redb"))
        .decisions(Decisions::folder(folder.join("decisions")))
        .events(EventLogPlace { decisions: true, ..EventLogPlace::new(folder.join("events.jsonl")) })
}

#[tokio::test]
async fn it_is_not_in_what_a_host_keeps_on_disk() {
    let (server, folder) = (echo().await, tempfile::tempdir().unwrap());
    let host = keeping(folder.path()).build().await.unwrap();
    let registration = reaching("reaches-and-searches", &server).key_value(100_000);
    assert_clean("a registration", format!("{registration:?}"));
    host.register("p", registration).await.unwrap();
    let settings = palisade::CallSettings { idempotency_key: Some("once".to_owned()), ..Default::default() };
    let request = palisade::chat::Request::new(prompt(&server));
    host.get("p").unwrap().call(request, settings).await.unwrap();
    host.register("tells", reaching("reaches-and-tells", &server)).await.unwrap();
    host.get("tells").unwrap().chat(prompt(&server)).await.unwrap_err();
    host.shutdown(Host::DRAIN).await;
    drop(host);
    // Its values, events, decisions, and code.
    assert!(
        fs::read(folder.path().join("palisade.redb")).unwrap().windows(SAID.len()).any(|text| text == SAID.as_bytes())
    );
    assert!(assert_clean_folder(folder.path()) >= 4);
}

#[tokio::test]
async fn it_is_not_in_a_configuration_nor_in_what_is_told_of_its_providers() {
    let (server, folder) = (echo().await, tempfile::tempdir().unwrap());
    fs::write(folder.path().join("key"), format!("{SECRET}\n")).unwrap();
    let isolation = PLACE.to_string();
    let text = format!(
        "[providers.p]\ncomponent = {:?}\nisolation = {isolation:?}\nconfig = {{ behaviour = \"reaches\", credential = \"key\" }}\n\
         [[providers.p.allow]]\nurl = \"http://{1}/*\"\nallow-private = [\"{1}\"]\n\
         credential = {{ secret = \"file:key\", header = \"authorization\" }}\n",
        hostile_path().canonicalize().unwrap(),
        server.address
    );
    let config = Config::parse(&text, folder.path()).unwrap();
    assert_clean("a configuration", format!("{config:?}"));
    let builder = builder().config(config);
    assert_clean("a host to be", format!("{builder:?}"));
    let host = builder.build().await.unwrap();
    let status = host.status("p").unwrap();
    assert_eq!(status.allowed[0].is_set, Some(true));
    host.get("p").unwrap().chat(prompt(&server)).await.unwrap();
    assert!(server.requests()[0].contains(SECRET));
    assert_clean("a host", told_by(&host));
    assert_clean("a handle", format!("{:?}", host.get("p").unwrap()));
}
