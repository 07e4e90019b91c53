//! What lends and what is lent, where one of both is native: who may ask what, and what becomes of a store meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use palisade::{
    BoxFuture, Call, CallReport, CallSettings, Capability, Catalogue, Error, ErrorKind, Health, Host, Outcome,
    Provider, Registration, Request, Response,
    catalogue::{Description, Model},
    key_value_store, lending, queue, stores,
};
use tokio::sync::Notify;

use crate::{
    lending::{host_of, loan, told, values},
    support::behaving,
};

fn lent(asking: Registration, store: &str) -> Registration {
    asking.lend(store.parse().unwrap(), loan(store))
}

fn catalogue(id: &str, capabilities: &[Capability]) -> Catalogue {
    let description = Description { claimed_id: id.to_owned(), version: "1".to_owned(), ..Description::default() };
    Catalogue::new(description, vec![Model::new(id.parse().unwrap(), capabilities)])
}

#[tokio::test]
async fn what_only_an_operator_does_is_not_done_for_a_provider() {
    let operations: [fn() -> queue::Operation; 3] =
        [|| queue::Operation::Purge, || queue::Operation::Redrive, || queue::Operation::DeadLetters { limit: 1 }];
    for operation in operations {
        let patient = Patient::new("work", move || operation().into());
        patient.may.notify_one();
        let patient = lent(Registration::native(patient), "work");
        let host = host_of([("work", Registration::native(stores::Queue::in_memory())), ("p", patient)]).await;
        let refused = told(&host, "p", "now").await;
        let name = lending::Operation::from(operation()).name();
        assert_eq!(refused, format!("Err(Denied(\"`{name}` is for who looks after the store `work`\"))"));
    }
}

/// A native provider that asks a store, once it may.
struct Patient {
    catalogue: Catalogue,
    asks: (&'static str, Box<dyn Fn() -> lending::Operation + Send + Sync>),
    begun: Arc<Notify>,
    may: Arc<Notify>,
}

impl Patient {
    fn new(store: &'static str, operation: impl Fn() -> lending::Operation + Send + Sync + 'static) -> Self {
        let catalogue = catalogue("patient", &[Capability::Chat]);
        Self { catalogue, asks: (store, Box::new(operation)), begun: Arc::default(), may: Arc::default() }
    }
}

impl Provider for Patient {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::Chat]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, palisade::Result<Outcome>> {
        Box::pin(async move {
            self.begun.notify_one();
            self.may.notified().await;
            let (store, operation) = &self.asks;
            let asked = call.stores.lender().unwrap().ask((*store).to_owned(), operation(), 1 << 20).await;
            let response = palisade::chat::Response::text(format!("{asked:?}"));
            Ok(Outcome { response: response.into(), report: CallReport::default() })
        })
    }
}

#[tokio::test]
async fn a_call_that_is_under_way_when_the_host_shuts_down_still_has_its_stores() {
    let set = || key_value_store::Request::set([key_value_store::Entry::new("k", "v")]).operation.into();
    let patient = Patient::new("sessions", set);
    let (begun, may) = (Arc::clone(&patient.begun), Arc::clone(&patient.may));
    let patient = lent(Registration::native(patient), "sessions");
    let host = host_of([("sessions", values()), ("p", patient)]).await;
    let asked = tokio::spawn({
        let host = host.clone();
        async move { told(&host, "p", "keep it").await }
    });
    begun.notified().await;
    let shutdown = tokio::spawn({
        let host = host.clone();
        async move { host.shutdown(Host::DRAIN).await }
    });
    // Nobody else may begin any more.
    while host.has("p") {
        tokio::task::yield_now().await;
    }
    may.notify_one();
    assert_eq!(asked.await.unwrap(), "Ok(KeyValueStore(Written([Some(1)])))");
    assert_eq!(shutdown.await.unwrap().aborted, 0);
}

/// A store of two kinds, which does as the key says that is asked for.
struct Odd {
    catalogue: Catalogue,
    is_disposed: Arc<AtomicBool>,
}

impl Odd {
    const KINDS: [Capability; 2] = [Capability::KeyValueStore, Capability::Queue];

    fn new() -> Self {
        Self { catalogue: catalogue("odd", &Self::KINDS), is_disposed: Arc::default() }
    }
}

