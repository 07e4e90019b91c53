//! Where a case is played: a host with a neighbour who works meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use palisade::{Error, Host, ProviderHandle, Registration, rerank};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    case::{Case, End, Work},
    guest::Guest,
};

/// How often the neighbour is called.
const PACE: Duration = Duration::from_millis(5);
/// Components of one case that are tried at one time.
const AT_ONE_TIME: usize = 4;
/// What the neighbour is registered as.
const NEIGHBOUR: &str = "corpus-neighbour";

/// A host with a neighbour.
pub struct Stage {
    host: Host,
    neighbour: ProviderHandle,
}

/// How a case went.
#[derive(Debug, Default)]
pub struct Played {
    /// How each load or call ended.
    pub ends: Vec<End>,
    /// How long it took.
    pub time: Duration,
    /// Calls of the neighbour meanwhile.
    pub neighbour_calls: u32,
    /// The longest of them.
    pub neighbour_worst: Duration,
}

impl Stage {
    /// Puts the neighbour into a host.
    ///
    /// # Errors
    ///
    /// Those of [`Context::register`](palisade::Context::register).
    pub async fn on(host: Host) -> Result<Self, Error> {
        host.register(NEIGHBOUR, Registration::bytes(Guest::ranker().component())).await?;
        let neighbour = host.get(NEIGHBOUR)?;
        Ok(Self { host, neighbour })
    }

    /// Plays a case with components that are made when it is their turn.
    pub async fn play(&self, case: &Case) -> Played {
        self.play_with(case, |variant| Registration::bytes(case.component(variant))).await
    }

    /// Plays a case with components from elsewhere. The neighbour is called from before the first load until after the
    /// last call has ended, and at least once.
    ///
    /// # Panics
    ///
    /// When a call of the neighbour fails: that is what no case may bring about.
    pub async fn play_with(&self, case: &Case, component: impl Fn(usize) -> Registration) -> Played {
        let over = Arc::new(AtomicBool::new(false));
        let neighbour = tokio::spawn(keep_calling(self.neighbour.clone(), Arc::clone(&over)));
        let start = Instant::now();
        let played = stream::iter(0..case.variants).map(|variant| play_alone(&self.host, case, component(variant)));
        let ends = played.buffered(AT_ONE_TIME).concat().await;
        let time = start.elapsed();
        over.store(true, Ordering::Relaxed);
        let (neighbour_calls, neighbour_worst) = neighbour.await.expect("the neighbour works on");
        Played { ends, time, neighbour_calls, neighbour_worst }
    }
}

/// Plays one component of a case in a host: it is registered, called, and taken out. Gives how each load or call ended.
pub async fn play_alone(host: &Host, case: &Case, component: Registration) -> Vec<End> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let id = format!("case-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    if let Err(error) = host.register(&id, case.registration(component)).await {
        return vec![End::Refused(error)];
    }
    let provider = host.get(&id).expect("it was registered");
    let ends = perform(case.work, &provider).await;
    host.unregister(&id).await.expect("it was registered");
    ends
}

/// Does the work of a case.
async fn perform(work: Work, provider: &ProviderHandle) -> Vec<End> {
    match work {
        Work::Load => vec![End::Served(None)],
        Work::Check => vec![provider.check().await.map_or_else(End::Failed, |()| End::Served(None))],
        Work::Rank(times) => {
            let calls = (0..times).map(|_| rank(provider, "where?"));
            stream::iter(calls).buffered(1).collect().await
        }
        Work::RankByTurns(times) => {
            let calls = (0..times).map(|turn| rank(provider, if turn.is_multiple_of(2) { "where?" } else { "trap" }));
            stream::iter(calls).buffered(1).collect().await
        }
        Work::Chat => {
            let answer = provider.chat("where?").await;
            vec![answer.map_or_else(End::Failed, |answer| End::Served(Some(answer.report)))]
        }
        Work::DropStream => {
            let mut answer = provider.chat_stream("where?").expect("the request is right");
            let piece = answer.next().await.expect("there is a first piece, or an error");
            vec![piece.map_or_else(End::Failed, |_| End::Served(None))]
        }
    }
}

async fn rank(provider: &ProviderHandle, query: &str) -> End {
    let ranked = provider.rerank(rerank::Request::new(query, ["in woods"])).await;
    ranked.map_or_else(End::Failed, |ranked| End::Served(Some(ranked.report)))
}

/// Calls the neighbour until all is over, and at least once. Gives how often, and how long the longest call took.
async fn keep_calling(neighbour: ProviderHandle, over: Arc<AtomicBool>) -> (u32, Duration) {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut calls, mut worst) = (0, Duration::ZERO);
    loop {
        pace.tick().await;
        let start = Instant::now();
        let end = rank(&neighbour, "where?").await;
        assert!(matches!(end, End::Served(_)), "the neighbour: {}", end.describe());
        worst = worst.max(start.elapsed());
        calls += 1;
        if over.load(Ordering::Relaxed) {
            return (calls, worst);
        }
    }
}
