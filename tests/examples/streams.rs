//! Streams chats of a vendor through a whole host, a thousand at one time on two threads, and measures what they need. Prints
//! Markdown; the exit code says whether all came through, and whether they kept to the memory that they may have.
//!
//! `cargo run -p palisade-tests --example streams`, after `cargo xtask guests`; a number after `--` is that of streams. The vendor
//! is a process of its own, so that its memory does not count. On Linux only.
//!
//! ```text
//! vendor ◄── a connection for each stream ── egress ◄── openai-compatible in a sandbox ◄── stream of the caller
//! ```

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, ExitCode, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::StreamExt as _;
use palisade::{
    Allow, CachePlace, Host, Lend, Limits, Place, ProviderHandle, Registration, SandboxSettings, Secret, chat::Event,
};
use palisade_tests::{Usage, target};
use palisade_vendors::{OpenAi, Vendor as _};
use tokio::{sync::Barrier, task::JoinSet};

/// Streams at one time, where nothing else is asked for.
const STREAMS: usize = 1000;
/// Of one provider: a pool gives it half of its places at the most.
const PER_PROVIDER: usize = 250;
/// Threads that all of it runs on, but for the vendor.
const THREADS: usize = 2;
/// How often all of them are opened: what grows from one time to the next would have no end.
const ROUNDS: usize = 3;
/// Words of each answer, which come one by one.
const WORDS: usize = 100;
/// Memory that each stream may take: its sandbox, what the host keeps for it, and its connection.
const STREAM_KIB: u64 = 512;
/// What all of them together may take beside that: what the allocator keeps.
const BESIDE_KIB: u64 = 64 << 10;

fn main() -> Result<ExitCode> {
    palisade::init();
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => on_threads(THREADS)?.block_on(measure(STREAMS)),
        [word] if word == "vendor" => on_threads(1)?.block_on(serve()).map(|()| ExitCode::SUCCESS),
        [streams] => on_threads(THREADS)?.block_on(measure(streams.parse().context("usage: streams [STREAMS]")?)),
        _ => bail!("usage: streams [STREAMS]"),
    }
}

fn on_threads(threads: usize) -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

/// The vendor. Says where it is, and ends with who started it.
async fn serve() -> Result<()> {
    let vendor = OpenAi::start().await;
    println!("{}", vendor.address);
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

/// The vendor in a process of its own.
struct Served {
    process: Child,
    address: SocketAddr,
}

impl Served {
    fn start() -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        let mut process = command.arg("vendor").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("it has an output")?).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse()? })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself, and nobody can be told where it does not.
        let _ended = self.process.wait();
    }
}

async fn measure(streams: usize) -> Result<ExitCode> {
    let vendor = Served::start()?;
    let folder = tempfile::tempdir()?;
    let host =
        open(streams, vendor.address, CachePlace::Folder { path: folder.path().join("cache"), max_bytes: 1 << 30 });
    let (host, providers) = host.await?;
    round(&providers, 1).await?;
    let before = Usage::now()?;
    println!("{streams} streams of {} pieces at one time, on {THREADS} threads.\n", WORDS + 2);
    println!(
        "| round | all are open after | they end after | a piece | resident with all open, MiB | at the end, MiB | descriptors |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    for number in 1..=ROUNDS {
        let Round { opened, took, pieces, open } = round(&providers, streams).await?;
        let (mib, end) = (|kib: u64| kib as f64 / 1024.0, Usage::now()?);
        println!(
            "| {number} | {opened:.2?} | {took:.2?} | {:.1?} | {:.1} | {:.1} | {} |",
            took / u32::try_from(pieces)?,
            mib(open.resident_kib),
            mib(end.resident_kib),
            open.descriptors,
        );
    }
    host.shutdown(Host::DRAIN).await;
    let (most, peak) = (streams as u64 * STREAM_KIB + BESIDE_KIB, Usage::peak_resident_kib()?);
    let taken = peak.saturating_sub(before.resident_kib);
    println!(
        "\nBefore: {} KiB. At most: {peak} KiB, which is {} KiB for each stream; {} KiB may be taken, and {taken} KiB were.",
        before.resident_kib,
        taken / streams.max(1) as u64,
        most,
    );
    Ok(if taken <= most { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A host with as many providers as it takes for so many calls at one time.
async fn open(streams: usize, vendor: SocketAddr, cache: CachePlace) -> Result<(Host, Vec<ProviderHandle>)> {
    let providers = streams.div_ceil(PER_PROVIDER);
    let calls = u32::try_from(providers.max(2) * PER_PROVIDER)?;
    let host = Host::builder().cache(cache).sandbox(SandboxSettings { calls, allocation: None }).build().await?;
    let long = Duration::from_secs(120);
    let limits = Limits {
        concurrency: u32::try_from(PER_PROVIDER)?,
        timeout: 2 * long,
        first_event_timeout: long,
        event_gap_timeout: long,
        ..Limits::default()
    };
    let mut handles = Vec::new();
    for number in 0..providers {
        let place = Place::Header("authorization".to_owned());
        let secret = Secret::Value(OpenAi::KEY.into());
        let lend = Lend { name: None, secret, place, format: "Bearer {}".to_owned() };
        let url = format!("http://{vendor}/v1/*");
        let allow = Allow { credential: Some(lend), allow_private: vec![vendor], ..Allow::new(url) };
        let registration = Registration::path(target()?.join("providers/openai-compatible.wasm"))
            .config("base_url", format!("http://{vendor}/v1"))
            .config("models", r#"{ "chat": ["gpt-4o-mini"] }"#)
            .limits(limits.clone())
            .allow(allow);
        let id = format!("openai-{number}");
        host.register(id.as_str(), registration).await.context("run `cargo xtask guests` first")?;
        handles.push(host.get(&id)?);
    }
    Ok((host, handles))
}

/// What it took to open all streams, and to read them.
struct Round {
    opened: Duration,
    took: Duration,
    pieces: usize,
    /// With all of them open.
    open: Usage,
}

/// Opens so many streams, and reads on when the first piece of each is there.
async fn round(providers: &[ProviderHandle], streams: usize) -> Result<Round> {
    let (all_open, go_on) = (Arc::new(Barrier::new(streams + 1)), Arc::new(Barrier::new(streams + 1)));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for provider in providers.iter().cycle().take(streams) {
        let (all_open, go_on) = (Arc::clone(&all_open), Arc::clone(&go_on));
        let prompt = vec!["fox"; WORDS].join(" ");
        let mut stream = provider.chat_stream(prompt.as_str())?;
        tasks.spawn(async move {
            let mut texts = Vec::new();
            while let Some(event) = stream.next().await {
                let Event::Text(text) = event? else { continue };
                texts.push(text);
                if texts.len() == 1 {
                    all_open.wait().await;
                    go_on.wait().await;
                }
            }
            ensure!(texts.concat() == format!("You said: {prompt}"), "the answer is {texts:?}");
            Ok(texts.len())
        });
    }
    let failed = async {
        // Nobody ends before all are open, but who fails.
        match tasks.join_next().await {
            Some(ended) => ended?.map(|_| ()),
            None => Ok(()),
        }
    };
    tokio::select! {
        failed = failed => bail!("a stream did not open: {failed:?}"),
        _all = all_open.wait() => {}
    }
    let (opened, open) = (start.elapsed(), Usage::now()?);
    let start = Instant::now();
    go_on.wait().await;
    let mut pieces = 0;
    while let Some(ended) = tasks.join_next().await {
        pieces += ended??;
    }
    Ok(Round { opened, took: start.elapsed(), pieces, open })
}
