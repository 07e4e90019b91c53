use super::*;

#[test]
fn a_grant_knows_the_host_that_is_asked_for() {
    let is_for = |url: &str, asked| Grant::new(url).is_for(asked);
    assert!(
        is_for("https://api.example.com/v1/*", "API.example.com") && is_for("https://*.example.com/*", "*.example.com")
    );
    for asked in ["127.0.0.1", "127.0.0.1:8080"] {
        assert!(is_for("http://127.0.0.1:8080/*", asked), "{asked}");
    }
    assert!(is_for("http://[::1]:8080/*", "[::1]") && is_for("https://[::1]/*", "[::1]"));
    for asked in ["example.com", "b.example.com", "*.example.com", "api.example.com:8080", ""] {
        assert!(!is_for("https://api.example.com/v1/*", asked), "{asked}");
    }
}
use proptest::prelude::*;

fn rule(url: &str) -> Rule {
    Rule::new(Grant::new(url)).unwrap()
}

fn own(url: &str, places: &[&str]) -> Result<Rule> {
    let allow_private = places.iter().map(|place| place.parse().unwrap()).collect();
    Rule::new(Grant { allow_private, ..Grant::new(url) })
}

fn allows(rule: &Rule, url: &str) -> bool {
    Target::read(url).is_ok_and(|target| rule.is_about(&target) && rule.allows_path(&target.path))
}

#[track_caller]
fn check(url: &str, allowed: &[&str], refused: &[&str]) {
    let rule = rule(url);
    for address in allowed {
        assert!(allows(&rule, address), "{url} refuses {address}");
    }
    for address in refused {
        assert!(!allows(&rule, address), "{url} allows {address}");
    }
}

#[test]
fn a_prefix_ends_where_a_segment_ends() {
    check(
        "https://api.example.com/v1/*",
        &[
            "https://api.example.com/v1/chat",
            "https://api.example.com/v1/",
            "https://API.example.com.:443/v1/a/b?c=d",
            "https://api.example.com/v2/../v1/chat",
        ],
        &[
            "https://api.example.com/v1",
            "https://api.example.com/v10/chat",
            "https://api.example.com/V1/chat",
            "https://api.example.com/v1/../admin",
            "https://api.example.com/v1/%2e%2e/admin",
            "https://api.example.com/v1/..%2fadmin",
            "https://api.example.com/",
            "https://api.example.com//v1/chat",
            "http://api.example.com/v1/chat",
            "https://api.example.com:8443/v1/chat",
            "https://example.com/v1/chat",
            "https://x.api.example.com/v1/chat",
            "https://api.example.com.evil.org/v1/chat",
            "https://api-example.com/v1/chat",
        ],
    );
}

#[test]
fn a_star_stands_for_one_label() {
    check(
        "https://*.example.com/*",
        &["https://a.example.com/", "https://b-1.example.com/x"],
        &[
            "https://example.com/",
            "https://a.b.example.com/",
            "https://aexample.com/",
            "https://a.example.com.evil.org/",
            "https://8.8.8.8/",
        ],
    );
}

#[test]
fn a_path_without_a_star_is_exact_and_a_port_is_the_one_that_is_said() {
    check(
        "https://api.example.com:8443/v1/chat",
        &["https://api.example.com:8443/v1/chat", "https://api.example.com:8443/v1/chat?a=b"],
        &["https://api.example.com:8443/v1/chat/", "https://api.example.com/v1/chat"],
    );
    check(
        "https://8.8.8.8/*",
        &["https://8.8.8.8/x", "https://134744072/"],
        &["https://8.8.4.4/", "https://a.example/"],
    );
}

