//! Whoever is paid: a file with a line for each submission, which no crash of the host takes back.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::Arc,
};

use anyhow::Result;

#[derive(Clone)]
pub(crate) struct Upstream(Arc<File>);

impl Upstream {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(folder.join("upstream"))?;
        Ok(Self(Arc::new(file)))
    }

    /// Does a job, and is paid for it. Goes on when nobody waits any more.
    pub(crate) async fn submit(&self, job: u32) -> Result<()> {
        let file = self.0.clone();
        tokio::task::spawn_blocking(move || {
            (&*file).write_all(format!("{job}\n").as_bytes())?;
            file.sync_data()
        })
        .await??;
        Ok(())
    }

    /// How often each job was submitted.
    pub(crate) fn submissions(folder: &Path) -> Result<BTreeMap<u32, u32>> {
        let mut submissions = BTreeMap::new();
        for line in std::fs::read_to_string(folder.join("upstream"))?.lines() {
            *submissions.entry(line.parse()?).or_default() += 1;
        }
        Ok(submissions)
    }
}
