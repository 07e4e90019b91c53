//! Registers who was found, replaces what has changed, and takes out who is not found any more.
//!
//! ```text
//! Sources::look ─► rank ─► plan ─► register | replace | unregister, several at a time ─► DiscoveryReport
//!      ▲ waits until what is being written is complete
//! ```
//!
//! One refresh of a context runs at a time. A provider that cannot be loaded keeps no other from serving.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use palisade_core::{Error, ErrorKind, ProviderId, Result};

use crate::{
    context::Context,
    discovery::{
        Candidate, DiscoveryItem, DiscoveryReport, DiscoveryState, LeftOut, Present, Ranked, Step, Tried, plan, rank,
    },
    entry::Entry,
    events::HostEvent,
    loading::at_one_time,
    lookout::{PATIENCE, Remembered, look},
    progress::Discovered,
    registration::Registration,
    sources::Look,
};

/// What came of a refresh.
pub(crate) struct Refreshed {
    pub(crate) report: DiscoveryReport,
    /// Whether something is being written, and was left out for now.
    pub(crate) is_unsettled: bool,
    /// The folders in which changes make another one worth while.
    pub(crate) places: BTreeSet<PathBuf>,
}

impl Context {
    /// Looks again for providers where this context is told to by a [`Discovery`](crate::Discovery) and by its configuration file:
    /// registers who is new, [replaces](Context::replace) what has changed, and takes out who is not found any more. What has not changed is
    /// left as it is, and not read again; so is whom the application has registered, and whom it has taken out.
    ///
    /// What fails is in the report, and keeps nothing else from being done. Where a file is being written, it is waited for, a few seconds
    /// at most.
    ///
    /// # Errors
    ///
    /// `io` when what the context keeps cannot be read; `shutdown`.
    pub async fn refresh(&self) -> Result<DiscoveryReport> {
        Ok(self.refresh_for(PATIENCE).await?.report)
    }

    /// Looks again, and waits at most so long for what is being written.
    pub(crate) async fn refresh_for(&self, patience: Duration) -> Result<Refreshed> {
        let guard = self.loading.in_flight().begin()?;
        let refresh = async {
            self.ready().await?;
            // One after the other.
            let mut remembered = self.lookout.remembered.lock().await;
            let look = look(&self.lookout.sources, patience).await?;
            let (is_unsettled, places) = (look.is_unsettled, look.places.clone());
            let report = self.take_up(look, &mut remembered).await?;
            self.tell(&report, &mut remembered.told);
            Ok(Refreshed { report, is_unsettled, places })
        };
        guard.unless_closed(refresh).await
    }

    async fn take_up(&self, look: Look, Remembered { tried, serving, .. }: &mut Remembered) -> Result<DiscoveryReport> {
        let Look { candidates, problems, .. } = look;
        let ranked = rank(candidates);
        let is_meant = |candidate: &Candidate| match (&*serving, &candidate.capabilities) {
            (Some(capability), Some(exported)) => exported.contains(capability),
            _ => true,
        };
        let winners = ranked.iter().filter(|it| it.shadowed_by.is_none()).map(|it| &it.candidate);
        let winners: Vec<_> = winners.filter(|winner| is_meant(winner)).cloned().collect();
        let plan = plan(&winners, &self.present(), tried);
        let mut unregistered = Vec::new();
        for id in plan.gone {
            tried.remove(&id);
            match self.router.supervisor.remove(id.clone()).await {
                Ok(()) => unregistered.push(id),
                Err(error) if error.kind() == ErrorKind::Shutdown => return Err(error),
                // The application has been faster.
                Err(_) => {}
            }
        }
        let steps = plan.steps.into_iter().map(async |(candidate, step)| {
            let state = self.carry_out(&candidate, &step).await?;
            Ok::<_, Error>((candidate, step, state))
        });
        let mut steps = stream::iter(steps.collect::<Vec<_>>()).buffered(at_one_time());
        let mut states = BTreeMap::new();
        while let Some(done) = steps.next().await {
            let (candidate, step, state) = done?;
            if let (Ok(offer), Step::Register | Step::Replace { .. }) = (&candidate.offer, step) {
                tried.remove(&candidate.id);
                if is_final(&state) {
                    let (version, state) = (offer.version, state.clone());
                    tried.insert(candidate.id.clone(), Tried { version, state });
                }
            }
            states.insert(candidate.id.clone(), state);
        }
        let item = |Ranked { candidate, shadowed_by }: &Ranked| {
            let state = match shadowed_by {
                Some(by) => DiscoveryState::Shadowed { by: by.clone() },
                None => states.get(&candidate.id)?.clone(),
            };
            Some(candidate.item(state))
        };
        let found = ranked.iter().filter_map(item).chain(problems).collect();
        Ok(DiscoveryReport { found, unregistered })
    }

