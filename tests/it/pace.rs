//! Who becomes slow, on a clock that stands while somebody works and jumps to where the next one waits.

use std::time::Duration;

use futures_util::FutureExt as _;
use palisade::{BreakerSettings, CallSettings, Capability, Events, Health, Host, HostEvent, Registration, chat};
use palisade_chaos::{Act, Chaos};

use crate::support::builder;

/// Calls until the slow one is slow.
const BEFORE: u64 = 30;

fn serving_for(seconds: u64) -> Act {
    Act::ServeAfter(Duration::from_secs(seconds))
}

/// Five of which the first takes three times as long after a while, and is as fast as ever after another while.
async fn five(slowdown: f64) -> Host {
    let host = builder().build().await.unwrap();
    let slow = |call| serving_for(if (BEFORE..2 * BEFORE).contains(&call) { 3 } else { 1 });
    for number in 0..5 {
        let chaos = if number == 0 { Chaos::new(slow) } else { Chaos::always(serving_for(1)) };
        let breaker = BreakerSettings { slowdown, ..BreakerSettings::default() };
        host.register(format!("p{number}"), Registration::native(chaos).breaker(breaker)).await.unwrap();
    }
    host
}

async fn ask(host: &Host, id: &str, times: u64) {
    for _ in 0..times {
        host.get(id).unwrap().chat("Where do foxes live?").await.unwrap();
    }
}

fn opened(events: &mut Events) -> Vec<(String, Option<f64>)> {
    let mut found = Vec::new();
    while let Some(Some(record)) = events.next().now_or_never() {
        if let HostEvent::BreakerOpened { provider, times_as_slow, .. } = record.event {
            found.push((provider.to_string(), times_as_slow));
        }
    }
    found
}

fn health(host: &Host) -> Health {
    host.status("p0").unwrap().models[0].health
}

#[tokio::test(start_paused = true)]
async fn who_becomes_slow_is_left_alone_and_tried_again() {
    let host = five(2.0).await;
    let mut events = host.events();
    for number in 0..5 {
        ask(&host, &format!("p{number}"), BEFORE).await;
    }
    assert_eq!(opened(&mut events), []);
    ask(&host, "p0", BEFORE).await;
    let opened = opened(&mut events);
    let [(provider, Some(times))] = opened.as_slice() else { panic!("{opened:?}") };
    assert!(provider == "p0" && (2.0..3.0).contains(times), "{opened:?}");
    assert!(matches!(health(&host), Health::Slow { .. }), "{:?}", health(&host));

    let ask = async || {
        let search = host.find_best_provider(Capability::Chat).spread();
        search.call(chat::Request::new("Where?"), CallSettings::default()).await.unwrap().provider.to_string()
    };
    for _ in 0..20 {
        assert_ne!(ask().await, "p0");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operator_may_not_mind() {
    let host = five(f64::INFINITY).await;
    let mut events = host.events();
    for number in (0..5).rev() {
        ask(&host, &format!("p{number}"), 2 * BEFORE).await;
    }
    assert_eq!((opened(&mut events), health(&host)), (vec![], Health::Closed));
}
