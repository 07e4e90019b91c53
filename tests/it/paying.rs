//! What calls may cost, and what is paid for once.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::join_all};
use palisade::{
    Budget, CallSettings, Capability, Completion, Error, ErrorKind, FindProvider, Host, HostBuilder, HostEvent, Period,
    PicoUsd, Preference, Registration, Result, Scope, Submitted, Unit, Usage, catalogue::FailureBilling, text_to_image,
};
use palisade_chaos::{Act, Calls, Chaos};

use crate::{
    native::{Doing, Native},
    support::builder,
};

fn dollars(text: &str) -> palisade::PicoUsd {
    text.parse().unwrap()
}

fn budget(limit: &str) -> Budget {
    let (name, limit) = ("all".to_owned(), dollars(limit));
    Budget { name, scope: None, capability: None, provider: None, limit, period: Period::FOREVER }
}

/// A provider that takes 40 cents for each request.
fn paid(act: Act) -> Chaos {
    Chaos::always(act).billing(dollars("0.4"), FailureBilling::Unknown)
}

async fn host_of(builder: HostBuilder, chaos: Chaos) -> (Host, Calls) {
    let (host, calls) = (builder.build().await.unwrap(), chaos.calls());
    host.register("p", Registration::native(chaos)).await.unwrap();
    (host, calls)
}

fn search(host: &Host) -> FindProvider {
    host.find_best_provider(Capability::TextToImage).prefer(Preference::Best)
}

type Made = Result<Completion<text_to_image::Response>>;

async fn draw(host: &Host, settings: CallSettings) -> Made {
    search(host).call(text_to_image::Request::new("a fox"), settings).await
}

fn keyed(key: &str) -> CallSettings {
    CallSettings { idempotency_key: Some(key.to_owned()), ..CallSettings::default() }
}

fn kind(made: Made) -> ErrorKind {
    made.unwrap_err().kind()
}

#[tokio::test]
async fn a_budget_ends_what_it_has_no_money_for_and_says_so() {
    let (host, calls) = host_of(builder().budget(budget("1.00")), paid(Act::Serve)).await;
    let mut events = host.events();
    for _ in 0..2 {
        assert_eq!(draw(&host, CallSettings::default()).await.unwrap().cost, Some(dollars("0.4")));
    }
    let error = draw(&host, CallSettings::default()).await.unwrap_err();
    assert_eq!((error.kind(), calls.count()), (ErrorKind::Budget, 2));
    assert!(error.message().contains("the call may cost $0.4; of $1 $0.8 is spent"), "{error}");
    // By its id it costs as much.
    let error: Error = host.get("p").unwrap().text_to_image("a fox").await.unwrap_err();
    assert_eq!((error.kind(), calls.count()), (ErrorKind::Budget, 2));
    let mut settled = 0;
    while let Some(Some(record)) = events.next().now_or_never() {
        if let HostEvent::BudgetSettled { cost, .. } = record.event {
            settled += 1;
            assert_eq!(cost, dollars("0.4"));
        }
    }
    assert_eq!(settled, 2);
}

#[tokio::test]
async fn who_says_that_it_cost_nothing_does_not_stretch_a_budget() {
    let usage = Usage { items: Vec::new(), reported_cost: Some(PicoUsd::ZERO) };
    let calls_of = async |trusts| {
        let host = builder().budget(budget("1.00")).build().await.unwrap();
        let native = Native::new(Doing::Answer).using(usage.clone());
        let calls = native.calls();
        let registration = Registration::native(native).price(Unit::Image, dollars("0.4")).trust_prices(trusts);
        host.register("p", registration).await.unwrap();
        for _ in 0..5 {
            drop(draw(&host, CallSettings::default()).await);
        }
        calls.load(Ordering::Relaxed)
    };
    assert_eq!((calls_of(true).await, calls_of(false).await), (5, 2));
}

