//! Measures how many writes reach the disk in a second: alone, and from 32 callers, whose writes share their waits.
//!
//! `cargo run -p palisade-storage --example writes -- [FOLDER]`; a temporary folder if nothing is said.

#![allow(clippy::print_stdout, reason = "a program that prints what it has measured")]

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use palisade_core::Scope;
use palisade_storage::{Begin, Options, RequestHash, Storage};

/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let parent = env::args_os().nth(1).map_or_else(env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(parent)?;
    for callers in [1, 32] {
        let storage = Storage::open(folder.path().join(format!("{callers}.redb")), Options::default()).await?;
        let start = Instant::now();
        let tasks: Vec<_> = (0..callers).map(|caller| tokio::spawn(writes(storage.clone(), caller, start))).collect();
        let mut count = 0;
        for task in tasks {
            count += task.await??;
        }
        let rate = f64::from(count) / start.elapsed().as_secs_f64();
        println!("{callers:>2} callers: {rate:.0} durable writes per second, two for each job");
        storage.close().await?;
    }
    Ok(())
}

/// Does jobs that take no time, and counts what it waited for.
async fn writes(storage: Storage, caller: u32, start: Instant) -> Result<u32> {
    let (provider, model) = ("fal".parse()?, "flux".parse()?);
    let request = RequestHash::of(&palisade_core::text_to_image::Request::new("a red fox").into(), &())?;
    let mut count = 0;
    while start.elapsed() < TIME {
        let key = format!("{caller} {count}");
        let Begin::New(mut lease) = storage.ledger().begin(&Scope::default(), &key, request).await? else {
            bail!("{key} is not new");
        };
        lease.attempt(&provider, &model, Vec::new()).await?;
        lease.finished(vec![0; 2000].into(), None).await?;
        count += 2;
    }
    Ok(count)
}
