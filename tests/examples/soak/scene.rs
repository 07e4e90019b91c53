//! The host that is kept alive, and who is in it all the time.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use palisade::{CachePlace, Config, ErrorKind, Host, Limits, Registration, Reuse};
use palisade_tests::{
    Case, Expected, built,
    cases::{GROUPS, Group},
    target,
};
use tempfile::TempDir;

use crate::hostile::long;

/// Who is called steadily.
pub(crate) const NEIGHBOUR: &str = "neighbour";
/// Whose instances are kept.
pub(crate) const KEPT: &str = "kept";
/// Whose instances are kept, and crash in their second call.
pub(crate) const CRASHING: &str = "kept-crashing";
/// Whose calls never end.
pub(crate) const SPINNING: &str = "spinning";
/// Whose answers never end.
pub(crate) const ENDLESS: &str = "endless";

/// A case that is refused for what compiling its component takes. Another case has the same component, which is compiled
/// no second time.
const TWIN: &str = "function-of-a-megabyte-in-little-memory";

/// Most that is kept of compiled code: so little that entries are evicted all the time.
const CACHE_BYTES: u64 = 64 << 20;

/// The host, and what is brought into it.
pub(crate) struct Scene {
    pub(crate) host: Host,
    pub(crate) cases: Arc<Vec<Case>>,
    pub(crate) hostile_bytes: Vec<u8>,
    _cache: TempDir,
}

impl Scene {
    /// Calls that an instance of [`KEPT`] serves.
    pub(crate) const CALLS_OF_KEPT: u32 = 10;

    /// A host with the example providers, the neighbour, and those whose instances are kept.
    pub(crate) async fn set() -> Result<Self> {
        let hostile_bytes = built("hostile/hostile.wasm")?;
        let cache = tempfile::tempdir()?;
        let place = CachePlace::Folder { path: cache.path().join("cache"), max_bytes: CACHE_BYTES };
        let config = Config::read(&target()?.join("providers/palisade.toml")).await?;
        let host = Host::builder().config(config).cache(place).build().await?;
        let cases = GROUPS.iter().flat_map(Group::cases).filter(|case| case.name != TWIN).map(patient).collect();
        let scene = Self { host, cases: Arc::new(cases), hostile_bytes, _cache: cache };

        let endless = Limits { fuel: u64::MAX, host_calls: u64::MAX, ..long() };
        // Gone in a moment, so that instances are dropped for that as well.
        let reuse = Reuse { calls: Self::CALLS_OF_KEPT, idle: Duration::from_secs(1), instances: 4 };
        let kept = |behaviour: &str| scene.hostile().config("behaviour", behaviour).reuse(reuse).limits(long());
        let spinning = scene.hostile().config("behaviour", "spin").limits(endless.clone());
        let talking = scene.hostile().config("behaviour", "endless-text").limits(endless);
        for (id, registration) in [
            (NEIGHBOUR, scene.hostile().limits(long())),
            (KEPT, kept("counts-calls")),
            (CRASHING, kept("crashes-later")),
            (SPINNING, spinning),
            (ENDLESS, talking),
        ] {
            scene.host.register(id, registration).await?;
        }
        Ok(scene)
    }

    /// The hostile guest. It behaves well until it is told otherwise.
    pub(crate) fn hostile(&self) -> Registration {
        Registration::bytes(self.hostile_bytes.clone())
    }
}

/// A case that ends as it should however busy the machine is, unless time is what it has to end for.
fn patient(case: Case) -> Case {
    use ErrorKind::{CpuLimit, Deadline, Stalled};
    if matches!(case.expected, Expected::Fails(Deadline | CpuLimit | Stalled, _) | Expected::Refused(Deadline, _)) {
        return case;
    }
    case.within(|limits| {
        let Limits { timeout, cpu_time, first_event_timeout, event_gap_timeout, compile_timeout, .. } = long();
        *limits =
            Limits { timeout, cpu_time, first_event_timeout, event_gap_timeout, compile_timeout, ..limits.clone() };
    })
}
