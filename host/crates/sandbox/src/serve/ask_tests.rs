//! A guest that asks, and a host that answers, without a pipe between them.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::FutureExt as _;
use palisade_core::{Capability, key_value_store, queue};

use super::{
    super::{
        answer::{Answers, Asked, Reached},
        frame,
    },
    *,
};

/// An upstream that gives these pieces, and counts the answers that are open.
#[derive(Clone, Default)]
struct Upstream {
    pieces: Vec<Result<&'static str, http::Error>>,
    refuses: Option<http::Error>,
    /// Whether it answers at all.
    is_silent: bool,
    open: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<http::Request>>>,
}

struct Opened {
    pieces: VecDeque<Result<&'static str, http::Error>>,
    open: Arc<AtomicUsize>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Body for Opened {
    fn read(&mut self, _: usize) -> BoxFuture<'_, Result<Bytes, http::Error>> {
        let piece = self.pieces.pop_front().unwrap_or(Ok(""));
        Box::pin(std::future::ready(piece.map(|text| Bytes::from_static(text.as_bytes()))))
    }
}

impl http::Client for Upstream {
    fn send(&self, request: http::Request) -> BoxFuture<'_, Result<http::Response, http::Error>> {
        Box::pin(async move {
            lock(&self.asked).push(request);
            self.open.fetch_add(1, Ordering::Relaxed);
            let (pieces, open) = (self.pieces.clone().into(), Arc::clone(&self.open));
            let body = Box::new(Opened { pieces, open });
            if self.is_silent {
                std::future::pending::<()>().await;
            }
            match &self.refuses {
                Some(error) => Err(error.clone()),
                None => Ok(http::Response { status: 200, headers: vec![http::Header::new("a", "b")], body }),
            }
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        (name == "key").then_some(true)
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        vec![("key".to_owned(), true)]
    }
}

/// Values of which one is there.
struct One;

impl KeyValueStore for One {
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
        Box::pin(std::future::ready(Ok((key == "here").then(|| b"value".to_vec()))))
    }

    fn set(&self, _: String, _: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::LimitExceeded, "there is no room left"))))
    }

    fn delete(&self, _: String) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::Io, "/srv/palisade.redb: it is full"))))
    }

    fn keys(&self, prefix: String, after: Option<String>) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(std::future::ready(Ok(vec![prefix, after.unwrap_or_default()])))
    }

    fn quota(&self) -> u64 {
        1000
    }
}

/// Both ends of a call.
struct Both {
    line: Arc<Line>,
    frames: mpsc::UnboundedReceiver<Frame>,
    answers: Answers,
}

impl Both {
    fn of(upstream: &Upstream) -> Self {
        let (outlet, key_value) = (Outlet::new(upstream.clone()), KeyValue::new(One));
        let reached = Reached { outlet, key_value, stores: Stores::new(Notes::default()) };
        let (line, frames) = Line::new(7, reached.granted(), &Limits::default());
        Self { line, frames, answers: Answers::new(reached, 1000, None) }
    }

    /// What the host hears.
    fn hear(&mut self) -> Option<Asked> {
        let frame = self.frames.try_recv().ok()?;
        let (head, body) = frame::read(&mut frame.bytes()).unwrap().unwrap();
        assert_eq!(head.call, 7);
        Some(match head.kind {
            Kind::Ask => Asked::Question(Box::new(frame::parse(&body).unwrap()), body.len() as u64),
            Kind::More => Asked::More(frame::parse(&body).unwrap()),
            Kind::Forget => Asked::Forget(frame::parse(&body).unwrap()),
            kind => panic!("{kind:?} is no question"),
        })
    }

    /// Has the host do what there is to do.
    fn go_on(&mut self) {
        while let Some(asked) = self.hear() {
            let told = self.answers.begin(asked).unwrap();
            told.into_iter().for_each(|answer| self.line.deliver(answer.reply));
        }
        while let Some(answer) = self.answers.next().now_or_never() {
            self.line.deliver(answer.unwrap().reply);
        }
    }

    /// Waits for this while the host goes on.
    fn wait<T>(&mut self, mut work: BoxFuture<'_, T>) -> T {
        loop {
            if let Some(done) = (&mut work).now_or_never() {
                return done;
            }
            self.go_on();
        }
    }

    fn send(&mut self, outlet: &Outlet) -> Result<http::Response, http::Error> {
        let request = http::Request::new(http::Method::Get, "https://example.com/");
        self.wait(outlet.client().unwrap().send(request))
    }
}

