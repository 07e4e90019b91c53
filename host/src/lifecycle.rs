//! Providers that come, go, are replaced, stopped and started again, while calls run.

use std::time::SystemTime;

use futures_util::{StreamExt as _, future::join_all, stream};
use palisade_core::{Capability, ProviderId, Result};

use crate::{
    context::Context,
    entry::Entry,
    event_bus::Events,
    events::HostEvent,
    host::Host,
    in_flight::ShutdownReport,
    loading::at_one_time,
    permissions::Permissions,
    progress::Discovered,
    registration::{Registration, parse_id},
    service::Service,
    snapshot::unknown,
    standing::Standing,
};

/// Which providers are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All that are loaded.
    All,
    /// The one of this id.
    Provider(ProviderId),
    /// All that serve this capability.
    Serving(Capability),
}

impl From<ProviderId> for Selection {
    fn from(id: ProviderId) -> Self {
        Self::Provider(id)
    }
}

impl From<Capability> for Selection {
    fn from(capability: Capability) -> Self {
        Self::Serving(capability)
    }
}

/// What became of each.
type Each<T> = Vec<(ProviderId, Result<T>)>;

impl Context {
    /// Loads a provider and registers it under this id. While it is loaded it is listed as `discovered`, `verified` or `validated`,
    /// and the id is taken.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `already-exists`; `io` and any kind of the class `Component` when it is refused; `shutdown`.
    pub async fn register(&self, id: impl AsRef<str>, registration: impl Into<Registration>) -> Result<()> {
        let (id, registration) = (parse_id(id.as_ref())?, registration.into().of_application());
        let guard = self.loading.in_flight().begin()?;
        let add = async {
            self.ready().await?;
            let discovered = Discovered::new(id, &self.loading.events);
            let _underway = discovered.underway();
            let reserved = self.router.supervisor.reserve(Entry::loading(&discovered, &registration)).await?;
            match self.load(discovered, registration).await {
                Ok(entry) => reserved.settle(entry).await,
                Err(error) => {
                    reserved.give_up().await;
                    Err(error)
                }
            }
        };
        guard.unless_closed(add).await
    }

    /// Registers many providers, several at a time. Each has its own result, in their order: one that is refused keeps no other
    /// from serving.
    pub async fn register_many<I, R>(
        &self,
        registrations: impl IntoIterator<Item = (I, R)>,
    ) -> Vec<(String, Result<()>)>
    where
        I: AsRef<str>,
        R: Into<Registration>,
    {
        let register = async |(id, registration): (I, R)| {
            let result = self.register(&id, registration).await;
            (id.as_ref().to_owned(), result)
        };
        let registrations: Vec<_> = registrations.into_iter().map(register).collect();
        stream::iter(registrations).buffered(at_one_time()).collect().await
    }

    /// Loads a provider and puts it in the place of the one that has this id, if there is one. Requests go to the new one from
    /// then on; calls under way, and handles that somebody holds, end on the old one. When the new one is a component that
    /// crashes too often, the old one is put back.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register), and the old one goes on to serve then.
    pub async fn replace(&self, id: impl AsRef<str>, registration: impl Into<Registration>) -> Result<()> {
        let id = parse_id(id.as_ref())?;
        let guard = self.loading.in_flight().begin()?;
        let replace = async {
            self.ready().await?;
            let discovered = Discovered::new(id, &self.loading.events);
            let _underway = discovered.underway();
            discovered.progress().begin();
            let entry = self.load(discovered, registration.into().of_application()).await?;
            self.router.supervisor.replace(entry).await
        };
        guard.unless_closed(replace).await
    }

