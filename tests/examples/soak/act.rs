//! Does what the plan says, and judges how that ended.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use futures_util::{FutureExt as _, StreamExt as _, future};
use palisade::{CallSettings, ErrorKind, Host, Limits, Registration, Scope, text_to_image};
use palisade_tests::{Case, End, numbered, play_alone};
use tokio::{task::spawn_blocking, time::timeout};

use crate::{
    hostile::{self, long},
    plan::Action,
    scene::{CRASHING, ENDLESS, KEPT, SPINNING, Scene},
    working,
};

/// How something ended that ended as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It was served.
    Served,
    /// A component was not loaded.
    Refused,
    /// A call ended in the error that it should.
    Failed,
    /// Nobody waited for it.
    Dropped,
}

impl Ending {
    pub(crate) const ALL: [Self; 4] = [Self::Served, Self::Refused, Self::Failed, Self::Dropped];
}

/// Does it, and fails unless it ends as it should.
pub(crate) async fn perform(scene: &Scene, action: Action, number: u64) -> Result<Ending> {
    let host = &scene.host;
    let id = format!("soak-{number}");
    match action {
        Action::Work(kind) => working::work(host, kind).await.map(|()| Ending::Served),
        Action::Misbehave(row) => hostile::misbehave(host, scene.hostile(), row, &id).await,
        Action::Corpus { case, variant } => play(host, &scene.cases, case, variant).await,
        Action::Unseen(seed) => {
            host.register(&id, unseen(scene, seed)).await?;
            host.get(&id)?.text_to_image("a fox").await?;
            host.unregister(&id).await?;
            Ok(Ending::Served)
        }
        Action::Replace => replace(scene, &id).await,
        Action::DropCall { after_ms } => {
            let call = host.get(SPINNING)?;
            let call = timeout(Duration::from_millis(after_ms), call.text_to_image("a fox"));
            dropped(call.await)
        }
        Action::DropStream { pieces } => {
            let mut stream = host.get(ENDLESS)?.chat_stream("one two three")?;
            // Begun, and perhaps not yet spoken.
            ensure!(!matches!(stream.next().now_or_never(), Some(Some(Err(_)) | None)), "the stream ended");
            for _ in 0..pieces {
                stream.next().await.context("the stream ended")??;
            }
            Ok(Ending::Dropped)
        }
        Action::DropLoad { seed, after_ms } => {
            let load = host.register(&id, unseen(scene, seed));
            let loaded = timeout(Duration::from_millis(after_ms), load).await;
            // What was dropped may have been registered already.
            match host.unregister(&id).await {
                Err(error) if error.kind() != ErrorKind::UnknownProvider => bail!(error),
                Err(_) if matches!(loaded, Ok(Ok(()))) => bail!("it was loaded and is not there"),
                _ => {}
            }
            loaded.map_or(Ok(Ending::Dropped), |loaded| Ok(loaded.map(|()| Ending::Served)?))
        }
        Action::Keep { scope } => call_kept(host, KEPT, scope, None).await,
        Action::KeepCrashing { scope } => call_kept(host, CRASHING, scope, Some(ErrorKind::Trap)).await,
        Action::Crowd => crowd(scene, &id).await,
    }
}

fn dropped<T: std::fmt::Debug>(ended: Result<T, tokio::time::error::Elapsed>) -> Result<Ending> {
    match ended {
        Err(_elapsed) => Ok(Ending::Dropped),
        Ok(ended) => bail!("it should go on for ever, and ended in {ended:?}"),
    }
}

/// A component that behaves well and that nobody has seen.
fn unseen(scene: &Scene, seed: u64) -> Registration {
    Registration::bytes(numbered(scene.hostile_bytes.clone(), seed)).limits(long())
}

/// Plays one component of a case. It is made where that keeps nobody from running.
async fn play(host: &Host, cases: &Arc<Vec<Case>>, number: usize, variant: usize) -> Result<Ending> {
    let making = Arc::clone(cases);
    let component = spawn_blocking(move || making.get(number).map(|case| case.component(variant))).await?;
    let (case, component) = cases.get(number).zip(component).context("there is no such case")?;
    let ends = play_alone(host, case, Registration::bytes(component)).await;
    for (turn, end) in ends.iter().enumerate() {
        case.judge(turn, end).map_err(|reason| anyhow!("{}, component {variant}: {reason}", case.name))?;
    }
    Ok(match ends.last().context("nothing was played")? {
        End::Refused(_) => Ending::Refused,
        End::Failed(_) => Ending::Failed,
        End::Served(_) => Ending::Served,
    })
}

/// The one that is called when it is taken out still answers; then there is the other.
async fn replace(scene: &Scene, id: &str) -> Result<Ending> {
    let host = &scene.host;
    host.register(id, scene.hostile().limits(long())).await?;
    let first = host.get(id)?;
    let mut call = Box::pin(first.text_to_image("a fox"));
    let mut answer = (&mut call).now_or_never();
    host.unregister(id).await?;
    host.register(id, scene.hostile().limits(long()).config("behaviour", "trap")).await?;
    if answer.is_none() {
        answer = Some(call.await);
    }
    answer.context("it was not called")??;
    let error = host.get(id)?.text_to_image("a fox").await.err().context("the other should crash")?;
    host.unregister(id).await?;
    ensure!(error.kind() == ErrorKind::Trap, "{error}");
    Ok(Ending::Served)
}

/// An instance that is kept serves no more calls than it may, which it counts.
async fn call_kept(host: &Host, id: &str, scope: u8, crash: Option<ErrorKind>) -> Result<Ending> {
    let settings = CallSettings { scope: Scope::new(format!("scope-{scope}")), ..CallSettings::default() };
    let made = match host.get(id)?.call(text_to_image::Request::new("a fox"), settings).await {
        Ok(made) => made,
        Err(error) if Some(error.kind()) == crash => return Ok(Ending::Failed),
        Err(error) => bail!(error),
    };
    let said = made.report.log.first().map(|line| line.text.as_str()).unwrap_or_default();
    let call: u32 = said.split(' ').nth(1).unwrap_or_default().parse().context("it does not say how often")?;
    let most = if crash.is_some() { 1 } else { Scene::CALLS_OF_KEPT };
    ensure!((1..=most).contains(&call), "it served call {call} of {most}");
    Ok(Ending::Served)
}

/// One call runs and one waits until the time of both is over; the others are refused at once.
async fn crowd(scene: &Scene, id: &str) -> Result<Ending> {
    // Long enough for four calls to begin on a machine that has no time.
    let timeout = Duration::from_millis(500);
    let limits = Limits { concurrency: 1, queue: 1, timeout, fuel: u64::MAX, ..long() };
    scene.host.register(id, scene.hostile().limits(limits).config("behaviour", "spin")).await?;
    let provider = scene.host.get(id)?;
    let calls = future::join_all((0..4).map(|_| provider.text_to_image("a fox"))).await;
    scene.host.unregister(id).await?;
    let kinds: Vec<_> = calls.into_iter().map(|call| call.map_err(|error| error.kind()).err()).collect();
    let expected = [ErrorKind::Deadline, ErrorKind::Deadline, ErrorKind::ProviderBusy, ErrorKind::ProviderBusy];
    ensure!(kinds == expected.map(Some), "{kinds:?}");
    Ok(Ending::Failed)
}