#[tokio::test]
async fn where_the_best_costs_too_much_another_serves() {
    let host = builder().budget(budget("0.50")).build().await.unwrap();
    let (dear, cheap) = (paid(Act::Serve), Chaos::always(Act::Serve).billing(dollars("0.1"), FailureBilling::Never));
    host.register("dear", Registration::native(dear).quality(1.0)).await.unwrap();
    host.register("cheap", Registration::native(cheap).quality(0.1)).await.unwrap();
    let mut who = Vec::new();
    for _ in 0..2 {
        who.push(draw(&host, CallSettings::default()).await.unwrap().provider.to_string());
    }
    assert_eq!(who, ["dear", "cheap"]);
    assert_eq!(kind(draw(&host, CallSettings::default()).await), ErrorKind::Budget);
}

#[tokio::test]
async fn an_unknown_price_is_refused_under_a_budget_and_says_what_to_do() {
    let chaos = Chaos::always(Act::Serve).change(|catalogue| catalogue.models[0].prices = None);
    let (host, calls) = host_of(builder().budget(budget("1000")), chaos).await;
    let error = draw(&host, CallSettings::default()).await.unwrap_err();
    assert_eq!((error.kind(), calls.count()), (ErrorKind::Budget, 0));
    assert!(error.message().contains("pin a price of the model in the configuration"), "{error}");
}

#[tokio::test]
async fn what_failed_without_a_bill_is_given_back_and_what_may_be_billed_is_not() {
    for (act, left) in [
        (Act::fail(ErrorKind::Upstream, Submitted::No), true),
        (Act::fail(ErrorKind::Upstream, Submitted::Unknown), false),
        (Act::Panic, false),
    ] {
        let chaos = Chaos::new(move |call| if call == 0 { act.clone() } else { Act::Serve });
        let chaos = chaos.billing(dollars("0.4"), FailureBilling::Unknown);
        let (host, _) = host_of(builder().budget(budget("0.5")), chaos).await;
        host.get("p").unwrap().text_to_image("a fox").await.unwrap_err();
        let second = host.get("p").unwrap().text_to_image("a fox").await;
        assert_eq!(second.is_ok(), left, "{second:?}");
    }
}

