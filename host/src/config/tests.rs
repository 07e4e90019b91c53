//! What a configuration may say, and how what is wrong is told.

use super::*;
use palisade_core::{PicoUsd, Unit, catalogue::Price};
use std::time::Duration;

fn parse(text: &str) -> Result<Config> {
    Config::parse(text, Path::new("folder"))
}

#[test]
fn the_example_of_the_documentation_is_read() {
    let config = parse(
        r#"
        [limits]
        preset = "tight"
        timeout = "10s"
        [providers.card]
        component = "card.wasm"
        config = { tone = "dark", sizes = [1, 2] }
        quality = 0.7
        latency = "80ms"
        price = { image = "0.04" }
        limits = { fuel = "5G", memory = "64MiB" }
        context-tokens = 8192
        max-output-tokens = 100
        [providers.card.models.card]
        quality = 0.8
        max-output-tokens = 200
        "#,
    );
    let [(id, card)] = <[_; 1]>::try_from(config.unwrap().registrations).unwrap();
    assert_eq!(id.as_str(), "card");
    assert_eq!(card.options.limits.fuel, 5_000_000_000);
    assert_eq!(card.options.limits.memory_bytes, 64 << 20);
    assert_eq!(card.options.limits.timeout, Duration::from_secs(10));
    assert_eq!(card.options.config.get("sizes").map(String::as_str), Some("[1,2]"));
    let settings = card.settings_of(&"card".parse().unwrap());
    assert_eq!((settings.quality, settings.latency), (Some(0.8), Some(Duration::from_millis(80))));
    let tokens = [settings.context_tokens, settings.max_output_tokens].map(|tokens| tokens.map(NonZero::get));
    assert_eq!(tokens, [Some(8192), Some(200)]);
    assert_eq!(settings.prices.unwrap(), [Price::new(Unit::Image, PicoUsd(40_000_000_000))]);
}

#[test]
fn the_examples_of_the_pages_are_read() {
    for page in [
        include_str!("../../../docs/configuration.md"),
        include_str!("../../../docs/isolation.md"),
        include_str!("../../../docs/limits.md"),
    ] {
        let mut examples = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).peekable();
        assert!(examples.peek().is_some());
        examples.for_each(|example| drop(parse(example).unwrap()));
    }
}

#[test]
fn isolation_is_that_of_the_provider_else_that_of_the_file() {
    let isolation = |text: &str| {
        let config = parse(text).unwrap();
        config.registrations.iter().map(|(_, registration)| registration.options.isolation).collect::<Vec<_>>()
    };
    let (a, b) = ("[providers.a]\ncomponent = \"a\"\n", "[providers.b]\ncomponent = \"b\"\n");
    let (here, there) = (Isolation::InProcess, Isolation::Process);
    assert_eq!(isolation(&format!("{a}{b}")), [here, here]);
    assert_eq!(isolation(&format!("{a}isolation = \"process\"\n{b}")), [there, here]);
    assert_eq!(isolation(&format!("isolation = \"process\"\n{a}isolation = \"in-process\"\n{b}")), [here, there]);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let cases = [
        ("[provider.card]", "unknown field `provider`"),
        ("[providers.card]\ncomponent = \"a\"\nqualty = 1.0", "line 3"),
        ("[providers.\"../card\"]\ncomponent = \"a\"", "is not an id"),
        ("[providers.a]\ncomponent = \"a\"\nquality = 7.0", "between 0 and 1"),
        ("[providers.a]\ncomponent = \"a\"\nquality = nan", "between 0 and 1"),
        ("[providers.a]\ncomponent = \"a\"\nprice = { image = \"-1\" }", "is not an amount"),
        ("[providers.a]\ncomponent = \"a\"\nmax-output-tokens = 0", "expected a nonzero u32"),
        ("[providers.a]\ncomponent = \"a\"\nlimits = { fuel = \"lots\" }", "is no count"),
        ("[providers.a]\ncomponent = \"a\"\nlimits = { fuel = \"0\" }", "it is 0"),
        ("[providers.a]\ncomponent = \"a\"\nlimits = { memory = \"64 elephants\" }", "is no size"),
        ("[providers.a]\ncomponent = \"a\"\nlimits = { timeout = \"0s\" }", "not between"),
        ("[providers.a]\ncomponent = \"a\"\nlimits = { timeout = \"9999999days\" }", "not between"),
        ("isolation = \"proces\"", "unknown variant `proces`, expected `in-process` or `process`"),
        ("[providers.a]\ncomponent = \"a\"\nisolation = true", "line 3"),
        ("[providers.a]", "it says neither which `component` it is nor which kind of `store`"),
        ("[providers.a\n", "line 1"),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
    }
}

#[test]
fn prices_have_conditions_and_dates() {
    let config = Config::parse(
        r#"
        [providers.a]
        component = "a"
        [[providers.a.models.m.prices]]
        unit = "image"
        amount = "0.04"
        valid-from = 2026-01-01
        [[providers.a.models.m.prices]]
        unit = "image"
        amount = "0.08"
        when = ["quality = high", "width > 1024"]
        valid-until = "2027-01-01T00:00:01Z"
        "#,
        Path::new(""),
    );
    let settings = config.unwrap().registrations.remove(0).1.settings_of(&"m".parse().unwrap());
    let told: Vec<_> = settings.prices.unwrap().iter().map(ToString::to_string).collect();
    let high = "$0.08/image when quality = high and width > 1024 until 2027-01-01T00:00:01Z";
    assert_eq!(told, ["$0.04/image from 2026-01-01", high]);
}

#[test]
fn a_price_that_cannot_be_meant_is_refused() {
    for (price, expected) in [
        ("unit = \"image\"", "missing field `amount`"),
        ("unit = \"image\"\namount = \"0.1\"\nwhem = []", "line 6"),
        ("unit = \"image\"\namount = \"0.1\"\nwhen = [\"quality\"]", "is no condition"),
        ("unit = \"image\"\namount = \"0.1\"\nvalid-until = \"soon\"", "`soon` is no date"),
        (
            "unit = \"image\"\namount = \"0.1\"\nvalid-from = 2027-01-01\nvalid-until = 2027-01-01",
            "a price from 2027-01-01 until 2027-01-01 never applies",
        ),
        ("unit = \"image\"\namount = \"0.1\"\n[providers.a.price]\nimage = \"1\"", "as `prices`"),
    ] {
        let text = format!("[providers.a]\ncomponent = \"a\"\n[[providers.a.prices]]\n{price}");
        let error = Config::parse(&text, Path::new("")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
    }
}