    /// Who is registered.
    fn present(&self) -> BTreeMap<ProviderId, Present> {
        let present = |entry: &Arc<Entry>| {
            let (found, digest) = (entry.found().cloned(), entry.digest());
            (entry.id.clone(), Present { found, digest, is_idle: !entry.is_loaded() })
        };
        self.snapshot().entries.values().map(present).collect()
    }

    /// Does what is to be done about one.
    ///
    /// # Errors
    ///
    /// `shutdown` alone: what else fails is its state.
    async fn carry_out(&self, candidate: &Candidate, step: &Step) -> Result<DiscoveryState> {
        let registration = match &candidate.offer {
            Ok(offer) => offer.registration.clone(),
            Err(why) => return Ok(DiscoveryState::LeftOut(why.clone())),
        };
        let state = match step {
            Step::Keep(state) => return Ok(state.clone()),
            Step::Register => self.add_found(&candidate.id, registration).await,
            Step::Replace { is_idle } => self.replace_found(&candidate.id, registration, *is_idle).await,
        };
        state.or_else(|error| match error.kind() {
            ErrorKind::Shutdown => Err(error),
            code => Ok(DiscoveryState::LeftOut(LeftOut::new(code, error.message()))),
        })
    }

    /// Registers one, which is listed as refused where it is.
    async fn add_found(&self, id: &ProviderId, registration: Registration) -> Result<DiscoveryState> {
        let discovered = Discovered::new(id.clone(), &self.loading.events);
        let _underway = discovered.underway();
        let loading = Entry::loading(&discovered, &registration);
        let reserved = self.router.supervisor.reserve(loading.clone()).await?;
        match self.load(discovered, registration).await {
            Ok(entry) => reserved.settle(entry).await.map(|()| DiscoveryState::Registered),
            Err(error) => {
                let state = DiscoveryState::refused(&error, false);
                reserved.settle(loading.refused(error)).await.map(|()| state)
            }
        }
    }

    /// Puts one in the place of another, which stays where this one is refused, unless it serves nobody.
    async fn replace_found(
        &self,
        id: &ProviderId,
        registration: Registration,
        is_idle: bool,
    ) -> Result<DiscoveryState> {
        let discovered = Discovered::new(id.clone(), &self.loading.events);
        let _underway = discovered.underway();
        discovered.progress().begin();
        let loading = Entry::loading(&discovered, &registration);
        match self.load(discovered, registration).await {
            Ok(entry) => self.router.supervisor.replace(entry).await.map(|()| DiscoveryState::Replaced),
            Err(error) => {
                let state = DiscoveryState::refused(&error, !is_idle);
                if is_idle {
                    self.router.supervisor.replace(loading.refused(error)).await?;
                }
                Ok(state)
            }
        }
    }

    /// Tells what has changed, and what is left out, once.
    fn tell(&self, report: &DiscoveryReport, told: &mut Vec<DiscoveryItem>) {
        let events = &self.loading.events;
        let left_out = |item: &&DiscoveryItem| matches!(item.state, DiscoveryState::LeftOut(_));
        let now: Vec<_> = report.found.iter().filter(left_out).cloned().collect();
        for item in now.iter().filter(|item| !told.contains(item)) {
            let DiscoveryState::LeftOut(LeftOut { code, message, .. }) = &item.state else { continue };
            if *code == ErrorKind::NotServing {
                // Nobody has asked for it: it is told to who asks.
                continue;
            }
            let provider = item.id.as_ref().map_or("-", ProviderId::as_str);
            tracing::warn!(context = %self.name(), source = %item.source, provider, code = code.code(), message, "left out");
            let (source, provider) = (item.source.clone(), item.id.clone());
            events.emit(|| HostEvent::DiscoveryLeftOut { source, provider, code: *code, message: message.clone() });
        }
        *told = now;
        let registered = report.ids(|state| *state == DiscoveryState::Registered);
        let replaced = report.ids(|state| *state == DiscoveryState::Replaced);
        let unregistered = report.unregistered.clone();
        if !(registered.is_empty() && replaced.is_empty() && unregistered.is_empty()) {
            events.emit(|| HostEvent::DiscoveryRefreshed { registered, replaced, unregistered });
        }
    }
}

/// Whether it would be the same if it were tried again.
fn is_final(state: &DiscoveryState) -> bool {
    match state {
        DiscoveryState::Refused { code, .. } => !code.is_retryable() && *code != ErrorKind::Io,
        // Somebody did not want it.
        DiscoveryState::LeftOut(why) => why.code == ErrorKind::Cancelled,
        _ => true,
    }
}