#[tokio::test]
async fn a_budget_counts_only_what_falls_under_it() {
    let of_a = Budget { scope: Some(Scope::new("a")), name: "a".to_owned(), ..budget("0.5") };
    let (host, calls) = host_of(builder().budget(of_a), paid(Act::Serve)).await;
    let of = |scope: &str| CallSettings { scope: Scope::new(scope), ..CallSettings::default() };
    draw(&host, of("a")).await.unwrap();
    assert_eq!(kind(draw(&host, of("a")).await), ErrorKind::Budget);
    draw(&host, of("b")).await.unwrap();
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn who_repeats_a_key_gets_the_result_of_the_first() {
    let (host, calls) = host_of(builder(), paid(Act::Serve)).await;
    let first = draw(&host, keyed("order-1")).await.unwrap();
    let again = draw(&host, keyed("order-1")).await.unwrap();
    assert_eq!((first.is_repeated, again.is_repeated, calls.count()), (false, true, 1));
    assert_eq!((&again.response, again.cost, &again.provider), (&first.response, first.cost, &first.provider));
    // In another scope it is another key, and of another request it is a mistake.
    let other = CallSettings { scope: Scope::new("b"), ..keyed("order-1") };
    assert!(!draw(&host, other).await.unwrap().is_repeated);
    let other = search(&host).call(text_to_image::Request::new("a dog"), keyed("order-1")).await;
    assert_eq!((kind(other), calls.count()), (ErrorKind::KeyConflict, 2));
}

#[tokio::test]
async fn who_comes_while_a_key_is_worked_on_waits_for_its_result() {
    let (host, calls) = host_of(builder(), paid(Act::ServeAfter(Duration::from_millis(30)))).await;
    let made = join_all((0..8).map(|_| draw(&host, keyed("order-1")))).await;
    let repeated = made.into_iter().filter(|made| made.as_ref().unwrap().is_repeated).count();
    assert_eq!((repeated, calls.count()), (7, 1));
}

#[tokio::test]
async fn what_may_have_been_billed_is_never_done_again_and_what_was_not_is() {
    let once = |act: Act| {
        let chaos = Chaos::new(move |call| if call == 0 { act.clone() } else { Act::Serve });
        chaos.billing(dollars("0.4"), FailureBilling::Unknown)
    };
    let (host, calls) = host_of(builder(), once(Act::fail(ErrorKind::UpstreamTimeout, Submitted::Unknown))).await;
    assert_eq!(kind(draw(&host, keyed("order-1")).await), ErrorKind::UpstreamTimeout);
    assert_eq!((kind(draw(&host, keyed("order-1")).await), calls.count()), (ErrorKind::MaybeBilled, 1));
    draw(&host, keyed("order-2")).await.unwrap();

    let (host, calls) = host_of(builder(), once(Act::fail(ErrorKind::Unsupported, Submitted::No))).await;
    assert_eq!(kind(draw(&host, keyed("order-1")).await), ErrorKind::Unsupported);
    assert!(!draw(&host, keyed("order-1")).await.unwrap().is_repeated);
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn a_call_that_is_dropped_after_it_was_submitted_is_not_made_again() {
    let (host, calls) = host_of(builder(), paid(Act::Hang)).await;
    let mut call = Box::pin(draw(&host, keyed("order-1")));
    while calls.count() == 0 {
        assert!(call.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(call);
    assert_eq!((kind(draw(&host, keyed("order-1")).await), calls.count()), (ErrorKind::MaybeBilled, 1));
}

#[tokio::test]
async fn a_stream_with_a_key_is_given_again_as_a_whole() {
    let (host, calls) = host_of(builder(), paid(Act::Serve)).await;
    let mut texts = Vec::new();
    for _ in 0..2 {
        let search = host.find_best_provider(Capability::Chat);
        let stream = search.stream(palisade::chat::Request::new("Is all well?"), keyed("talk-1")).unwrap();
        let events: Vec<_> = stream.collect().await;
        let text = events.into_iter().filter_map(|event| match event.unwrap() {
            palisade::chat::Event::Text(text) => Some(text),
            _ => None,
        });
        texts.push(text.collect::<String>());
    }
    assert_eq!((texts, calls.count()), (vec!["All is well.".to_owned(); 2], 1));
}

async fn kept(file: &Path, chaos: Chaos) -> (Host, Calls) {
    host_of(builder().storage(file).budget(budget("1.00")), chaos).await
}

#[tokio::test]
async fn what_was_paid_outlives_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palisade.redb");
    let (host, _) = kept(&file, paid(Act::Serve)).await;
    let first = draw(&host, keyed("order-1")).await.unwrap();
    draw(&host, CallSettings::default()).await.unwrap();
    let error = builder().storage(&file).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "one host at a time");
    host.shutdown(Duration::ZERO).await;
    drop(host);

    let (host, calls) = kept(&file, paid(Act::Serve)).await;
    let again = draw(&host, keyed("order-1")).await.unwrap();
    assert_eq!((again.is_repeated, again.response, calls.count()), (true, first.response, 0));
    assert_eq!(kind(draw(&host, CallSettings::default()).await), ErrorKind::Budget, "80 cents are spent of a dollar");
}

#[tokio::test]
async fn many_at_one_time_never_spend_more_than_there_is() {
    let (host, calls) = host_of(builder().budget(budget("4.00")), paid(Act::Serve)).await;
    let host = Arc::new(host);
    let calls_made = (0..64).map(|_| {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.get("p").unwrap().text_to_image("a fox").await.is_ok() })
    });
    let served =
        join_all(calls_made.collect::<Vec<_>>()).await.into_iter().filter(|served| *served.as_ref().unwrap()).count();
    assert_eq!((served, calls.count()), (10, 10));
}