#[test]
fn an_answer_comes_piece_by_piece_as_it_is_read() {
    let upstream = Upstream { pieces: vec![Ok("hello "), Ok("there")], ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    let client = outlet.client().unwrap();
    assert_eq!((client.has_credential("key"), client.has_credential("other")), (Some(true), None));
    let mut response = both.send(&outlet).unwrap();
    assert_eq!((response.status, response.headers.len()), (200, 1));
    assert!(both.hear().is_none(), "nobody has read yet");
    for piece in ["he", "llo ", "there", "", ""] {
        let max = if piece == "he" { 2 } else { 100 };
        assert_eq!(both.wait(response.body.read(max)).unwrap(), piece);
    }
    assert!(both.hear().is_none(), "after the end nothing is asked");
    assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
    drop(response);
    assert!(both.hear().is_none(), "there is nothing to drop");
}

#[test]
fn who_stops_reading_has_the_answer_dropped() {
    let upstream = Upstream { pieces: vec![Ok("hello")], ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    for is_reading in [false, true] {
        let mut response = both.send(&outlet).unwrap();
        assert_eq!(upstream.open.load(Ordering::Relaxed), 1);
        if is_reading {
            assert!(response.body.read(1).now_or_never().is_none());
        }
        drop(response);
        both.go_on();
        assert_eq!((upstream.open.load(Ordering::Relaxed), lock(&both.line.waiting).replies.len()), (0, 0));
    }
}

#[test]
fn who_stops_waiting_has_the_request_dropped() {
    let upstream = Upstream { is_silent: true, ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    for _ in 0..2 * AT_ONE_TIME {
        let mut sent = outlet.client().unwrap().send(http::Request::new(http::Method::Get, "https://example.com/"));
        assert!((&mut sent).now_or_never().is_none());
        both.go_on();
        assert_eq!(upstream.open.load(Ordering::Relaxed), 1);
        drop(sent);
        both.go_on();
        assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
    }
    assert_eq!(lock(&both.line.waiting).bytes, 0);
}

#[test]
fn an_answer_that_came_when_nobody_waited_any_more_is_dropped() {
    let upstream = Upstream { pieces: vec![Ok("hello")], ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    let mut sent = outlet.client().unwrap().send(http::Request::new(http::Method::Get, "https://example.com/"));
    assert!((&mut sent).now_or_never().is_none());
    both.go_on();
    assert_eq!(upstream.open.load(Ordering::Relaxed), 1, "it has come");
    drop(sent);
    both.go_on();
    assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
}

#[test]
fn a_piece_that_comes_when_nobody_waits_is_not_lost() {
    let upstream = Upstream { pieces: vec![Ok("hello")], ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    let mut response = both.send(&outlet).unwrap();
    assert!(response.body.read(100).now_or_never().is_none());
    both.go_on();
    assert_eq!(response.body.read(100).now_or_never().unwrap().unwrap(), "hello");
}

#[test]
fn a_refusal_is_told_as_it_is() {
    for error in [http::Error::Timeout, http::Error::Leak, http::Error::Denied("why".to_owned())] {
        let upstream = Upstream { refuses: Some(error.clone()), ..Upstream::default() };
        let mut both = Both::of(&upstream);
        let outlet = both.line.outlet();
        assert_eq!(both.send(&outlet).unwrap_err(), error);
        let upstream = Upstream { pieces: vec![Err(error.clone())], ..Upstream::default() };
        let mut both = Both::of(&upstream);
        let outlet = both.line.outlet();
        let mut response = both.send(&outlet).unwrap();
        for _ in 0..2 {
            assert_eq!(both.wait(response.body.read(1)).unwrap_err(), error);
        }
        assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn values_are_asked_for_and_what_fails_says_no_more_than_a_guest_may_know() {
    let mut both = Both::of(&Upstream::default());
    let key_value = both.line.key_value();
    let store = key_value.store().unwrap();
    assert_eq!(store.quota(), 1000);
    assert_eq!(both.wait(store.get("here".to_owned())).unwrap(), Some(b"value".to_vec()));
    assert_eq!(both.wait(store.get("there".to_owned())).unwrap(), None);
    assert_eq!(both.wait(store.keys("a".to_owned(), Some("b".to_owned()))).unwrap(), ["a", "b"]);
    let full = both.wait(store.set("k".to_owned(), vec![1])).unwrap_err();
    assert_eq!((full.kind(), full.message()), (ErrorKind::LimitExceeded, "there is no room left"));
    let failed = both.wait(store.delete("k".to_owned())).unwrap_err();
    assert_eq!((failed.kind(), failed.message()), (ErrorKind::Io, "the host failed"));
    let long = store.set("k".to_owned(), vec![0; KeyValue::MAX_VALUE_BYTES + 1]).now_or_never().unwrap().unwrap_err();
    assert_eq!((long.kind(), long.field()), (ErrorKind::InvalidInput, Some("value")));
}

#[test]
fn what_the_host_would_not_take_is_not_sent() {
    let mut both = Both::of(&Upstream::default());
    let outlet = both.line.outlet();
    let body = Bytes::from(vec![0; usize::try_from(both.line.bytes).unwrap()]);
    let request = http::Request { body, ..http::Request::new(http::Method::Post, "https://example.com/") };
    let sent = outlet.client().unwrap().send(request).now_or_never().unwrap();
    assert!(matches!(sent, Err(http::Error::RequestTooLarge(_))), "{sent:?}");
    assert!(both.hear().is_none());
}

#[test]
fn what_the_host_would_not_read_is_not_sent() {
    let mut both = Both::of(&Upstream::default());
    let outlet = both.line.outlet();
    let send = |headers| {
        let headers = vec![http::Header::new("", ""); headers];
        let request = http::Request { headers, ..http::Request::new(http::Method::Get, "https://example.com/") };
        outlet.client().unwrap().send(request).now_or_never()
    };
    // More than any upstream gets, so that it is refused by whoever knows why.
    assert!(send(640).is_none());
    let sent = send(6400).unwrap();
    assert!(matches!(sent, Err(http::Error::InvalidRequest(_))), "{sent:?}");
    let heard = [both.hear(), both.hear()];
    assert!(matches!(heard, [Some(Asked::Question(..)), Some(Asked::Forget(0))]), "{heard:?}");
    assert!(both.hear().is_none());
}

/// Values that take their time.
#[derive(Clone)]
struct Slow {
    begun: Arc<AtomicUsize>,
    done: Arc<Semaphore>,
}

impl Slow {
    async fn wait(&self) -> Result<()> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.done.acquire().await.unwrap().forget();
        Ok(())
    }
}

impl KeyValueStore for Slow {
    fn get(&self, _: String) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
        Box::pin(async { self.wait().await.map(|()| None) })
    }

    fn set(&self, _: String, _: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.wait())
    }

    fn delete(&self, _: String) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.wait())
    }

    fn keys(&self, _: String, _: Option<String>) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async { self.wait().await.map(|()| Vec::new()) })
    }

    fn quota(&self) -> u64 {
        1000
    }
}

