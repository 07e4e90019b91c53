//! `palisade secrets`: which secrets the configuration names, and those in the keyring of the system.
//!
//! ```text
//! palisade.toml ─► the `secret` of each `allow` ─► is it there? ─► a table
//! terminal, or stdin ─► SecretString ─► the keyring
//! ```
//!
//! No secret is printed, and none is an argument, where others see it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use clap::Subcommand;
use palisade::{Error, ErrorKind, Keyring};
use secrecy::SecretString;
use serde::Serialize;

use crate::{format, locate::Place};

/// Most bytes of a secret that is read from a pipe.
const MAX_BYTES: u64 = 64 << 10;

/// What to do with a secret of the keyring.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Keeps a secret in the keyring of this system: asks for it, or reads the first line of stdin.
    Set {
        /// What `keyring:NAME` in the configuration calls it.
        name: String,
    },
    /// Removes a secret from the keyring of this system.
    Remove {
        /// What `keyring:NAME` in the configuration calls it.
        name: String,
    },
}

/// A secret that the configuration names.
#[derive(Serialize)]
struct Named {
    provider: String,
    /// Where it is lent.
    url: String,
    secret: String,
    is_set: bool,
    /// Why it cannot be read.
    error: Option<String>,
}

pub(crate) async fn run(place: &Place, command: Option<SecretsCommand>, json: bool) -> anyhow::Result<()> {
    match command {
        None => list(place, json).await,
        Some(SecretsCommand::Set { name }) => {
            let secret = ask(&name)?;
            Keyring::set(&name, secret).await?;
            let told = format!("kept: write `secret = \"keyring:{}\"`", palisade::text::escape(&name, 200));
            Ok(format::print(told)?)
        }
        Some(SecretsCommand::Remove { name }) => {
            let was_there = Keyring::remove(&name).await?;
            let name = palisade::text::escape(&name, 200);
            let told = if was_there { "is removed" } else { "was not there" };
            Ok(format::print(format!("{name} {told}"))?)
        }
    }
}

async fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let config = place.read().await?;
    let mut named = Vec::new();
    for id in config.ids() {
        let allows = config.registration(id).into_iter().flat_map(|registration| registration.allows());
        for allow in allows {
            let Some(lend) = &allow.credential else { continue };
            let found = lend.secret.is_set().await;
            named.push(Named {
                provider: id.to_string(),
                url: allow.url.clone(),
                secret: lend.secret.to_string(),
                is_set: matches!(found, Ok(true)),
                error: found.err().map(|error| error.message().to_owned()),
            });
        }
    }
    if json {
        return format::print_json(&named);
    }
    let mut table = format::table(&["provider", "lent at", "secret", "is set"]);
    for Named { provider, url, secret, is_set, error } in &named {
        let found = match error {
            Some(error) => palisade::text::escape(error, 300).to_string(),
            None => if *is_set { "yes" } else { "no" }.to_owned(),
        };
        let shown = |text: &str| palisade::text::escape(text, 300).to_string();
        table.add_row([provider.clone(), shown(url), shown(secret), found]);
    }
    Ok(format::print(table)?)
}

/// Asks at the terminal, without showing what is typed; from a pipe, takes its first line.
fn ask(name: &str) -> anyhow::Result<SecretString> {
    let unreadable =
        |error: io::Error| Error::new(ErrorKind::Io, "the secret cannot be read from stdin").with_source(error);
    if io::stdin().is_terminal() {
        let name = palisade::text::escape(name, 200);
        return Ok(rpassword::prompt_password(format!("secret `{name}`: "))
            .map(SecretString::from)
            .map_err(unreadable)?);
    }
    let mut line = zeroize::Zeroizing::new(String::new());
    io::stdin().lock().take(MAX_BYTES + 1).read_line(&mut line).map_err(unreadable)?;
    if line.len() as u64 > MAX_BYTES {
        return Err(Error::new(ErrorKind::InvalidInput, format!("a secret has at most {MAX_BYTES} bytes")).into());
    }
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}
