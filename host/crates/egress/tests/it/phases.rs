//! Each phase of a request ends in its time, and all of them by the deadline. On a clock that jumps, so that the times are
//! exact.

use std::{future::pending, net::SocketAddr, time::Duration};

use palisade_core::http::{Error, Method, Request};
use palisade_egress::{Egress, Grant, Settings};
use tokio::{io::AsyncReadExt, time::Instant};

use crate::{
    memory::Memory,
    setup::{Call, granted},
};

const HEAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

struct Way {
    call: Call,
    start: Instant,
}

impl Way {
    fn new(memory: &Memory) -> Self {
        let egress = Egress::new(Settings::default(), memory.network()).unwrap();
        // Without encryption only a server of one's own can be reached, which is asked of nobody where it is.
        let own =
            Grant { allow_private: vec!["10.1.2.3:80".parse().unwrap()], ..Grant::new("http://own.example.com/*") };
        let grants = granted([Grant::new("https://api.example.com/*"), own]);
        Self { call: Call::new(&egress, &grants, "a"), start: Instant::now() }
    }

    #[track_caller]
    fn took(&self, expected: Duration) {
        let took = self.start.elapsed();
        // The clock ticks in milliseconds.
        assert!(took >= expected && took < expected + Duration::from_millis(20), "{took:?} instead of {expected:?}");
    }
}

fn request(url: &str) -> Request {
    Request::new(Method::Get, url)
}

