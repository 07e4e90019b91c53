//! Tenants of one host, all at work at one time, with providers of the same names: each with a secret, a budget and a canary of its own.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use palisade::{
    Allow, Budget, CallSettings, Completion, Context, ContextSettings, ErrorKind, Host, HostBuilder, Lend, Period,
    PicoUsd, Place, Registration, Result, Reuse, Secret, StoreLoan, Unit, chat, stores,
};
use palisade_vendors::raw::{Server, ok};

const NAMES: [&str; 2] = ["acme", "globex"];
/// Tasks of each that call at one time.
const WORKERS: u64 = 4;
/// What the second may spend: so many calls. The first may spend as much as it likes.
const PAID_FOR: u64 = 40;

/// A tenant, and what is its own.
#[derive(Clone)]
struct Tenant {
    name: &'static str,
    context: Context,
    canary: String,
    other: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The calls of each that were served.
    pub(crate) served: BTreeMap<String, u64>,
    /// Those that the budget of each has refused.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Requests that have reached the upstream.
    pub(crate) upstream: usize,
}

fn canary(name: &str) -> String {
    format!("canary-of-{name}")
}

fn secret(name: &str) -> String {
    format!("sk-of-{name}-{}", name.len() * 7919)
}

fn dollars(text: &str) -> PicoUsd {
    text.parse().unwrap()
}

/// The price of a call of the writer.
fn price() -> PicoUsd {
    dollars("0.01")
}

/// Both have a store of values in one file.
fn settings(name: &str, server: &Server, values: &Path, behaving: impl Fn(&str) -> Registration) -> ContextSettings {
    let place = Place::Header("authorization".to_owned());
    let secret = Secret::Value(secret(name).into());
    let lend = Lend { name: None, secret, place, format: "Bearer {}".to_owned() };
    let url = format!("http://{}/*", server.address);
    let allow = Allow { credential: Some(lend), allow_private: vec![server.address], ..Allow::new(url) };
    let writer = behaving("reaches").config("credential", "key").allow(allow).price(Unit::Request, price());
    let limit = if name == NAMES[1] { "0.40" } else { "1000000" };
    let budget = Budget {
        name: "writing".to_owned(),
        scope: None,
        capability: None,
        provider: Some("writer".parse().unwrap()),
        limit: dollars(limit),
        period: Period::FOREVER,
    };
    let keeper = behaving("keeps").key_value(100_000).reuse(Reuse::default());
    let id = |id: &str| id.parse().unwrap();
    let values = Registration::native(stores::KeyValueStore::open(values));
    let asker = behaving("stores").reuse(Reuse::default()).lend("notes".parse().unwrap(), StoreLoan::new(id("values")));
    ContextSettings::default()
        .budget(budget)
        .provider(id("writer"), writer)
        .provider(id("keeper"), keeper)
        .provider(id("values"), values)
        .provider(id("asker"), asker)
}

impl Tenant {
    async fn ask(&self, provider: &str, prompt: String, key: Option<String>) -> Result<Completion<chat::Response>> {
        let settings = CallSettings { idempotency_key: key, ..CallSettings::default() };
        self.context.get(provider)?.call(chat::Request::new(prompt), settings).await
    }

    /// Fails where anything is in there that is the other's, or a secret of whomever.
    fn look(&self, place: &str, text: &str) {
        assert!(!text.contains(&self.other), "{}: in {place} is what the other has said: {text}", self.name);
        for name in NAMES {
            assert!(!text.contains(&secret(name)), "{}: in {place} is the secret of {name}", self.name);
        }
    }

    /// Tries each way by which something could come from the other. Gives whether its budget still had room.
    async fn round(&self, server: &Server, number: u64) -> bool {
        let prompt = format!("POST http://{}/{}?{number} {}", server.address, self.canary, self.canary);
        // Both have the same keys.
        let key = number.is_multiple_of(3).then(|| format!("order-{number}"));
        let has_key = key.is_some();
        let asked = self.ask("writer", prompt.clone(), key.clone()).await;
        let was_served = match &asked {
            Ok(made) => {
                let text = &made.response.text;
                assert!(text.contains(&self.canary), "{}: {text}", self.name);
                self.look("an answer", &format!("{made:?}"));
                true
            }
            Err(error) => {
                assert_eq!((error.kind(), self.name), (ErrorKind::Budget, NAMES[1]), "{error}");
                false
            }
        };
        if has_key && was_served {
            let again = self.ask("writer", prompt, key).await.unwrap();
            assert!(again.is_repeated && again.response.text.contains(&self.canary), "{}: {again:?}", self.name);
        }
        self.ask("keeper", format!("set session-{number} {}", self.canary), None).await.unwrap();
        let kept = self.ask("keeper", format!("get session-{number}"), None).await.unwrap().response.text;
        assert_eq!(kept, self.canary, "{}", self.name);
        self.ask("keeper", format!("delete session-{number}"), None).await.unwrap();
        self.ask("asker", format!("values notes set session-{number} {}", self.canary), None).await.unwrap();
        // Some of them are the other's.
        let near = number.saturating_sub(3)..=number + 3;
        let keys: Vec<_> = near.map(|number| format!("session-{number}")).collect();
        let noted =
            self.ask("asker", format!("values notes get {}", keys.join(" ")), None).await.unwrap().response.text;
        assert!(noted.contains(&self.canary), "{}: {noted}", self.name);
        self.look("a store", &noted);
        let kept = self.ask("asker", "values notes keys session-".to_owned(), None).await.unwrap().response.text;
        assert!(kept.split(' ').any(|key| key == format!("session-{number}")), "{}: {kept}", self.name);
        self.ask("asker", format!("values notes delete session-{number}"), None).await.unwrap();
        was_served
    }
}

