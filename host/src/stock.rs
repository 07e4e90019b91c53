//! The stores of a context, for who is lent them.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use palisade_core::{
    BoxFuture, Capability, ProviderId, Result,
    lending::{Answer, Operation},
    store::{Operate, Request, Response},
};

use crate::{
    call::CallSettings,
    handle::ProviderHandle,
    in_flight::Guard,
    loan::{Stock, Store},
    snapshot::Snapshot,
};

/// The providers of a context. It holds those that hold this.
pub(crate) struct Registered(pub(crate) Weak<ArcSwap<Snapshot>>);

impl Stock for Registered {
    fn find(&self, id: &ProviderId) -> Option<Arc<dyn Store>> {
        let snapshot = self.0.upgrade()?.load_full();
        let service = snapshot.entries.get(id)?.service().ok()?;
        let held = service.life.in_flight.hold().ok()?;
        Some(Arc::new(Held { handle: ProviderHandle::of(service), _held: held }))
    }
}

/// A store that gives nothing back as long as somebody has it.
struct Held {
    handle: ProviderHandle,
    _held: Guard,
}

impl Store for Held {
    fn kinds(&self) -> Vec<Capability> {
        self.handle.capabilities().iter().copied().filter(|kind| kind.is_store()).collect()
    }

    fn ask(&self, request: Request<Operation>, settings: CallSettings) -> BoxFuture<'_, Result<Answer>> {
        let Request { namespace, max_bytes, operation } = request;
        let within = Request { namespace, max_bytes, operation: () };
        Box::pin(async move {
            match operation {
                Operation::VectorStore(operation) => ask(&self.handle, within, operation, settings).await,
                Operation::KeyValueStore(operation) => ask(&self.handle, within, operation, settings).await,
                Operation::ObjectStore(operation) => ask(&self.handle, within, operation, settings).await,
                Operation::Queue(operation) => ask(&self.handle, within, operation, settings).await,
                Operation::Sql(operation) => ask(&self.handle, within, operation, settings).await,
            }
        })
    }
}

async fn ask<O: Operate<Answer: Into<Answer>>>(
    store: &ProviderHandle,
    within: Request<()>,
    operation: O,
    settings: CallSettings,
) -> Result<Answer>
where
    Request<O>: palisade_core::Operation<Response = Response<O::Answer>>,
{
    let Request { namespace, max_bytes, .. } = within;
    let done = store.call_part(Request { namespace, max_bytes, operation }, settings).await?;
    Ok(done.response.answer.into())
}