    /// Takes a provider out. Calls under way, and handles that somebody holds, end as they would have; once the last call has ended
    /// it gives back what it holds, and is among the [`retired`](Self::retired).
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`.
    pub async fn unregister(&self, id: impl AsRef<str>) -> Result<()> {
        self.router.supervisor.remove(parse_id(id.as_ref())?).await
    }

    /// Takes every provider out, as [`unregister`](Self::unregister) does with one. What was spent, and what is known of jobs and
    /// idempotency keys, stays.
    ///
    /// # Errors
    ///
    /// `shutdown`.
    pub async fn clear(&self) -> Result<()> {
        self.router.supervisor.clear().await
    }

    /// Makes providers ready now, rather than at their first call.
    pub async fn initialize(&self, which: impl Into<Selection>) -> Each<()> {
        self.each(which.into(), async |service| service.initialize().await).await
    }

    /// Has providers serve again that were stopped, are staging, or are quarantined; they are made ready first.
    pub async fn start(&self, which: impl Into<Selection>) -> Each<()> {
        self.each(which.into(), async |service| self.start_one(service).await).await
    }

    /// Sends nobody to these providers any more, waits for their calls for at most [`Host::DRAIN`](crate::Host::DRAIN), aborts the rest, and has each give
    /// back what it holds. They stay registered.
    pub async fn stop(&self, which: impl Into<Selection>) -> Each<ShutdownReport> {
        self.each(which.into(), async |service| self.stop_one(service).await).await
    }

    /// Stops providers, and starts them again.
    pub async fn restart(&self, which: impl Into<Selection>) -> Each<()> {
        let restart = async |service: &Service| {
            self.stop_one(service).await?;
            self.start_one(service).await
        };
        self.each(which.into(), restart).await
    }

    /// Has providers give back what they hold once no call of theirs is under way. The next call makes them ready again.
    pub async fn dispose(&self, which: impl Into<Selection>) -> Each<()> {
        self.each(which.into(), async |service| service.dispose().await).await
    }

    /// Sends nobody to a provider any more, nor lets anybody call it, until it is [released](Self::release). Calls under way
    /// go on.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`; its own error when it was refused.
    pub async fn quarantine(&self, id: impl AsRef<str>, reason: impl Into<String>) -> Result<()> {
        let standing = Standing::Quarantined { reason: reason.into(), since: SystemTime::now() };
        self.router.supervisor.stand(parse_id(id.as_ref())?, standing).await
    }

    /// Has a provider serve again that was quarantined.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`; its own error when it was refused.
    pub async fn release(&self, id: impl AsRef<str>) -> Result<()> {
        self.router.supervisor.stand(parse_id(id.as_ref())?, Standing::Live).await
    }

    /// Lets a provider have what it asks for now, as far as it is granted, and notes that for whoever loads it later. Gives what it
    /// asks for more than was approved before; nothing where this host has no [decisions](crate::HostBuilder::decisions): all is
    /// in force then.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`; its own error when it was refused; `io` and `config` as
    /// [`Decisions::approve`](crate::Decisions::approve).
    pub async fn approve(&self, id: impl AsRef<str>) -> Result<Permissions> {
        let id = parse_id(id.as_ref())?;
        let snapshot = self.snapshot();
        let service = snapshot.entries.get(&id).ok_or_else(|| unknown(&id, &snapshot.entries))?.service()?;
        let Some(reach) = &service.reach else { return Ok(Permissions::default()) };
        let more = self.loading.approve(&id, reach.asked().clone()).await?;
        service.approve(reach.asked());
        Ok(more)
    }

    /// What happens in this context from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.loading.events.subscribe()
    }

    /// Loads one. What is wrong with it is told, too.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub(crate) async fn load(&self, discovered: Discovered, registration: Registration) -> Result<Entry> {
        let id = discovered.id().clone();
        let loaded = Entry::load(discovered, registration, &self.loading).await;
        loaded.inspect_err(|error| {
            let (code, message) = (error.kind(), error.message().to_owned());
            self.loading.events.emit(|| HostEvent::ProviderError { provider: id, code, message });
        })
    }

    async fn start_one(&self, service: &Service) -> Result<()> {
        service.life.reopen();
        // Whoever starts it has mended what it was disabled for.
        for endpoint in &service.endpoints {
            if let Some(change) = endpoint.live.enable() {
                service.watch.events.emit_change(endpoint, change);
            }
        }
        service.initialize().await?;
        self.router.supervisor.stand(service.id.clone(), Standing::Live).await
    }

    async fn stop_one(&self, service: &Service) -> Result<ShutdownReport> {
        let stand = async |standing| self.router.supervisor.stand(service.id.clone(), standing).await;
        stand(Standing::Draining).await?;
        let report = service.life.drain(Host::DRAIN).await;
        let disposed = service.dispose().await;
        stand(Standing::Stopped).await?;
        disposed.map(|()| report)
    }

    /// Does the same with all that are meant, at one time.
    async fn each<T>(&self, which: Selection, work: impl AsyncFn(&Service) -> Result<T>) -> Each<T> {
        let snapshot = self.snapshot();
        let services: Vec<_> = match which {
            Selection::All => snapshot.entries.values().filter_map(|entry| entry.service().ok()).collect(),
            Selection::Serving(capability) => {
                let services = snapshot.entries.values().filter_map(|entry| entry.service().ok());
                services.filter(|service| service.provider.capabilities().contains(&capability)).collect()
            }
            Selection::Provider(id) => {
                let entry = snapshot.entries.get(&id).ok_or_else(|| unknown(&id, &snapshot.entries));
                match entry.and_then(|entry| entry.service()) {
                    Ok(service) => vec![service],
                    Err(error) => return vec![(id, Err(error))],
                }
            }
        };
        let work = &work;
        join_all(services.into_iter().map(|service| async move {
            let result = work(service).await;
            (service.id.clone(), result.map_err(|error| service.own(error)))
        }))
        .await
    }
}