/// Has all of them work until it is over, and fails where anything has crossed.
pub(crate) async fn run(
    builder: HostBuilder,
    behaving: impl Fn(&str) -> Registration,
    is_over: impl Fn(u64) -> bool,
) -> Report {
    let server = Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            peer.write(ok(&request)).await;
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let values = folder.path().join("values.db");
    let host = builder.build().await.unwrap();
    let mut tenants = Vec::new();
    for (name, other) in [(NAMES[0], NAMES[1]), (NAMES[1], NAMES[0])] {
        let context = host.create_context(name, settings(name, &server, &values, &behaving)).await.unwrap();
        tenants.push(Tenant { name, context, canary: canary(name), other: canary(other) });
    }
    let mut heard: Vec<_> = tenants.iter().map(|tenant| tenant.context.events()).collect();
    let [served, refused] = [[0; 2], [0; 2]].map(|counts| Arc::new(counts.map(AtomicU64::new)));
    let (server, numbers, is_over) = (&server, AtomicU64::new(0), &is_over);
    let work = tenants.iter().enumerate().flat_map(|(place, tenant)| {
        let (served, refused, numbers) = (&served, &refused, &numbers);
        (0..WORKERS).map(move |_| async move {
            loop {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                if is_over(number) {
                    return;
                }
                let counts = if tenant.round(server, number).await { served } else { refused };
                counts[place].fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let listening = heard.iter_mut().zip(&tenants).map(|(events, tenant)| async move {
        while let Some(record) = events.next().await {
            tenant.look("an event", &format!("{record:?}"));
            let is_own =
                record.number.is_none() || record.context.as_ref().is_some_and(|name| name.as_str() == tenant.name);
            assert!(is_own, "{}: {record:?}", tenant.name);
        }
    });
    tokio::select! {
        _done = join_all(work) => {}
        _ended = join_all(listening) => panic!("the events end with the host"),
    }
    for tenant in &tenants {
        let told = format!("{:?} {:?} {:?}", tenant.context, tenant.context.providers(), tenant.context.jobs().await);
        tenant.look("what is told of its providers", &told);
    }
    // Whoever has said something has sent a secret of its own with it.
    let requests = server.requests();
    for request in &requests {
        let name = NAMES.into_iter().find(|name| request.contains(&canary(name))).expect("each request has a canary");
        assert!(request.contains(&format!("authorization: Bearer {}\r\n", secret(name))), "{request}");
    }
    let by_name = |counts: &[AtomicU64; 2]| {
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        NAMES.iter().map(|name| (*name).to_owned()).zip(counts).collect()
    };
    let report = Report { served: by_name(&served), refused: by_name(&refused), upstream: requests.len() };
    host.shutdown(Host::DRAIN).await;
    report
}

/// As [`run`] is done after so many rounds.
pub(crate) async fn rounds(builder: HostBuilder, behaving: impl Fn(&str) -> Registration, count: u64) {
    let report = run(builder, behaving, |number| number >= count).await;
    check(&report);
}

/// For so long.
#[allow(dead_code, reason = "the program does that which is beside the tests")]
pub(crate) async fn during(builder: HostBuilder, behaving: impl Fn(&str) -> Registration, time: Duration) -> Report {
    let start = Instant::now();
    let report = run(builder, behaving, |_| start.elapsed() >= time).await;
    check(&report);
    report
}

/// The budget of the one has ended its calls, and none of the other's.
fn check(report: &Report) {
    let Report { served, refused, upstream } = report;
    assert_eq!((served[NAMES[1]], refused[NAMES[0]]), (PAID_FOR, 0), "{report:?}");
    assert!(served[NAMES[0]] > PAID_FOR && refused[NAMES[1]] > 0, "{report:?}");
    assert_eq!(*upstream as u64, served.values().sum::<u64>(), "{report:?}");
}
