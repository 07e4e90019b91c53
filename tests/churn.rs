//! Providers in workers that come, serve, die and go, until it shows whether anything is left of them. A process of its own
//! does it, where nobody else opens files and starts programs.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use palisade::{Error, Host, Isolation, Registration};

/// Rounds that count, after one that opens what stays open.
const ROUNDS: usize = 20;
/// How long the system may take to forget a process.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says `nothing is left`, or what.
pub(crate) async fn churn(component: PathBuf) -> Result<(), Error> {
    let host = Host::builder().build().await?;
    round(&host, &component).await?;
    let before = settled(|_| true).await;
    for _ in 0..ROUNDS {
        round(&host, &component).await?;
    }
    let after = settled(|now| *now == before).await;
    let mut output = io::stdout();
    let said = if after == before {
        writeln!(output, "nothing is left: {before:?}")
    } else {
        writeln!(output, "before: {before:?}, after {ROUNDS} rounds: {after:?}")
    };
    said.map_err(|error| Error::new(palisade::ErrorKind::Io, "stdout is closed").with_source(error))
}

async fn round(host: &Host, component: &PathBuf) -> Result<(), Error> {
    let registration =
        |behaviour: &str| Registration::path(component).config("behaviour", behaviour).isolation(Isolation::Process);
    host.register("good", registration("well-behaved")).await?;
    let good = host.get("good")?;
    good.text_to_image("a fox").await?;
    host.register("spins", registration("spin")).await?;
    // It is dropped while it computes.
    let _spinning = tokio::time::timeout(Duration::from_millis(20), host.get("spins")?.text_to_image("a fox")).await;
    host.unregister("good").await?;
    host.unregister("spins").await
}

/// Open files, and processes of this one, zombies too.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    files: usize,
    processes: usize,
}

/// What there is once it is so, or after some patience.
async fn settled(so: impl Fn(&Left) -> bool) -> Left {
    let start = Instant::now();
    loop {
        tokio::task::yield_now().await;
        let left = Left { files: fs::read_dir("/proc/self/fd").into_iter().flatten().count(), processes: children() };
        if left.processes == 0 && so(&left) || start.elapsed() > PATIENCE {
            return left;
        }
    }
}

fn children() -> usize {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    children.map(|children| children.split_whitespace().count()).sum()
}
