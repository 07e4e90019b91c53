//! What a context looks for, and what it remembers of the last time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use palisade_core::{Capability, ContextName, Error, ErrorKind, ProviderId, Result};

use crate::{
    config::Config,
    discovery::{ConfigurationFile, Discovery, DiscoveryItem, DiscoveryReport, DiscoveryState, Ranked, Tried, rank},
    found::DiscoverySource,
    sources::{Look, Sources},
    usual::Usual,
};

/// How long a refresh waits at most for what is being written.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The sources of a context, and what became of what they named.
pub(crate) struct Lookout {
    pub(crate) sources: Arc<Mutex<Sources>>,
    pub(crate) remembered: tokio::sync::Mutex<Remembered>,
}

/// What is remembered of the last refresh. Whoever refreshes has it.
#[derive(Default)]
pub(crate) struct Remembered {
    pub(crate) tried: BTreeMap<ProviderId, Tried>,
    /// What was told to be left out.
    pub(crate) told: Vec<DiscoveryItem>,
    /// What alone is served, where that was said.
    pub(crate) serving: Option<Capability>,
}

impl Lookout {
    pub(crate) fn new(
        name: ContextName,
        files: Vec<ConfigurationFile>,
        discovery: (Option<Discovery>, Option<Discovery>),
        usual: Usual,
    ) -> Self {
        let sources = Sources::new(name, files, discovery, usual);
        Self { sources: Arc::new(Mutex::new(sources)), remembered: tokio::sync::Mutex::default() }
    }

    /// What is looked for now.
    pub(crate) fn settings(&self) -> Discovery {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).settings().clone()
    }
}

/// Looks until nothing is being written, or the time is over.
///
/// # Errors
///
/// `internal`.
pub(crate) async fn look(sources: &Arc<Mutex<Sources>>, patience: Duration) -> Result<Look> {
    let until = Instant::now() + patience;
    loop {
        let sources = Arc::clone(sources);
        let look = move || {
            let mut sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
            (sources.look(), sources.settings().debounce)
        };
        let failed = |error| Error::new(ErrorKind::Internal, "looking for providers has failed").with_source(error);
        let (look, debounce) = tokio::task::spawn_blocking(look).await.map_err(failed)?;
        if !look.is_unsettled || Instant::now() + debounce > until {
            return Ok(look);
        }
        tokio::time::sleep(debounce).await;
    }
}

impl Config {
    /// What its `[discovery]` finds, with what the configuration itself names. Nothing is loaded.
    ///
    /// # Errors
    ///
    /// `internal`: what cannot be read is in the report.
    pub async fn discover(&self) -> Result<DiscoveryReport> {
        let Look { candidates, problems, .. } = self.look().await?;
        let item = |Ranked { candidate, shadowed_by }: Ranked| {
            let state = match (shadowed_by, &candidate.offer) {
                (Some(by), _) => DiscoveryState::Shadowed { by },
                (None, Ok(_)) => DiscoveryState::Found,
                (None, Err(why)) => DiscoveryState::LeftOut(why.clone()),
            };
            candidate.item(state)
        };
        let found = rank(candidates).into_iter().map(item).chain(problems).collect();
        Ok(DiscoveryReport { found, unregistered: Vec::new() })
    }

    /// The same configuration, as if what its `[discovery]` finds stood in it, for a host that does not look again.
    ///
    /// # Errors
    ///
    /// `internal`: what cannot be read is left out.
    pub async fn with_discovered(mut self) -> Result<Self> {
        if !self.discovery.as_ref().is_some_and(Discovery::is_wanted) {
            return Ok(self);
        }
        let candidates = rank(self.look().await?.candidates).into_iter().filter(|it| it.shadowed_by.is_none());
        for Ranked { candidate, .. } in candidates {
            let is_written = matches!(candidate.source, DiscoverySource::Configuration { .. });
            if let (false, Ok(offer)) = (is_written, &candidate.offer) {
                self.registrations.push((candidate.id.clone(), offer.registration.clone()));
            }
        }
        self.discovery = None;
        Ok(self)
    }

    /// The same, which looks for this beside what it names.
    #[must_use]
    pub fn with_discovery(self, discovery: Discovery) -> Self {
        Self { discovery: Some(discovery), ..self }
    }

    async fn look(&self) -> Result<Look> {
        let files = self.file.iter().cloned().collect();
        let sources = Sources::new(self.name.clone(), files, (None, self.discovery.clone()), self.usual.clone());
        look(&Arc::new(Mutex::new(sources)), PATIENCE).await
    }
}
