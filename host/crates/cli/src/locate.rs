//! Which providers there are when nobody says.

use std::path::{Path, PathBuf};

use clap::Args;
use palisade::{Capability, Config, ContextName, Discovery, Error, ErrorKind, Host, InvalidId, ProviderId, Result};

use crate::progress;

const FILE: &str = "palisade.toml";

/// What is meant: a configuration, and one of its contexts.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The configuration; else `palisade.toml` here, else what the environment names, else the example providers that were built.
    #[arg(long, global = true, value_name = "FILE", env = "PALISADE_CONFIG")]
    config: Option<PathBuf>,
    /// The context of it whose providers are meant; else the default one.
    #[arg(long, global = true, value_name = "NAME", env = "PALISADE_CONTEXT")]
    context: Option<ContextName>,
}

impl Place {
    /// Opens the host: with the given configuration, else with `palisade.toml` in this folder, else with the example
    /// providers that were built beside this program. For one capability only those who serve it are loaded: compiling all
    /// takes seconds.
    pub(crate) async fn open(&self, serving: Option<Capability>) -> Result<Host> {
        let config = self.read().await?;
        let (spinner, observer) = progress::loading();
        let mut host = Host::builder().config(config).on_load(observer);
        if let Some(capability) = serving {
            host = host.serving(capability);
        }
        let host = host.build().await;
        spinner.finish_and_clear();
        host
    }

    /// The same in another file, where one is named.
    pub(crate) fn with_file(&self, file: Option<PathBuf>) -> Self {
        Self { config: file.or_else(|| self.config.clone()), ..self.clone() }
    }

    /// Opens the host of a pipeline, in the context that it names, where the command line names no other; else in the one that is called as it
    /// is, where there is one.
    pub(crate) async fn open_for(&self, named: Option<&str>, own: &str) -> Result<Host> {
        let config = self.read_all().await?;
        let called_so = config.contexts().find(|known| known.as_str() == own).cloned();
        let named = named.map(str::parse).transpose();
        let named = named.map_err(|error: InvalidId| Error::new(ErrorKind::InvalidId, error.to_string()))?;
        let context = self.context.clone().or(named).or(called_so).unwrap_or_default();
        let (spinner, observer) = progress::loading();
        let config = config.of_context(&context)?.with_discovered().await?;
        let host = Host::builder().config(config).on_load(observer).build().await;
        spinner.finish_and_clear();
        host
    }

    /// What is meant of the configuration, with the providers that it finds as if they stood in it: a command ends before anything
    /// changes.
    pub(crate) async fn read(&self) -> Result<Config> {
        self.read_as_written().await?.with_discovered().await
    }

    /// The same as it is written.
    pub(crate) async fn read_as_written(&self) -> Result<Config> {
        self.narrow(self.read_all().await?)
    }

    /// Opens the host of a configuration that looks for its providers itself.
    pub(crate) async fn open_as_written(&self, config: Config) -> Result<Host> {
        let (spinner, observer) = progress::loading();
        let host = Host::builder().config(config).on_load(observer).build().await;
        spinner.finish_and_clear();
        host
    }

    async fn read_all(&self) -> Result<Config> {
        match self.path() {
            Some(path) => Config::read(&path).await,
            None if names_providers() => Ok(Config::default().with_discovery(Discovery::default().environment())),
            None => Err(nothing_found()),
        }
    }

    /// The same, or nothing said where there is no configuration.
    pub(crate) async fn read_if_there(&self) -> Result<Config> {
        match self.path() {
            Some(path) => self.narrow(Config::read(&path).await?),
            None => Ok(Config::default()),
        }
    }

    fn narrow(&self, config: Config) -> Result<Config> {
        config.of_context(&self.context())
    }

    /// The context that is meant.
    pub(crate) fn context(&self) -> ContextName {
        self.context.clone().unwrap_or_default()
    }

    /// What a command takes that is about the same context.
    pub(crate) fn option(&self) -> String {
        self.context.as_ref().map(|context| format!(" --context {context}")).unwrap_or_default()
    }

    /// Where the configuration is.
    pub(crate) fn require_path(&self) -> Result<PathBuf> {
        self.path().ok_or_else(nothing_found)
    }

    fn path(&self) -> Option<PathBuf> {
        let here = || Some(PathBuf::from(FILE)).filter(|path| path.is_file());
        let built = || examples().into_iter().find(|path| path.is_file()).filter(|_| !names_providers());
        self.config.clone().or_else(here).or_else(built)
    }

    /// A provider that is meant, and what is said beside it.
    pub(crate) async fn provider(&self, id: &str) -> Result<(ProviderId, Config)> {
        let config = self.read().await?;
        let Some(id) = config.ids().find(|known| known.as_str() == id).cloned() else {
            let known: Vec<_> = config.ids().map(ProviderId::as_str).collect();
            let message =
                format!("no provider is called `{}`; known: {}", palisade::text::escape(id, 80), known.join(", "));
            return Err(Error::new(ErrorKind::UnknownProvider, message));
        };
        Ok((id, config))
    }
}

/// Whether the environment names providers, which is enough.
fn names_providers() -> bool {
    Discovery::default().environment().names_any()
}

fn examples() -> Vec<PathBuf> {
    let built = Path::new("providers").join(FILE);
    // The program is in target/debug/, its providers in target/providers/.
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.parent()?.join(&built)));
    [beside, Some(Path::new("target").join(&built))].into_iter().flatten().collect()
}

fn nothing_found() -> Error {
    Error::new(
        ErrorKind::Config,
        format!(
            "there is no `{FILE}` here, and no example providers were built: write one, name a component \
             in `PALISADE_PROVIDER_<NAME>`, or run `cargo xtask guests`"
        ),
    )
}
