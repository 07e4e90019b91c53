//! Nothing is sent to an address that is not public, nor to a host that was not granted: counted below the resolver and the
//! connector, so that nothing can pass uncounted.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use palisade_core::{
    BoxFuture,
    http::{Client as _, Error, Method, Request},
};
use palisade_egress::{Connect, Egress, Grant, Network, Resolve, Settings, Stream};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    memory::Memory,
    setup::{Call, granted},
};

const GENERATED: u64 = 1_000_000;
const SEED: u64 = 6;

/// Public addresses that names lead to here.
const PUBLIC: &[&str] = &["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::5e"];
/// Addresses that no name may lead to.
const NOT_PUBLIC: &[&str] = &[
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:53aa:64c::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450:1234:a9fe:a9:fe00::",
    "2a00:1450:1234:5678:a:0:100:0",
    "2a00:1450:1234:5678::a9fe:a9fe",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
    "5f00::1",
];
/// The server of the operator's own.
const OWN: &str = "127.0.0.1:11434";
/// An address that was granted as such.
const LITERAL: &str = "8.8.8.8";

fn grants() -> Arc<palisade_egress::Grants> {
    granted([
        Grant::new("https://api.example.com/v1/*"),
        Grant::new("https://*.models.example.com/*"),
        Grant::new(format!("https://{LITERAL}/*")),
        Grant { allow_private: vec![OWN.parse().unwrap()], ..Grant::new(format!("http://{OWN}/v1/*")) },
    ])
}

#[tokio::test]
async fn a_host_with_any_address_that_is_not_public_is_not_connected_to() {
    for address in NOT_PUBLIC {
        for addresses in [&[*address][..], &["93.184.216.34", address], &[address, "2606:4700::1111"]] {
            let memory = Memory::silent();
            memory.name("api.example.com", addresses);
            let call = Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants(), "a");
            let error = call.failure(Request::new(Method::Get, "https://api.example.com/v1/x")).await;
            assert!(matches!(&error, Error::Connect(why) if !why.contains(address)), "{addresses:?}: {error:?}");
            assert!(memory.connected().is_empty(), "{addresses:?}");
            assert_eq!(call.traffic.refusals(), 0, "what a name leads to is not the provider's fault");
        }
    }
}

#[tokio::test]
async fn an_answer_with_more_addresses_than_are_kept_is_checked_to_its_end() {
    let memory = Memory::silent();
    let public: Vec<String> = (1..100).map(|number| format!("93.184.216.{number}")).collect();
    let all: Vec<&str> = public.iter().map(String::as_str).chain(["10.0.0.1"]).collect();
    memory.name("api.example.com", &all);
    let call = Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants(), "a");
    let error = call.failure(Request::new(Method::Get, "https://api.example.com/v1/x")).await;
    assert!(matches!(error, Error::Connect(_)) && memory.connected().is_empty());
}

#[tokio::test]
async fn a_connection_that_leads_elsewhere_is_not_used() {
    let memory = Memory::serving(|mut peer| async move { peer.closed().await });
    memory.redirect_to("127.0.0.1:443".parse().unwrap());
    let call = Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants(), "a");
    let error = call.failure(Request::new(Method::Get, "https://api.example.com/v1/x")).await;
    assert!(matches!(&error, Error::Connect(why) if why.contains("somewhere else")), "{error:?}");
    assert_eq!((memory.connected().len(), call.traffic.bytes_out()), (1, 0));
}

#[tokio::test]
async fn a_host_that_was_not_granted_is_not_even_looked_up() {
    let memory = Memory::silent();
    let call = Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants(), "a");
    for url in [
        "https://evil.example/",
        "https://example.com/v1/",
        "https://api.example.com.evil.example/v1/",
        "https://api.example.com/v2/",
        "https://models.example.com/",
        "https://a.b.models.example.com/",
        "http://api.example.com/v1/x",
        "https://api.example.com:8443/v1/x",
        "https://localhost/",
        "https://metadata.google.internal/",
        "http://127.0.0.1:11435/v1/x",
        "http://localhost:11434/v1/x",
        "http://[::1]:11434/v1/x",
        "http://[::ffff:127.0.0.1]:11434/v1/x",
        "https://127.0.0.1:11434/v1/x",
        "http://127.0.0.1:11434/v2/x",
    ] {
        let error = call.failure(Request::new(Method::Get, url)).await;
        assert!(matches!(error, Error::Denied(_)), "{url}: {error:?}");
    }
    assert!(memory.asked().is_empty() && memory.connected().is_empty());
}

