//! Which providers there are when nobody says.

use std::path::{Path, PathBuf};

use palisade::{Capability, Config, Error, ErrorKind, Host, ProviderId, Result};

use crate::progress;

const FILE: &str = "palisade.toml";

/// Opens the host: with the given configuration, else with `palisade.toml` in this folder, else with the example
/// providers that were built beside this program. For one capability only those who serve it are loaded: compiling all
/// takes seconds.
pub(crate) async fn open(config: Option<&Path>, serving: Option<Capability>) -> Result<Host> {
    let path = require_config(config)?;
    let (spinner, observer) = progress::loading();
    let mut host = Host::builder().config(Config::read(&path).await?).on_load(observer);
    if let Some(capability) = serving {
        host = host.serving(capability);
    }
    let host = host.build().await;
    spinner.finish_and_clear();
    host
}

/// The configuration that is meant.
pub(crate) fn require_config(given: Option<&Path>) -> Result<PathBuf> {
    config(given).ok_or_else(nothing_found)
}

/// A provider of the configuration that is meant, and that configuration.
pub(crate) async fn provider(given: Option<&Path>, id: &str) -> Result<(ProviderId, Config)> {
    let config = Config::read(&require_config(given)?).await?;
    let Some(id) = config.ids().find(|known| known.as_str() == id).cloned() else {
        let known: Vec<_> = config.ids().map(ProviderId::as_str).collect();
        let message =
            format!("no provider is called `{}`; known: {}", palisade::text::escape(id, 80), known.join(", "));
        return Err(Error::new(ErrorKind::UnknownProvider, message));
    };
    Ok((id, config))
}

/// The configuration that is meant, none when there is none.
pub(crate) fn config(given: Option<&Path>) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| candidates().into_iter().find(|path| path.is_file()))
}

fn candidates() -> Vec<PathBuf> {
    let built = Path::new("providers").join(FILE);
    // The program is in target/debug/, its providers in target/providers/.
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.parent()?.join(&built)));
    [Some(PathBuf::from(FILE)), beside, Some(Path::new("target").join(&built))].into_iter().flatten().collect()
}

fn nothing_found() -> Error {
    Error::new(
        ErrorKind::Config,
        format!(
            "there is no `{FILE}` here, and no example providers were built: write one, or run `cargo xtask guests`"
        ),
    )
}
