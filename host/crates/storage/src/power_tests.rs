//! The power fails: what was not synced is there in part, in any order, and torn.

use std::{
    io,
    sync::{Arc, Mutex},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use redb::StorageBackend;

use crate::{
    Begin, Options, Storage, database,
    options::Clock,
    test_support::{attempted, begin, fal, flux, spent},
};

/// A piece of a write that a disk does as a whole.
const SECTOR: usize = 512;

/// A disk that loses its power before some operation.
#[derive(Debug, Clone)]
struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// What the process sees.
    seen: Vec<u8>,
    /// What the disk has for sure.
    synced: Vec<u8>,
    /// What it may have, sector by sector.
    pending: Vec<(usize, Vec<u8>)>,
    operations_left: u32,
}

impl Disk {
    fn new(contents: Vec<u8>, operations_left: u32) -> Self {
        let state = State { seen: contents.clone(), synced: contents, pending: Vec::new(), operations_left };
        Self(Arc::new(Mutex::new(state)))
    }

    /// What is found when the power is back.
    fn after_failure(&self, random: &mut StdRng) -> Vec<u8> {
        let state = self.0.lock().unwrap();
        let mut contents = state.synced.clone();
        contents.resize(state.seen.len().max(contents.len()), 0);
        for (offset, bytes) in state.pending.iter().filter(|_| random.random_bool(0.5)) {
            if let Some(place) = contents.get_mut(*offset..offset + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
        contents
    }

    fn operate<T>(&self, operation: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.0.lock().unwrap();
        state.operations_left = state.operations_left.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(operation(&mut state))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.copy_from_slice(&self.0.lock().unwrap().seen[offset as usize..][..out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.operate(|state| state.seen.resize(len as usize, 0))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.operate(|state| {
            state.synced.clone_from(&state.seen);
            state.pending.clear();
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.operate(|state| {
            let offset = offset as usize;
            state.seen[offset..][..data.len()].copy_from_slice(data);
            let sectors = data.chunks(SECTOR).enumerate();
            state.pending.extend(sectors.map(|(index, part)| (offset + index * SECTOR, part.to_vec())));
        })
    }
}

async fn open(disk: &Disk) -> palisade_core::Result<Storage> {
    Storage::on(database::on(disk.clone())?, Options::default(), Clock::default())
}

/// What whoever waited was told of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Attempted,
    Finished,
}

/// Does jobs until the power fails. Returns what was told of each.
async fn work(disk: &Disk) -> Vec<Told> {
    let mut told = Vec::new();
    let Ok(storage) = open(disk).await else { return told };
    for job in 0..20 {
        let Ok(Begin::New(mut lease)) = storage
            .ledger()
            .begin(&palisade_core::Scope::default(), &job.to_string(), crate::test_support::hash(1))
            .await
        else {
            break;
        };
        if lease.attempt(&fal(), &flux(), vec![spent("day", 100_000, 100)]).await.is_err() {
            break;
        }
        told.push(Told::Attempted);
        if lease.finished(vec![job; 2000].into(), Some(palisade_core::PicoUsd(60))).await.is_err() {
            break;
        }
        told.pop();
        told.push(Told::Finished);
    }
    let _power = storage.close().await;
    told
}

#[tokio::test]
async fn what_was_told_is_there_after_the_power_failed_at_any_moment() {
    let mut random = StdRng::seed_from_u64(3);
    let empty = Disk::new(Vec::new(), u32::MAX);
    open(&empty).await.unwrap().close().await.unwrap();
    let empty = empty.0.lock().unwrap().seen.clone();
    let (mut attempted_only, mut finished) = (0, 0);
    for operations in 0..150 {
        let disk = Disk::new(empty.clone(), operations * 2);
        let told = work(&disk).await;
        for _ in 0..2 {
            let found = Disk::new(disk.after_failure(&mut random), u32::MAX);
            let storage = open(&found).await.unwrap_or_else(|error| panic!("after {operations}: {error:?}"));
            let mut least = 0;
            for (job, told) in told.iter().enumerate() {
                match (told, begin(&storage, &job.to_string()).await) {
                    (Told::Attempted, Begin::Uncertain(_) | Begin::Finished(_)) => attempted_only += 1,
                    (Told::Finished, Begin::Finished(job)) if job.result.is_some() => finished += 1,
                    (told, begin) => panic!("after {operations}: job {job} was {told:?} and is {begin:?}"),
                }
                least += 60;
            }
            let spent: u64 = storage.spent().await.unwrap().iter().map(|spent| spent.amount.0).sum();
            assert!((least..=least + 100).contains(&spent), "after {operations}: {spent} of {least}");
            // It goes on from there.
            drop(attempted(&storage, "next").await);
            storage.close().await.unwrap();
        }
    }
    assert!(attempted_only > 5 && finished > 500, "{attempted_only} attempted, {finished} finished");
}
