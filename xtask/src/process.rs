//! Running other programs: with an environment of their own, with a time limit, and with errors that name the command.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Changes to the environment that child processes see, on top of the one that this process inherited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    changes: BTreeMap<OsString, Option<OsString>>,
}

impl Environment {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.changes.insert(name.into(), Some(value.into()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.changes.insert(name.into(), None);
    }

    /// Returns what a child process would see.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        match self.changes.get(OsStr::new(name)) {
            Some(change) => change.clone(),
            None => std::env::var_os(name),
        }
    }

    /// Prepares a command; `variable` may name another program than `default`, as `CARGO` and `RUSTC` do.
    pub(crate) fn tool(&self, variable: &str, default: &str) -> Command {
        self.command(self.get(variable).unwrap_or_else(|| default.into()))
    }

    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, change) in &self.changes {
            match change {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

/// Runs a command with inherited output, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed, without the final newline.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        // Some say what is wrong on the one, some on the other.
        let said = [output.stderr, output.stdout].concat();
        bail!("`{}` failed ({}): {}", shown(command), output.status, String::from_utf8_lossy(&said).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// Runs a command whose output goes to standard error, and ends it when the time is over.
pub(crate) fn run_limited(command: &mut Command, limit: Duration) -> Result<()> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    loop {
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("`{}` failed ({status})", shown(command));
            }
            return Ok(());
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took more than {} s", shown(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Says whether a program of that name is on the search path.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn shown(command: &Command) -> String {
    let mut text = OsStr::new(command.get_program()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_sets_and_unsets() {
        let mut environment = Environment::default();
        environment.set("XTASK_TEST", "value");
        environment.unset("PATH");
        assert_eq!(environment.get("XTASK_TEST"), Some("value".into()));
        assert_eq!(environment.get("PATH"), None);
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("false").arg("of course")).unwrap_err();
        assert!(error.to_string().starts_with("`false of course` failed"), "{error}");
    }

    #[test]
    fn a_slow_command_is_ended() {
        let error = run_limited(Command::new("sleep").arg("60"), Duration::from_millis(1)).unwrap_err();
        assert!(error.to_string().contains("took more than"), "{error}");
    }
}