#[test]
fn values_are_one_after_the_other_however_many_a_worker_asks_for_and_forgets() {
    let slow = Slow { begun: Arc::default(), done: Arc::new(Semaphore::new(0)) };
    let mut answers = Answers::new(Reached { key_value: KeyValue::new(slow.clone()), ..Reached::default() }, 0, None);
    let set = || Question::Set { key: "k".to_owned(), value: vec![0; 1000] };
    for number in 0..20 {
        assert!(answers.begin(Asked::Question(Box::new(set()), 1000)).unwrap().is_none());
        assert!(answers.next().now_or_never().is_none());
        // A write that was handed over is made: forgetting it makes no room for another one.
        assert!(answers.begin(Asked::Forget(number)).unwrap().is_none());
        assert!(answers.next().now_or_never().is_none());
        assert_eq!(slow.begun.load(Ordering::Relaxed), 1);
    }
    for number in 0..20 {
        slow.done.add_permits(1);
        let answer = answers.next().now_or_never().unwrap().unwrap();
        assert_eq!((answer.reply.number, answer.released), (number, 1000), "in their order");
        assert!(answers.next().now_or_never().is_none());
    }
}

/// An upstream by the addresses of which it goes wrong.
struct Leaky(Upstream);

impl http::Client for Leaky {
    fn send(&self, request: http::Request) -> BoxFuture<'_, Result<http::Response, http::Error>> {
        match request.url.as_str() {
            "panic" => Box::pin(async { panic!("a fault of the host") }),
            "leak" => Box::pin(std::future::ready(Err(http::Error::Leak))),
            "silent" => Box::pin(async {
                let _open = self.0.send(request).await;
                std::future::pending().await
            }),
            _ => self.0.send(request),
        }
    }

    fn has_credential(&self, _: &str) -> Option<bool> {
        None
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        vec![]
    }
}

#[test]
fn with_a_secret_that_was_to_leave_all_else_ends() {
    let upstream = Upstream { pieces: vec![Ok("hello")], ..Upstream::default() };
    let mut answers = Answers::new(reaching(Leaky(upstream.clone())), 0, None);
    let mut ask = |url: &str| {
        let request = http::Request::new(http::Method::Post, url);
        answers.begin(Asked::Question(Box::new(Question::Send(request)), 1)).unwrap();
        answers.next().now_or_never()
    };
    assert!(ask("answers").is_some() && ask("silent").is_none());
    assert_eq!(upstream.open.load(Ordering::Relaxed), 2);
    assert!(ask("leak").unwrap().unwrap().is_leak());
    assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
}

#[test]
fn a_panic_of_the_host_ends_its_call_and_not_who_made_it() {
    let mut answers = Answers::new(reaching(Leaky(Upstream::default())), 0, None);
    let request = http::Request::new(http::Method::Get, "panic");
    answers.begin(Asked::Question(Box::new(Question::Send(request)), 1)).unwrap();
    let error = answers.next().now_or_never().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
}

