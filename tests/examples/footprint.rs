//! Measures memory: of a host, of a provider that is registered and idle, and of an instance that is kept, each in a
//! process of its own and beside the engine alone. Prints Markdown.
//!
//! `cargo run -p palisade-tests --example footprint`, after `cargo xtask guests`. On Linux only.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use palisade::{Cache, CachePlace, CallSettings, Host, Registration, Reuse, Scope, text_to_image};
use palisade_tests::{Usage, built, numbered, target};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use wasmtime::{Result, bail, ensure};

#[allow(dead_code, reason = "the bench uses all of it")]
#[path = "../../host/benches/bare/mod.rs"]
mod bare;

use bare::{Bare, Profile, engine};

/// Components that are loaded.
const PROVIDERS: u32 = 50;
/// Copies of each example provider that are loaded.
const COPIES: u32 = 5;
/// Instances that are kept: with the first one, fewer than the quarter of a pool that a provider may keep.
const INSTANCES: u32 = 60;
/// What is asked for: a prompt that is no number gives one byte.
const PROMPT: &str = "a red fox in fresh snow";
const GIB_IN_KIB: f64 = 1_048_576.0;

/// What a process measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Subject {
    /// A process with a runtime.
    Nothing,
    /// The engine without a component.
    BareEngine,
    /// A host without a provider.
    Host,
    /// Providers of the same bytes.
    SameProviders,
    /// Providers that differ in a custom section.
    OtherProviders,
    /// The same on the engine alone.
    BareComponents,
    /// Copies of the example providers that differ in a custom section.
    Examples,
    /// Instances of one provider that are kept.
    Instances,
    /// The same on the engine alone.
    BareInstances,
}

/// What a process had.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Measured {
    /// With none of what is counted, or with the first.
    before_kib: u64,
    after_kib: u64,
    /// How many came between the two.
    count: u32,
    /// Code of each, as the cache keeps it.
    code_kib: f64,
}

impl Measured {
    /// What each of those took that came.
    fn each(&self) -> f64 {
        self.after_kib.saturating_sub(self.before_kib) as f64 / f64::from(self.count.max(1))
    }
}

fn main() -> Result<()> {
    palisade::init();
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => print(),
        [subject, cache] => {
            let measured = measure(serde_json::from_str(subject)?, Path::new(cache))?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        _ => bail!("usage: footprint"),
    }
}

fn print() -> Result<()> {
    let (nothing, engine, host) = (apart(Subject::Nothing)?, apart(Subject::BareEngine)?, apart(Subject::Host)?);
    println!("| a process with | resident, MiB |\n|---|--:|");
    for (what, measured) in
        [("a runtime and nothing else", nothing), ("the bare engine", engine), ("a host without providers", host)]
    {
        println!("| {what} | {:.1} |", measured.after_kib as f64 / 1024.0);
    }

    println!(
        "\n| each of | | resident, KiB | its code, KiB | beside its code, KiB | target |\n|--:|---|--:|--:|--:|---|"
    );
    let row = |what: &str, measured: Measured, target: &str| {
        let Measured { count, code_kib, .. } = measured;
        let each = measured.each();
        let (code, beside) = match code_kib {
            0.0 => (String::new(), String::new()),
            code => (format!("{code:.0}"), format!("{:.0}", each - code)),
        };
        println!("| {count} | {what} | {each:.1} | {code} | {beside} | {target} |");
    };
    let (idle, live) = ("1 MiB and its code", "40 KiB");
    row("idle providers of the same bytes", apart(Subject::SameProviders)?, idle);
    row("idle providers of different bytes", apart(Subject::OtherProviders)?, idle);
    row("components of different bytes on the bare engine", apart(Subject::BareComponents)?, "");
    let examples = apart(Subject::Examples)?;
    row("idle example providers, five copies of each", examples, idle);
    row("instances that are kept", apart(Subject::Instances)?, live);
    row("instances that are kept on the bare engine", apart(Subject::BareInstances)?, "");

    let fit = (GIB_IN_KIB - host.after_kib as f64) / examples.each();
    println!(
        "\nIdle example providers that fit into 1 GiB, computed and not tried: (1 GiB - {:.1} MiB) / {:.0} KiB = {fit:.0}",
        host.after_kib as f64 / 1024.0,
        examples.each()
    );
    Ok(())
}

