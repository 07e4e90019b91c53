//! Measures the hostile corpus: plays each case in a process of its own, and prints a Markdown table of how it ended,
//! how long it took, and how much memory the process had at most beyond that of a host with nothing but the neighbour.
//!
//! `cargo run -p palisade-tests --example corpus [CASE OR GROUP]...`; the exit code says whether all ended as they
//! should. Memory is told on Linux only.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context as _, Result, bail};
use palisade::{CachePlace, Host, Registration};
use palisade_tests::{
    Case, End, Played, Stage, Usage,
    cases::{GROUPS, Group},
};
use serde::{Deserialize, Serialize};

/// What a process is told that plays one case instead of all.
const PLAY: &str = "--play";
/// In place of a case: nothing is played.
const NOTHING: &str = "";

const MIB: u64 = 1 << 20;
/// What a case may take beside what its provider may, the component itself, and the code that is made of it.
const SPARE: u64 = 16 * MIB;

/// How a case went, as its process says it.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    outcome: String,
    wrong: Option<String>,
    seconds: f64,
    neighbour_worst_seconds: f64,
    peak_kib: Option<u64>,
}

fn main() -> Result<ExitCode> {
    palisade::init();
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [play, case, component] if play == PLAY => {
            let measured = play_here(case, component)?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(ExitCode::SUCCESS)
        }
        names => measure(names),
    }
}

/// Plays all cases that are named, or all there are, and prints the table.
fn measure(names: &[String]) -> Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let idle = play_apart(NOTHING, Path::new(""))?.peak_kib;
    println!("| group | case | ended | seconds | peak memory, MiB | longest call of the neighbour, ms |");
    println!("|---|---|---|--:|--:|--:|");
    let mut wrong = Vec::new();
    for (group, case) in selected(names)? {
        let component = folder.path().join("component.wasm");
        fs::write(&component, case.component(0))?;
        let measured = play_apart(case.name, &component).with_context(|| case.name)?;
        let memory = measured.peak_kib.zip(idle).map(|(peak, idle)| peak.saturating_sub(idle) * 1024);
        println!(
            "| {} | {} | {} | {:.3} | {} | {:.1} |",
            group.name(),
            case.name,
            measured.outcome,
            measured.seconds,
            memory.map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1}", bytes as f64 / MIB as f64)),
            measured.neighbour_worst_seconds * 1000.0
        );
        let allowed = case.limits.memory_bytes + 2 * fs::metadata(&component)?.len() + SPARE;
        let greedy =
            memory.filter(|bytes| *bytes > allowed).map(|bytes| format!("{bytes} bytes, {allowed} are allowed"));
        wrong.extend(measured.wrong.into_iter().chain(greedy).map(|reason| format!("{}: {reason}", case.name)));
    }
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nNot as it should be:\n\n- {}", wrong.join("\n- "));
    Ok(ExitCode::FAILURE)
}

fn selected(names: &[String]) -> Result<Vec<(Group, Case)>> {
    let all = GROUPS.iter().flat_map(|group| group.cases().into_iter().map(|case| (*group, case)));
    let named = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let selected: Vec<_> = all.filter(|(group, case)| named(group.name()) || named(case.name)).collect();
    if selected.is_empty() {
        bail!("no case and no group is called {}", names.join(" or "));
    }
    Ok(selected)
}

/// Plays a case in a process of its own.
fn play_apart(case: &str, component: &Path) -> Result<Measured> {
    let output = Command::new(env::current_exe()?)
        .args([PLAY, case])
        .arg(component)
        .stderr(Stdio::inherit())
        .output()
        .context("the process cannot be started")?;
    if !output.status.success() {
        bail!("the process of the case ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the process of the case does not say how it went")
}

/// Plays a case in this process, and says how much memory that took.
#[tokio::main]
async fn play_here(name: &str, component: &str) -> Result<Measured> {
    let stage = Stage::on(Host::builder().cache(CachePlace::Nowhere).build().await?).await?;
    let case = GROUPS.iter().flat_map(Group::cases).find(|case| case.name == name);
    let Some(case) = case else {
        let nothing = Played::default();
        return Ok(Measured { peak_kib: Usage::peak_resident_kib().ok(), ..measured(None, &nothing) });
    };
    let component = PathBuf::from(component);
    let played = async {
        // One that has been made elsewhere leaves no trace of its making here.
        if case.variants == 1 {
            stage.play_with(&case, |_| Registration::path(&component)).await
        } else {
            stage.play(&case).await
        }
    };
    let watchdog = case.bound * 10;
    let Ok(played) = tokio::time::timeout(watchdog, played).await else {
        bail!("it took longer than {watchdog:?}, ten times what it may");
    };
    Ok(Measured { peak_kib: Usage::peak_resident_kib().ok(), ..measured(Some(&case), &played) })
}

fn measured(case: Option<&Case>, played: &Played) -> Measured {
    let mut wrong = played.ends.iter().enumerate().filter_map(|(number, end)| case?.judge(number, end).err());
    Measured {
        outcome: outcome(&played.ends),
        wrong: wrong.next(),
        seconds: played.time.as_secs_f64(),
        neighbour_worst_seconds: played.neighbour_worst.as_secs_f64(),
        peak_kib: None,
    }
}

/// How all of them ended, the most frequent first.
fn outcome(ends: &[End]) -> String {
    let mut counts = BTreeMap::new();
    for end in ends {
        let text = match end {
            End::Refused(error) => format!("refused, `{}`", error.kind().code()),
            End::Failed(error) => format!("`{}`", error.kind().code()),
            End::Served(_) => "served".to_owned(),
        };
        *counts.entry(text).or_insert(0_u32) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let of = |(text, count)| if count == 1 { text } else { format!("{count} × {text}") };
    counts.into_iter().map(of).collect::<Vec<_>>().join(", ")
}