#[tokio::test]
async fn where_a_cloud_keeps_credentials_is_no_host_below_a_granted_one() {
    let memory = Memory::silent();
    memory.name("metadata.tencentyun.com", &["93.184.216.34"]);
    let grants = granted([Grant::new("https://*.tencentyun.com/*")]);
    let call = Call::new(&Egress::new(Settings::default(), memory.network()).unwrap(), &grants, "a");
    let error = call.failure(Request::new(Method::Get, "https://metadata.tencentyun.com/")).await;
    assert!(matches!(error, Error::Denied(_)), "{error:?}");
    assert!(memory.asked().is_empty() && memory.connected().is_empty());
}

#[tokio::test]
async fn a_server_of_ones_own_is_where_the_operator_says_whatever_a_resolver_does() {
    let memory = Memory::silent();
    memory.name("gpu.internal", &["10.9.9.9"]);
    let own =
        Grant { allow_private: vec!["10.1.2.3:8080".parse().unwrap()], ..Grant::new("http://gpu.internal:8080/*") };
    let settings = Settings { connect: std::time::Duration::ZERO, ..Settings::default() };
    let call = Call::new(&Egress::new(settings, memory.network()).unwrap(), &granted([own]), "a");
    call.failure(Request::new(Method::Get, "http://gpu.internal:8080/")).await;
    assert_eq!(memory.connected(), ["10.1.2.3:8080".parse().unwrap()]);
    assert!(memory.asked().is_empty());
}

/// A network in which every name leads somewhere else each time, and every connection is counted and refused.
#[derive(Debug)]
struct Hostile {
    random: Mutex<StdRng>,
    /// Whether the last answer held an address that is not public.
    was_bad: Mutex<bool>,
    asked: AtomicU64,
    connected: AtomicU64,
}

impl Resolve for Hostile {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let granted = name == "api.example.com"
            || name.strip_suffix(".models.example.com").is_some_and(|label| !label.is_empty() && !label.contains('.'));
        assert!(granted, "asked for {name}");
        let mut random = self.random.lock().unwrap();
        let number = random.random_range(1..4);
        let is_bad = random.random_bool(0.5);
        let mut addresses: Vec<IpAddr> =
            PUBLIC.sample(&mut *random, number).map(|text| text.parse().unwrap()).collect();
        if is_bad {
            let at = random.random_range(0..=addresses.len());
            addresses.insert(at, NOT_PUBLIC.choose(&mut *random).unwrap().parse().unwrap());
        }
        *self.was_bad.lock().unwrap() = is_bad;
        Box::pin(async move { Ok(addresses) })
    }
}

impl Connect for Hostile {
    fn connect(&self, place: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        self.connected.fetch_add(1, Ordering::Relaxed);
        let address = place.ip().to_string();
        let resolved = PUBLIC.contains(&address.as_str()) && !*self.was_bad.lock().unwrap();
        let allowed = place.to_string() == OWN || (place.port() == 443 && (resolved || address == LITERAL));
        assert!(allowed, "connected to {place}");
        Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) })
    }
}

/// An address as somebody would write it who looks for a way out. Of most parts one that is granted, so that it is often a
/// single part that is wrong.
fn url(random: &mut StdRng) -> String {
    let mut part = |granted: &[&'static str], other: &[&'static str]| {
        let from = if random.random_bool(0.7) { granted } else { other };
        *from.choose(random).unwrap()
    };
    let parts = [
        part(&["https"], &["http", "HTTPS", "ftp", "file", "ws", "", "https:", "javascript", "view-source:https"]),
        part(&["://"], &[":", ":/", ":///", ":\\\\", "://\\", "//"]),
        part(&[""], &["@", "api.example.com@", "user:password@", "api.example.com%2f@", "a@b@", "api.example.com#@"]),
        part(GRANTED_HOSTS, OTHER_HOSTS),
        part(
            &["", "", ":443", ":11434"],
            &[
                ":80",
                ":0",
                ":8443",
                ":65536",
                ":-1",
                ":0443",
                ":",
                ":443:443",
                ":443@evil.example",
                ":443#@evil.example",
            ],
        ),
        part(&["/v1/", "/v1/chat", "/v1/chat?a=b"], OTHER_PATHS),
    ];
    let mut url = parts.concat();
    // Some with a slip.
    if random.random_bool(0.1) {
        let slips = "@:/\\#?%.[]\0\n a\u{ad}\u{ff0e}\u{202e}";
        let slip = slips.chars().nth(random.random_range(0..slips.chars().count())).unwrap();
        let (at, skipped) = (random.random_range(0..=url.chars().count()), usize::from(random.random::<bool>()));
        let (before, after): (String, String) =
            (url.chars().take(at).collect(), url.chars().skip(at + skipped).collect());
        url = format!("{before}{slip}{after}");
    }
    url
}