/// Measures in a process of its own. It runs twice: the first one fills the cache, as the start before would have.
fn apart(subject: Subject) -> Result<Measured> {
    let cache = TempDir::new()?;
    let run = || -> Result<Measured> {
        let output = Command::new(env::current_exe()?)
            .arg(serde_json::to_string(&subject)?)
            .arg(cache.path().join("cache"))
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "the process for {subject:?} ended with {}", output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    run()?;
    run()
}

#[tokio::main]
async fn measure(subject: Subject, cache: &Path) -> Result<Measured> {
    let place = CachePlace::Folder { path: cache.to_owned(), max_bytes: Cache::DEFAULT_BYTES };
    let trivial = || built("hostile/trivial.wasm");
    let host = async || Host::builder().cache(place.clone()).build().await;
    match subject {
        Subject::Nothing => at_once(()),
        Subject::BareEngine => at_once(engine(Profile::SANDBOX)?),
        Subject::Host => at_once(host().await?),
        Subject::SameProviders => {
            let component = trivial()?;
            let same = (0..=PROVIDERS).map(|_| Registration::bytes(component.clone()));
            // They share their code with the first.
            Ok(Measured { code_kib: 0.0, ..registered(&host().await?, same, &place).await? })
        }
        Subject::OtherProviders => {
            let component = trivial()?;
            registered(
                &host().await?,
                (0..=PROVIDERS).map(|number| numbered(component.clone(), number.into()).into()),
                &place,
            )
            .await
        }
        Subject::Examples => {
            let mut registrations: Vec<Registration> = vec![trivial()?.into()];
            for file in fs::read_dir(target()?.join("providers"))? {
                let path = file?.path();
                if path.extension().is_some_and(|extension| extension == "wasm") {
                    let component = fs::read(path)?;
                    registrations.extend((0..COPIES).map(|number| numbered(component.clone(), number.into()).into()));
                }
            }
            registered(&host().await?, registrations.into_iter(), &place).await
        }
        Subject::BareComponents => {
            let (engine, component) = (engine(Profile::SANDBOX)?, trivial()?);
            let load = |number| Bare::on(&engine, &numbered(component.clone(), number), Profile::SANDBOX);
            let mut loaded = vec![load(0)?];
            let before_kib = resident_kib()?;
            for number in 1..=PROVIDERS {
                loaded.push(load(number.into())?);
            }
            since(before_kib, PROVIDERS)
        }
        Subject::Instances => {
            let reuse = Reuse { instances: INSTANCES + 1, idle: Duration::from_secs(3600), ..Reuse::default() };
            let host = host().await?;
            host.register("kept", Registration::bytes(trivial()?).reuse(reuse)).await?;
            let provider = host.get("kept")?;
            let call = async |number: u32| {
                let settings = CallSettings { scope: Scope::new(number.to_string()), ..CallSettings::default() };
                provider.call(text_to_image::Request::new(PROMPT), settings).await.map(drop)
            };
            call(0).await?;
            let before_kib = resident_kib()?;
            for number in 1..=INSTANCES {
                call(number).await?;
            }
            since(before_kib, INSTANCES)
        }
        Subject::BareInstances => {
            let bare = Bare::load(&trivial()?, Profile::SANDBOX)?;
            let serve = async || {
                let mut live = bare.live().await?;
                live.call(PROMPT, None).await?;
                Ok::<_, wasmtime::Error>(live)
            };
            let mut kept = vec![serve().await?];
            let before_kib = resident_kib()?;
            for _ in 0..INSTANCES {
                kept.push(serve().await?);
            }
            since(before_kib, INSTANCES)
        }
    }
}

/// What the process has while this is there.
fn at_once<T>(_there: T) -> Result<Measured> {
    since(resident_kib()?, 0)
}

/// Registers all of them; the first one is not counted.
async fn registered(
    host: &Host,
    registrations: impl Iterator<Item = Registration>,
    place: &CachePlace,
) -> Result<Measured> {
    let (mut before_kib, mut count) = (0, 0);
    for (number, registration) in registrations.enumerate() {
        host.register(format!("provider-{number}"), registration).await?;
        if number == 0 {
            before_kib = resident_kib()?;
        } else {
            count += 1;
        }
    }
    let measured = since(before_kib, count)?;
    let code: Vec<_> = place.require()?.entries()?.iter().map(|entry| entry.bytes as f64 / 1024.0).collect();
    Ok(Measured { code_kib: code.iter().sum::<f64>() / code.len().max(1) as f64, ..measured })
}

fn since(before_kib: u64, count: u32) -> Result<Measured> {
    Ok(Measured { before_kib, after_kib: resident_kib()?, count, code_kib: 0.0 })
}

fn resident_kib() -> Result<u64> {
    Ok(Usage::now()?.resident_kib)
}