#[tokio::test(start_paused = true)]
async fn a_name_is_looked_up_for_two_seconds() {
    let memory = Memory::silent();
    memory.name("api.example.com", &[]);
    let way = Way::new(&memory);
    let error = way.call.failure(request("https://api.example.com/")).await;
    assert_eq!(error, Error::Connect("`api.example.com` was not found in time".into()));
    way.took(Duration::from_secs(2));
    assert!(memory.connected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn all_addresses_share_the_time_to_connect() {
    let memory = Memory::silent();
    memory.name("api.example.com", &["93.184.216.34", "93.184.216.35", "2606:2800::1", "2606:2800::2", "2606:2800::3"]);
    let way = Way::new(&memory);
    let error = way.call.failure(request("https://api.example.com/")).await;
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    way.took(Duration::from_secs(5));
    let tried = ["93.184.216.34", "2606:2800::1", "93.184.216.35", "2606:2800::2", "2606:2800::3"];
    let tried = tried.map(|address| SocketAddr::new(address.parse().unwrap(), 443));
    assert_eq!(memory.connected(), tried, "both kinds in turn");
    assert_eq!(way.call.traffic.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_next_address_is_tried_beside_one_that_is_slow_and_after_one_that_fails() {
    let places = ["10.1.2.3:80", "10.1.2.4:80", "[fd00::3]:80", "[fd00::4]:80"].map(|place| place.parse().unwrap());
    let own = Grant { allow_private: places.to_vec(), ..Grant::new("http://own.example.com/*") };
    let grants = granted([own]);
    let [a4, b4, a6, b6] = places;
    for (silent, refusing, tried, milliseconds) in [
        (vec![], vec![], vec![a4], 0),
        (vec![], vec![a4, b4], vec![a4, a6], 0),
        (vec![a4, b4], vec![], vec![a4, a6], 250),
        (vec![a4, a6], vec![b4], vec![a4, a6, b4, b6], 500),
        (vec![], vec![a4, b4, a6], vec![a4, a6, b4, b6], 0),
    ] {
        let memory = Memory::serving(|mut peer| async move { drop(peer.request().await) });
        memory.close(&silent, &refusing);
        let way = Way {
            call: Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants, "a"),
            start: Instant::now(),
        };
        let error = way.call.failure(request("http://own.example.com/")).await;
        assert!(matches!(error, Error::Protocol(_)), "it was connected: {error:?}");
        way.took(Duration::from_millis(milliseconds));
        assert_eq!(memory.connected(), tried, "{silent:?} {refusing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_does() {
    let way = Way::new(&Memory::serving(|mut peer| async move { peer.closed().await }));
    let error = way.call.failure(request("https://api.example.com/")).await;
    assert_eq!(error, Error::Connect("the upstream did not agree on encryption in time".into()));
    way.took(Duration::from_secs(5));
    assert_eq!(way.call.traffic.requests(), 0, "a handshake is no request");
}

#[tokio::test(start_paused = true)]
async fn the_first_byte_is_waited_for_as_long_as_the_guest_says_and_no_longer_than_the_host() {
    for (asked, expected) in [(None, 120), (Some(7), 7), (Some(1000), 120)] {
        let way = Way::new(&Memory::serving(|mut peer| async move { peer.closed().await }));
        let first_byte = asked.map(Duration::from_secs);
        let error = way.call.failure(Request { first_byte, ..request("http://own.example.com/") }).await;
        assert_eq!(error, Error::Timeout);
        way.took(Duration::from_secs(expected));
        assert_eq!((way.call.traffic.requests(), way.call.traffic.answers()), (1, 0));
    }
}

/// Reads so many pieces of 64 KiB of what is sent, one in a second, and no more.
fn reading(pieces: usize) -> Memory {
    Memory::serving(move |mut peer| async move {
        let mut pace = tokio::time::interval(Duration::from_secs(1));
        for _ in 0..pieces {
            pace.tick().await;
            peer.stream.read_exact(&mut vec![0; 64 << 10]).await.unwrap();
        }
        pending().await
    })
}

#[tokio::test(start_paused = true)]
async fn an_upload_takes_its_time_and_the_first_byte_is_waited_for_afterwards() {
    let upload = || Request {
        method: Method::Post,
        body: vec![b'a'; 4 << 20].into(),
        first_byte: Some(Duration::from_secs(5)),
        ..request("http://own.example.com/")
    };
    // All of it and its headers are read in a minute; some are on the way when the last piece was handed over.
    let way = Way::new(&reading(64));
    assert_eq!(way.call.failure(upload()).await, Error::Timeout);
    let all = way.start.elapsed().as_secs();
    assert!((60..70).contains(&all), "{all} s");
    // One that stops in between is waited for no longer.
    let way = Way::new(&reading(10));
    assert_eq!(way.call.failure(upload()).await, Error::Timeout);
    way.took(Duration::from_secs(9 + 5));
    // All of it has an end.
    let way = Way::new(&reading(usize::MAX));
    let deadline = Some((way.start + Duration::from_secs(20)).into_std());
    assert_eq!(way.call.failure(Request { deadline, ..upload() }).await, Error::Timeout);
    way.took(Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_waited_for_a_minute() {
    let way = Way::new(&Memory::serving(|mut peer| async move {
        peer.request().await;
        peer.write(format!("{HEAD}5\r\nhello\r\n")).await;
        pending().await
    }));
    let mut response = way.call.send(request("http://own.example.com/")).await.unwrap();
    assert_eq!(response.body.read(100).await.unwrap(), "hello");
    assert_eq!(response.body.read(100).await, Err(Error::Timeout));
    way.took(Duration::from_secs(60));
    assert_eq!(response.body.read(100).await, Err(Error::Timeout));
    way.took(Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_ends_after_all_the_time_there_is() {
    let way = Way::new(&Memory::serving(|mut peer| async move {
        peer.request().await;
        peer.write(HEAD).await;
        let mut pace = tokio::time::interval(Duration::from_secs(30));
        while peer.write("1\r\na\r\n").await {
            pace.tick().await;
        }
    }));
    let mut response = way.call.send(request("http://own.example.com/")).await.unwrap();
    let error = loop {
        match response.body.read(100).await {
            Ok(piece) => assert!(!piece.is_empty()),
            Err(error) => break error,
        }
    };
    assert_eq!(error, Error::Timeout);
    way.took(Duration::from_secs(15 * 60));
}

#[tokio::test(start_paused = true)]
async fn every_phase_ends_by_the_deadline_of_the_call() {
    let soon = |way: &Way, url: &str| {
        let deadline = Some((way.start + Duration::from_millis(1500)).into_std());
        Request { deadline, ..request(url) }
    };
    let (https, http) = ("https://api.example.com/", "http://own.example.com/");

    let nameless = Memory::silent();
    nameless.name("api.example.com", &[]);
    let hears = || Memory::serving(|mut peer| async move { peer.closed().await });
    for (memory, url) in [(nameless, https), (Memory::silent(), https), (hears(), https), (hears(), http)] {
        let way = Way::new(&memory);
        let error = way.call.failure(soon(&way, url)).await;
        assert!(matches!(error, Error::Connect(_) | Error::Timeout), "{error:?}");
        way.took(Duration::from_millis(1500));
    }

    let way = Way::new(&Memory::serving(|mut peer| async move {
        peer.request().await;
        peer.write(HEAD).await;
        pending().await
    }));
    let mut response = way.call.send(soon(&way, http)).await.unwrap();
    assert_eq!(response.body.read(100).await, Err(Error::Timeout));
    way.took(Duration::from_millis(1500));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_deadline() {
    let memory = Memory::serving(|mut peer| async move {
        while peer.request().await.is_some() && peer.write(crate::server::ok("hello")).await {}
    });
    let way = Way::new(&memory);
    let mut response = way.call.send(request("http://own.example.com/")).await.unwrap();
    crate::setup::read(&mut response).await.unwrap();
    assert_eq!(way.call.traffic.requests(), 1);
    // The connection is there, so that nothing has to be waited for.
    let late = Request { deadline: Some(way.start.into_std()), ..request("http://own.example.com/") };
    assert_eq!(way.call.failure(late).await, Error::Timeout);
    assert_eq!((way.call.traffic.requests(), memory.connected().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_reads_slowly_is_not_the_upstreams_fault() {
    let way = Way::new(&Memory::serving(|mut peer| async move {
        peer.request().await;
        peer.write(format!("{HEAD}5\r\nhello\r\n5\r\nagain\r\n0\r\n\r\n")).await;
        pending().await
    }));
    let mut response = way.call.send(request("http://own.example.com/")).await.unwrap();
    assert_eq!(response.body.read(100).await.unwrap(), "hello");
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(response.body.read(100).await.unwrap(), "again");
    assert_eq!(response.body.read(100).await.unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_its_time() {
    let memory = Memory::serving(|mut peer| async move {
        while peer.request().await.is_some() && peer.write(crate::server::ok("hello")).await {}
    });
    let egress = Egress::new(Settings::default(), memory.network()).unwrap();
    let own = Grant { allow_private: vec!["10.1.2.3:80".parse().unwrap()], ..Grant::new("http://own.example.com/*") };
    let grants = granted([own]);
    for (wait, connections) in [(0, 1), (29, 1), (31, 2)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let call = Call::new(&egress, &grants, "a");
        let mut response = call.send(request("http://own.example.com/")).await.unwrap();
        crate::setup::read(&mut response).await.unwrap();
        assert_eq!((memory.connected().len(), egress.idle_connections()), (connections, 1), "after {wait} s");
    }
    // Nobody asks for anything any more.
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::task::yield_now().await;
    assert_eq!(egress.idle_connections(), 0);
    let call = Call::new(&egress, &grants, "a");
    crate::setup::read(&mut call.send(request("http://own.example.com/")).await.unwrap()).await.unwrap();
    assert_eq!((memory.connected().len(), egress.idle_connections()), (3, 1));
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::task::yield_now().await;
    assert_eq!(egress.idle_connections(), 0, "it is closed the second time too");
}
