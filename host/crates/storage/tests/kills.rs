//! A paid job is submitted once, though its host is killed again and again.

mod paid_jobs;

use std::process::Command;

use paid_jobs::Start;

/// This program again, as a child.
fn child() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", "no_job_is_submitted_twice_by_a_host_that_is_killed", "--nocapture"]);
    Ok(command)
}

#[test]
fn no_job_is_submitted_twice_by_a_host_that_is_killed() {
    if paid_jobs::was_child().unwrap() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = Start { jobs: 600, seed: 1, lines: 160, child }.run(folder.path()).unwrap();
    println!("{report}");
    assert_eq!(report.doubles, 0, "{report}");
    assert!(report.kills >= 5, "{report}");
    assert!(report.finished > 100 && report.replays > 0 && report.uncertain > 0, "{report}");
}