#[test]
fn with_the_call_all_of_it_ends() {
    let upstream = Upstream { is_silent: true, ..Upstream::default() };
    let mut both = Both::of(&upstream);
    let outlet = both.line.outlet();
    let mut sent = outlet.client().unwrap().send(http::Request::new(http::Method::Get, "https://example.com/"));
    assert!((&mut sent).now_or_never().is_none());
    both.line.close();
    assert!(matches!(sent.now_or_never(), Some(Err(http::Error::Denied(_)))));
    let sent = outlet.client().unwrap().send(http::Request::new(http::Method::Get, "https://example.com/"));
    assert!(matches!(sent.now_or_never(), Some(Err(http::Error::Denied(_)))));
    both.go_on();
    drop(both);
    assert_eq!(upstream.open.load(Ordering::Relaxed), 0);
}

#[test]
fn a_worker_that_asks_for_what_there_is_not_is_told_so() {
    let mut both = Both::of(&Upstream::default());
    for number in [0, 7, u32::MAX] {
        let error = both.answers.begin(Asked::More(number)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadOutput, "{error}");
        assert!(both.answers.begin(Asked::Forget(number)).unwrap().is_none(), "it may have been answered");
    }
    // Twice for the same piece.
    let outlet = both.line.outlet();
    let _response = both.send(&outlet).unwrap();
    both.answers.begin(Asked::More(0)).unwrap();
    assert!(both.answers.begin(Asked::More(0)).is_err());
}

fn reaching(client: impl http::Client + 'static) -> Reached {
    Reached { outlet: Outlet::new(client), ..Reached::default() }
}

/// A store of values that notes what it is asked, and has one of as many bytes as its key says.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, lending::Operation, u64)>>>);

impl Lender for Notes {
    fn lent(&self) -> Vec<LentStore> {
        vec![LentStore { name: "notes".to_owned(), kind: Capability::KeyValueStore, read_only: true }]
    }

    fn ask(
        &self,
        store: String,
        operation: lending::Operation,
        max_bytes: u64,
    ) -> BoxFuture<'_, Result<lending::Answer, Refusal>> {
        lock(&self.0).push((store, operation.clone(), max_bytes));
        Box::pin(async move {
            let lending::Operation::KeyValueStore(key_value_store::Operation::Get { keys }) = operation else {
                return Err(Refusal::Denied("that".to_owned()));
            };
            let value = |key: &String| {
                let value = vec![7; key.parse().ok()?];
                Some(key_value_store::Value { value, version: 1, expires_in_ms: None })
            };
            Ok(key_value_store::Answer::Values(keys.iter().map(value).collect()).into())
        })
    }
}

#[test]
fn a_store_is_asked_by_its_name_and_answers_no_more_than_the_guest_has_room_for() {
    let mut both = Both::of(&Upstream::default());
    let stores = both.line.ends().stores;
    let lender = stores.lender().unwrap();
    assert_eq!(lender.lent(), Notes::default().lent());
    let get = |keys: &[&str]| key_value_store::Request::get(keys.iter().copied()).operation.into();
    let answer = both.wait(lender.ask("notes".to_owned(), get(&["3", "none"]), 100)).unwrap();
    let lending::Answer::KeyValueStore(key_value_store::Answer::Values(values)) = answer else { panic!("{answer:?}") };
    let lengths: Vec<_> = values.iter().map(|value| value.as_ref().map(|value| value.value.len())).collect();
    assert_eq!(lengths, [Some(3), None]);
    let large = both.wait(lender.ask("notes".to_owned(), get(&["1001"]), u64::MAX)).unwrap_err();
    assert!(matches!(&large, Refusal::TooLarge(why) if why.contains("1000 bytes")), "{large:?}");
    let denied = both.wait(lender.ask("notes".to_owned(), queue::Operation::Purge.into(), 100)).unwrap_err();
    assert_eq!(denied, Refusal::Denied("that".to_owned()));
}

#[test]
fn what_a_worker_makes_up_about_a_store_is_read_within_bounds() {
    let mut answers = Answers::new(Reached { stores: Stores::new(Notes::default()), ..Reached::default() }, 0, None);
    // A list of empty lists, each a byte on its way.
    let bomb = [b"\x9a\x00\x20\x00\x00".as_slice(), &vec![0x80; 2 << 20]].concat();
    for operation in [b"nothing that there is".to_vec(), bomb] {
        let question = Question::Store { name: "notes".to_owned(), operation, max_bytes: 100 };
        answers.begin(Asked::Question(Box::new(question), 1)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(answers.next()).unwrap();
        assert!(matches!(answer.reply.told, Told::Stored(Err(Refusal::Invalid(_)))), "{answer:?}");
    }
}