#[test]
fn a_grant_that_cannot_be_meant_is_refused_with_a_remedy() {
    for (url, expected) in [
        ("*", "name each host"),
        ("https://*", "name each host"),
        ("https://api.example.com*", "after a slash"),
        ("https://*/*", "name each host"),
        ("https://*.com/*", "two labels"),
        ("https://*.8.8.8.8/*", "two labels"),
        ("https://api.*.com/*", "name each host"),
        ("https://a.*.example.com/*", "name each host"),
        ("https://*.*.example.com/*", "name each host"),
        ("https://api.example.com/v*", "after a slash"),
        ("https://api.example.com/*/chat", "name each host"),
        ("https://api.example.com", "names no path"),
        ("https://api.example.com/?a=b", "any query"),
        ("https://user@api.example.com/*", "credential"),
        ("api.example.com/*", "https://"),
        ("ftp://api.example.com/*", "https://"),
        ("http://api.example.com/*", "write `https`"),
        ("https://localhost/*", "allow_private"),
        ("https://printer.local/*", "allow_private"),
        ("https://gpu/*", "allow_private"),
        ("https://*.prod.internal/*", "allow_private"),
        ("https://127.0.0.1/*", "allow_private"),
        ("https://[::1]/*", "allow_private"),
        ("https://[::ffff:8.8.8.8]/*", "allow_private"),
        ("https://169.254.169.254/*", "allow_private"),
        ("https://metadata.google.internal/*", "credentials of machines"),
    ] {
        let error = Rule::new(Grant::new(url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
    }
    for per in [Duration::ZERO, Duration::MAX] {
        let rate = Rate { requests: NonZero::<u32>::MIN, per };
        assert!(Rule::new(Grant { rate: Some(rate), ..Grant::new("https://a.example.com/*") }).is_err());
    }
}

#[test]
fn a_server_of_ones_own_is_named_by_its_sockets() {
    assert!(own("http://127.0.0.1:11434/v1/*", &["127.0.0.1:11434"]).is_ok());
    assert!(own("http://localhost:11434/v1/*", &["127.0.0.1:11434", "[::1]:11434"]).is_ok());
    assert!(own("https://models.internal/*", &["10.1.2.3:443"]).is_ok());
    for (url, place, expected) in [
        ("http://127.0.0.1:11434/*", "127.0.0.1:80", "another port"),
        ("http://127.0.0.1:80/*", "10.0.0.1:80", "another address"),
        ("http://a.example.com/*", "8.8.8.8:80", "public"),
        ("http://a.example.com/*", "169.254.169.254:80", "neither"),
        ("http://169.254.169.254/*", "169.254.169.254:80", "neither"),
        ("http://a.example.com/*", "100.100.100.200:80", "neither"),
        ("http://a.example.com/*", "0.0.0.0:80", "neither"),
        ("http://a.example.com/*", "[fd00:ec2::254]:80", "neither"),
        ("http://[::ffff:127.0.0.1]/*", "[::ffff:127.0.0.1]:80", "neither"),
        ("http://metadata.google.internal/*", "10.1.2.3:80", "credentials of machines"),
    ] {
        let error = own(url, &[place]).unwrap_err();
        assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
    }
}

proptest! {
    /// What a rule allows is what is connected to: its host, its port, below its path.
    #[test]
    fn what_is_allowed_is_where_the_rule_says(
        url in "(https|HTTPS|http)://((api|[a-z]{1,3}|%61pi|a\\.b)\\.example\\.(com|org|com\\.)|api\\.example\\.com[@.\\\\#]evil\\.org|127\\.0\\.0\\.1)(:(443|8443|0443|80))?/(v1|v1/|v10/|V1/|v1//|)[a-z./%2eF;\\\\]{0,16}"
    ) {
        let (exact, below) = (rule("https://api.example.com/v1/*"), rule("https://*.example.com/*"));
        if let Ok(target) = Target::read(&url) {
            let host = target.host.to_text();
            if exact.is_about(&target) && exact.allows_path(&target.path) {
                prop_assert_eq!(target.authority(), "api.example.com");
                prop_assert!(target.path.starts_with("/v1/") && !target.path.contains("/../"));
            }
            if below.is_about(&target) {
                prop_assert!(host.strip_suffix(".example.com").is_some_and(|label| !label.contains('.')), "{}", host);
                prop_assert_eq!(target.port, 443);
            }
        }
    }
}