const GRANTED_HOSTS: &[&str] = &[
    "api.example.com",
    "API.Example.COM",
    "api.example.com.",
    "ａｐｉ.example.com",
    "a.models.example.com",
    "b-1.models.example.com",
    "8.8.8.8",
    "134744072",
    "0x08080808",
    "127.0.0.1",
];
const OTHER_HOSTS: &[&str] = &[
    "",
    "*",
    ".models.example.com",
    "*.models.example.com",
    "0",
    "010.8.8.8",
    "0177.0.0.1",
    "0x7f.1",
    "10.0.0.1",
    "127.0.0.1%23.models.example.com",
    "127.1",
    "169.254.169.254",
    "169.254.169.254.models.example.com",
    "2130706433",
    "8.8.8.8.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[fd00:ec2::254]",
    "[fe80::1%25eth0]",
    "a.b.models.example.com",
    "api.exa\nmple.com",
    "api.example.com%00.evil.example",
    "api.example.com..",
    "api.example.com.evil.example",
    "api.example.com\t",
    "api。example。com",
    "evil.example",
    "evil.example#api.example.com",
    "evil.example/api.example.com",
    "evil.example?api.example.com",
    "localhost",
    "metadata.google.internal",
    "models.example.com",
    "printer.local",
    "xn--api.example.com",
];
const OTHER_PATHS: &[&str] = &[
    "",
    "/",
    "//v1/x",
    "/V1/x",
    "/v1",
    "/v1/ x",
    "/v1/#a",
    "/v1/%2e%2e/x",
    "/v1/../admin",
    "/v1/..%2fx",
    "/v1/?@evil.example",
    "/v1/\r\nhost: evil",
    "/v1/\u{202e}",
    "/v1//x",
    "/v1;/x",
    "/v1\\..\\x",
    "?x",
];

#[tokio::test]
async fn a_million_made_up_addresses_lead_nowhere_that_was_not_granted() {
    let random = || Mutex::new(StdRng::seed_from_u64(SEED));
    let hostile = Arc::new(Hostile {
        random: random(),
        was_bad: Mutex::new(false),
        asked: AtomicU64::new(0),
        connected: AtomicU64::new(0),
    });
    let network = Network { resolve: hostile.clone(), connect: hostile.clone(), ..Network::default() };
    let settings = Settings { requests_per_call: u64::MAX, ..Settings::default() };
    let call = Call::new(&Egress::new(settings, network).unwrap(), &grants(), "a");
    let mut random = StdRng::seed_from_u64(SEED + 1);
    let (mut denied, mut invalid, mut not_public, mut refused) = (0_u64, 0_u64, 0_u64, 0_u64);
    for _ in 0..GENERATED {
        let method = *Method::ALL.choose(&mut random).unwrap();
        match call.client.send(Request::new(method, url(&mut random))).await {
            Ok(_) => panic!("nobody answers here"),
            Err(Error::Denied(_)) => denied += 1,
            Err(Error::InvalidRequest(_)) => invalid += 1,
            Err(Error::Connect(why)) if why.contains("not public") => not_public += 1,
            Err(_) => refused += 1,
        }
    }
    let (asked, connected) = (hostile.asked.load(Ordering::Relaxed), hostile.connected.load(Ordering::Relaxed));
    println!(
        "{denied} denied, {invalid} invalid, {not_public} not public, {refused} let through; {asked} names asked for, \
         {connected} connections"
    );
    assert_eq!(call.traffic.bytes_out(), 0);
    // All four ways were gone often, so that the test has looked at each.
    let (often, rarely) = (GENERATED / 20, GENERATED / 1000);
    assert!(denied > often && invalid > often && not_public > rarely && refused > rarely, "see above");
    assert!(asked > GENERATED / 1000 && connected >= refused);
}
