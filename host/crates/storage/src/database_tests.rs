use std::path::PathBuf;

use palisade_core::ErrorKind;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    Begin, Options, Storage,
    test_support::{attempted, begin, spent},
};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("data/host.redb")
    }

    async fn open(&self) -> palisade_core::Result<Storage> {
        Storage::open(self.file(), Options::default()).await
    }

    /// Puts this in the place of the storage, which has to be refused and left as it is.
    async fn refuses(&self, contents: &[u8]) -> String {
        std::fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        std::fs::write(self.file(), contents).unwrap();
        let error = self.open().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(std::fs::read(self.file()).unwrap() == contents, "the file was changed");
        error.to_string()
    }
}

async fn with_jobs(folder: &Folder) -> Vec<u8> {
    let storage = folder.open().await.unwrap();
    for job in 0..50 {
        attempted(&storage, &job.to_string()).await.finished(vec![7; 3000].into(), None).await.unwrap();
    }
    storage.close().await.unwrap();
    std::fs::read(folder.file()).unwrap()
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let folder = Folder::new();
    let storage = folder.open().await.unwrap();
    attempted(&storage, "finished").await.finished("picture".into(), None).await.unwrap();
    let running = attempted(&storage, "running").await;
    storage.reserve(&[spent("day", 100_000, 5)]).await.unwrap();
    storage.close().await.unwrap();
    // This process is as good as gone: what it still holds writes no more.
    drop(running);

    let storage = folder.open().await.unwrap();
    let Begin::Finished(finished) = begin(&storage, "finished").await else { panic!() };
    assert_eq!(finished.into_result().unwrap(), "picture");
    assert!(matches!(begin(&storage, "running").await, Begin::Uncertain(_)));
    assert_eq!(storage.spent().await.unwrap(), [spent("day", 100_000, 5)]);
}

#[tokio::test]
async fn a_file_is_open_once() {
    let folder = Folder::new();
    let first = folder.open().await.unwrap();
    let error = folder.open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("another host has it open; end that one"), "{error}");
    first.close().await.unwrap();
    folder.open().await.unwrap();
}

#[tokio::test]
async fn two_that_make_the_file_at_one_time_do_not_both_have_it() {
    let folder = Folder::new();
    let opened = tokio::join!(folder.open(), folder.open(), folder.open());
    let opened = [opened.0, opened.1, opened.2];
    assert_eq!(opened.iter().filter(|storage| storage.is_ok()).count(), 1, "{opened:?}");
    let names: Vec<_> = std::fs::read_dir(folder.file().parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[tokio::test]
async fn what_is_no_storage_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    for foreign in [&b""[..], b"a", b"dear diary", &[0; 5000]] {
        let message = folder.refuses(foreign).await;
        assert!(message.contains("it is damaged, or no storage; move it away"), "{message}");
    }
    let other = folder.0.path().join("other.redb");
    let database = redb::Database::create(&other).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("theirs")).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    std::fs::rename(other, folder.file()).unwrap();
    let error = folder.open().await.unwrap_err();
    assert!(error.message().contains("it is a database of another program or version"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_whole_and_never_half_known() {
    let folder = Folder::new();
    let whole = with_jobs(&folder).await;
    let mut random = StdRng::seed_from_u64(7);
    let mut refused = 0;
    for _ in 0..60 {
        let mut damaged = whole.clone();
        let place = random.random_range(0..damaged.len());
        damaged[place] ^= 1 << random.random_range(0..8);
        std::fs::write(folder.file(), &damaged).unwrap();
        let Ok(storage) = folder.open().await else {
            refused += 1;
            continue;
        };
        for job in 0..50 {
            let begin = begin(&storage, &job.to_string()).await;
            assert!(matches!(&begin, Begin::Finished(job) if job.result.is_some()), "byte {place}: {begin:?}");
        }
        storage.close().await.unwrap();
    }
    assert!(refused > 5, "{refused} of 60 were refused");
    folder.refuses(&whole[..whole.len() / 2]).await;
}
