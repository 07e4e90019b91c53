//! Providers in a worker: they answer as they do without one, hit the same walls, and their worker can die without anybody
//! else noticing.

mod death;
mod limits;
mod reaching;
mod same_answers;

use std::time::Duration;

use palisade::{Host, Isolation, Piece, ProviderHandle, Registration, WorkerStatus};

use crate::support::{behaving, shared, within};

/// The hostile guest with one of its behaviours, in a worker.
fn hostile(behaviour: &str) -> Registration {
    behaving(behaviour).isolation(Isolation::Process)
}

/// The worker of a provider.
fn worker(host: &Host, id: &str) -> WorkerStatus {
    host.status(id).unwrap().component.unwrap().worker.unwrap()
}

/// Has the provider paint in its own runtime's time.
async fn paint(provider: &ProviderHandle) -> Result<Vec<u8>, palisade::Error> {
    let made = within(Duration::from_secs(5), provider.text_to_image("a fox")).await?;
    Ok(made.response.images[0].content.data.clone())
}

/// Waits until this is so. The operating system tells nobody when it is.
async fn until(mut so: impl FnMut() -> bool) {
    within(Duration::from_secs(2), async {
        while !so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn is_running(process: u32) -> bool {
    std::path::Path::new(&format!("/proc/{process}")).exists()
}

#[tokio::test]
async fn a_worker_is_listed_with_what_holds_it() {
    shared().register("listed", hostile("well-behaved")).await.unwrap();
    let status = shared().status("listed").unwrap().component.unwrap();
    assert_eq!(status.isolation, Isolation::Process);
    let worker = status.worker.unwrap();
    assert!(is_running(worker.process.unwrap()));
    assert_eq!(worker.starts, 1);
    assert_eq!(worker.confinement.missing(), []);
    let files = worker.confinement.pieces().iter().find(|status| status.piece == Piece::Files).unwrap();
    assert!(files.extent.as_ref().unwrap().starts_with("Landlock V"), "{files:?}");
    let known = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", worker.process.unwrap())).unwrap();
    assert_eq!(known("oom_score_adj").trim(), "1000", "it goes first when the machine has no memory");
    let limits = known("limits");
    for bounded in ["Max address space", "Max data size", "Max stack size"] {
        let limit = limits.lines().find(|line| line.starts_with(bounded)).unwrap();
        assert!(!limit.contains("unlimited"), "{limit}");
    }
    shared().unregister("listed").await.unwrap();

    let neighbour = shared().status("neighbour").unwrap().component.unwrap();
    assert_eq!((neighbour.isolation, neighbour.worker), (Isolation::InProcess, None));
}

#[tokio::test]
async fn a_provider_that_describes_itself_badly_is_refused_as_ever() {
    let cases = [
        ("spin-in-describe", "fuel-exhausted"),
        ("trap-in-describe", "trap"),
        ("claims-what-it-lacks", "invalid-catalogue"),
        ("nan-range", "invalid-catalogue"),
        ("long-summary", "invalid-catalogue"),
    ];
    for (behaviour, expected) in cases {
        let here = shared().register("bad", behaving(behaviour)).await.unwrap_err();
        let there = shared().register("bad", hostile(behaviour)).await.unwrap_err();
        assert_eq!(here.kind().code(), expected, "{here}");
        assert_eq!((here.kind(), here.message()), (there.kind(), there.message()));
    }
}