impl Provider for Odd {
    fn capabilities(&self) -> &[Capability] {
        &Self::KINDS
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, palisade::Result<Outcome>> {
        Box::pin(async move {
            let response = match &*call.request {
                Request::KeyValueStore(asked) => {
                    let key_value_store::Operation::Get { keys } = &asked.operation else { panic!("{asked:?}") };
                    match keys[0].as_str() {
                        "unsupported" => return Err(Error::new(ErrorKind::Unsupported, "read: not this key")),
                        "internal" => return Err(Error::new(ErrorKind::Internal, "the password is `fox`")),
                        "io" => return Err(Error::new(ErrorKind::Io, "read /home/fox")),
                        "never" => std::future::pending().await,
                        _ => {
                            Response::from(key_value_store::Response::new(key_value_store::Answer::Values(vec![None])))
                        }
                    }
                }
                Request::Queue(_) => queue::Response::new(queue::Answer::Counted(queue::Counts::default())).into(),
                other => panic!("{other:?}"),
            };
            Ok(Outcome { response, report: CallReport::default() })
        })
    }

    fn dispose(&self) -> BoxFuture<'_, ()> {
        self.is_disposed.store(true, Ordering::SeqCst);
        Box::pin(async {})
    }
}

#[tokio::test]
async fn a_store_of_two_kinds_is_asked_as_both() {
    let host = host_of([("odd", Registration::native(Odd::new())), ("p", lent(behaving("stores"), "odd"))]).await;
    assert_eq!(told(&host, "p", "lent").await, "odd key-value-store false");
    assert_eq!(told(&host, "p", "values odd get k").await, "-");
    assert_eq!(told(&host, "p", "queue odd count").await, "0 0 0 0");
    let denied = told(&host, "p", "vectors odd count").await;
    assert_eq!(denied, "denied: `odd` is a key-value-store, and this is asked of a vector-store");
}

#[tokio::test]
async fn of_what_fails_in_a_store_a_component_is_told_no_more_than_it_needs() {
    let host = host_of([("odd", Registration::native(Odd::new())), ("p", lent(behaving("stores"), "odd"))]).await;
    for (key, expected) in [
        ("unsupported", "invalid: read: not this key"),
        ("internal", "io: the host failed: internal"),
        ("io", "io: the host failed: io"),
    ] {
        assert_eq!(told(&host, "p", &format!("values odd get {key}")).await, expected);
    }
}

#[tokio::test]
async fn what_takes_too_long_for_a_component_is_no_failure_of_the_store() {
    let host = host_of([("odd", Registration::native(Odd::new())), ("p", lent(behaving("stores"), "odd"))]).await;
    // It is known how long it takes.
    for _ in 0..10 {
        assert_eq!(told(&host, "p", "values odd get k").await, "-");
    }
    for _ in 0..10 {
        let settings = CallSettings { timeout: Some(Duration::from_millis(50)), ..CallSettings::default() };
        let asked = palisade::chat::Request::new("values odd get never");
        if let Ok(completion) = host.get("p").unwrap().call(asked, settings).await {
            assert!(completion.response.text.starts_with("unavailable: "), "{}", completion.response.text);
        }
    }
    assert!(host.status("odd").unwrap().calls.failed > 0);
    assert_eq!(host.status("odd").unwrap().models[0].health, Health::Closed);
    assert_eq!(told(&host, "p", "values odd get k").await, "-");
}

#[tokio::test]
async fn a_store_that_is_taken_out_gives_nothing_back_while_a_call_has_it() {
    let odd = Odd::new();
    let is_disposed = Arc::clone(&odd.is_disposed);
    let patient = Patient::new("odd", || key_value_store::Request::get(["k"]).operation.into());
    let (begun, may) = (Arc::clone(&patient.begun), Arc::clone(&patient.may));
    let host = host_of([("odd", Registration::native(odd)), ("p", lent(Registration::native(patient), "odd"))]).await;
    // What was never used has nothing to give back.
    host.get("odd").unwrap().key_value_store(key_value_store::Request::get(["k"])).await.unwrap();
    let asked = tokio::spawn({
        let host = host.clone();
        async move { told(&host, "p", "read it").await }
    });
    begun.notified().await;
    host.unregister("odd").await.unwrap();
    // As often as it would take to give it back.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!is_disposed.load(Ordering::SeqCst));
    may.notify_one();
    assert_eq!(asked.await.unwrap(), "Ok(KeyValueStore(Values([None])))");
    while !is_disposed.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
}
