//! `palisade doctor`

use std::{fs, path::PathBuf, time::Duration};

use palisade::{Allocation, CachePlace, Compiler, Confinement, Error, Piece, PieceStatus, Sandbox, SandboxSettings};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{format, locate::Place};

/// What this machine gives. What is missing is no error: it is what was asked for.
pub(crate) async fn examine(place: &Place, json: bool) -> anyhow::Result<()> {
    let config = place.read_if_there().await?;
    let findings = Findings::gather(&config.cache(), config.sandbox()).await;
    if json { format::print_json(&findings.as_json()) } else { Ok(format::print(findings.table())?) }
}

/// What was found, or why it is not there.
type Found<T> = Result<T, String>;

struct Findings {
    kernel: Found<String>,
    sandbox: Found<(Allocation, u32)>,
    cache: Found<Option<PathBuf>>,
    compiler: Found<Duration>,
    worker: Found<Confinement>,
}

impl Findings {
    async fn gather(cache: &CachePlace, settings: Option<SandboxSettings>) -> Self {
        let compiler = Compiler::default();
        let sandbox = Sandbox::shared(settings);
        Self {
            kernel: kernel(),
            compiler: match &sandbox {
                Ok(sandbox) => compiler.try_out(sandbox).await.map_err(text),
                Err(error) => Err(error.message().to_owned()),
            },
            sandbox: sandbox.map(|sandbox| (sandbox.allocation(), sandbox.settings().calls)).map_err(text),
            cache: match cache {
                CachePlace::Nowhere => Ok(None),
                place => place.require().map(|cache| Some(cache.folder().to_owned())).map_err(text),
            },
            worker: compiler.confinement().await.map_err(text),
        }
    }

    /// Why there is no second wall; nothing where there is one.
    fn obstacles(&self) -> Vec<String> {
        match &self.worker {
            Ok(confinement) => confinement.missing().iter().map(missing).collect(),
            Err(reason) => vec![reason.clone()],
        }
    }

    fn table(&self) -> String {
        let mut facts = format::facts();
        facts.add_row(["kernel", &words(&self.kernel, String::clone)]);
        facts.add_row([
            "sandboxes",
            &words(&self.sandbox, |(allocation, calls)| match allocation {
                Allocation::Pooled => format!("from a pool, {calls} calls at one time"),
                Allocation::OnDemand => "one by one: there is no room for the pool, and each call is slower".to_owned(),
            }),
        ]);
        facts.add_row([
            "cache",
            &words(&self.cache, |folder| {
                folder
                    .as_ref()
                    .map_or_else(|| "none: it is switched off".to_owned(), |folder| folder.display().to_string())
            }),
        ]);
        facts.add_row([
            "compiler",
            &words(&self.compiler, |time| format!("works, and starts in {}", format::time(*time))),
        ]);
        for status in self.worker.iter().flat_map(Confinement::pieces) {
            let holds = match (&status.reason, &status.extent) {
                (Some(reason), _) => format!("no: {reason}"),
                (None, Some(extent)) => format!("yes, {extent}"),
                (None, None) => "yes".to_owned(),
            };
            facts.add_row([format!("worker: {}", status.piece), format!("{holds} ({})", purpose(status.piece))]);
        }
        let obstacles = self.obstacles();
        let summary = if obstacles.is_empty() {
            "isolation = \"process\" can be claimed".to_owned()
        } else {
            format!("isolation = \"process\" cannot be claimed: {}", obstacles.join("; "))
        };
        format!("{}{summary}\n", format::rows(facts))
    }

    fn as_json(&self) -> Value {
        let piece = |status: &PieceStatus| {
            json!({
                "piece": status.piece,
                "holds": status.holds,
                "reason": status.reason,
                "extent": status.extent,
                "required": status.piece.is_required(),
            })
        };
        let pieces: Vec<_> = self.worker.iter().flat_map(Confinement::pieces).map(piece).collect();
        let obstacles = self.obstacles();
        json!({
            "kernel": found(&self.kernel, String::clone),
            "sandboxes": found(&self.sandbox, |(allocation, calls)| json!({ "allocation": allocation, "calls": calls })),
            "cache": found(&self.cache, |folder| json!({ "folder": folder })),
            "compiler": found(&self.compiler, |time| json!({ "seconds": time.as_secs_f64() })),
            "worker": found(&self.worker, |_| pieces.clone()),
            "isolation_process": { "can_be_claimed": obstacles.is_empty(), "missing": obstacles },
        })
    }
}

/// Something found as JSON, or the reason under `error`.
fn found<T, J: Serialize>(found: &Found<T>, json: impl Fn(&T) -> J) -> Value {
    found.as_ref().map_or_else(|reason| json!({ "error": reason }), |thing| json!(json(thing)))
}

fn words<T>(found: &Found<T>, words: impl Fn(&T) -> String) -> String {
    found.as_ref().map_or_else(|reason| format!("no: {reason}"), words)
}

fn text(error: Error) -> String {
    error.message().to_owned()
}

fn missing(status: &PieceStatus) -> String {
    format!("{}: {}", status.piece, status.reason.as_deref().unwrap_or("it was not told"))
}

/// The release of the kernel, which decides what it can confine.
fn kernel() -> Found<String> {
    let release =
        fs::read_to_string("/proc/sys/kernel/osrelease").map_err(|error| format!("it is not told: {error}"))?;
    Ok(format!("{} {}", std::env::consts::OS, palisade::text::escape(release.trim(), 100)))
}

/// What a piece is good for.
fn purpose(piece: Piece) -> &'static str {
    match piece {
        Piece::Environment => "no environment variables",
        Piece::Descriptors => "nothing of the host is open in it",
        Piece::Limits => "limits of memory, no processes, no core dumps",
        Piece::NoNewPrivileges => "no rights to gain",
        Piece::Files => "Landlock: no files",
        Piece::Network => "Landlock: no TCP",
        Piece::Signals => "Landlock: no signals to others",
        Piece::Namespaces => "users and a network of its own",
        Piece::SystemCalls => "seccomp: no system calls but a few",
        _ => "",
    }
}
