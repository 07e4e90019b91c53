//! What a provider is lent of the stores of its context.
//!
//! ```text
//! StoreLoan (as the operator says it) ─► Loans (of a provider) ─► Lent (of a call: its scope, its time, the stores that there are)
//!                                                                   └─► Store::ask, a call of it as of anybody else
//! ```

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_core::{
    BoxFuture, Capability, ContextName, Error, ErrorKind, Namespace, ProviderId, Result, Scope, StoreName,
    lending::{Answer, Lender, LentStore, Operation, Refusal, Stores},
    store::Request,
    text::{MAX_SENTENCE, escape},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::call::CallSettings;

/// Most characters of a name that nobody lent anything by.
const MAX_NAME: usize = 64;
/// How many bytes of a hash tell places apart.
const HASH_BYTES: usize = 16;

/// A store that is lent to a provider.
///
/// By default a provider has a place of its own there, and for each scope of its callers another: nobody else sees what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreLoan {
    /// Which store of its context.
    pub provider: ProviderId,
    /// Where in it, with whoever else has the same, whatever the scope; none is a place of its own.
    pub namespace: Option<Namespace>,
    /// Whether nothing can be changed there. Off by default.
    pub read_only: bool,
}

impl StoreLoan {
    /// A place of its own in this store.
    #[must_use]
    pub fn new(provider: ProviderId) -> Self {
        Self { provider, namespace: None, read_only: false }
    }

    /// This place, which others may have too.
    #[must_use]
    pub fn within(mut self, namespace: Namespace) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// To be read only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

/// The stores of a context.
pub(crate) trait Stock: Send + Sync {
    /// The store that has this name now; none where nobody has it.
    fn find(&self, id: &ProviderId) -> Option<Arc<dyn Store>>;
}

/// A store of a context, which stays callable when it is taken out.
pub(crate) trait Store: Send + Sync {
    /// Which kinds of store it is; none of what is no store.
    fn kinds(&self) -> Vec<Capability>;

    /// Asks it as a part of a call that is under way.
    fn ask(&self, request: Request<Operation>, settings: CallSettings) -> BoxFuture<'_, Result<Answer>>;
}

/// All that a provider is lent.
#[derive(Clone)]
pub(crate) struct Loans {
    context: ContextName,
    provider: ProviderId,
    loans: Arc<BTreeMap<StoreName, StoreLoan>>,
    stock: Arc<dyn Stock>,
}

impl Loans {
    pub(crate) fn new(
        context: &ContextName,
        provider: &ProviderId,
        loans: BTreeMap<StoreName, StoreLoan>,
        stock: Arc<dyn Stock>,
    ) -> Self {
        Self { context: context.clone(), provider: provider.clone(), loans: Arc::new(loans), stock }
    }

    /// What there is to say of them.
    pub(crate) fn status(&self) -> BTreeMap<StoreName, StoreLoan> {
        (*self.loans).clone()
    }

    /// The stores of a call in a scope that may take so long. They are those that there are now: who takes one out lets the
    /// calls end that have it.
    pub(crate) fn stores(&self, scope: &Scope, timeout: Duration) -> Stores {
        if self.loans.is_empty() {
            return Stores::default();
        }
        let stores = self.loans.iter().map(|(name, loan)| (name.clone(), self.stock.find(&loan.provider))).collect();
        Stores::new(Lent {
            loans: self.clone(),
            stores,
            scope: scope.clone(),
            deadline: Instant::now().checked_add(timeout),
        })
    }

    /// Where in its store a provider keeps what it keeps by this name in a scope.
    fn namespace(&self, name: &StoreName, loan: &StoreLoan, scope: &Scope) -> String {
        if let Some(namespace) = &loan.namespace {
            return namespace.as_str().to_owned();
        }
        // As JSON, the end of each part is known.
        let owner = serde_json::json!([self.context, self.provider, name, scope]).to_string();
        let hash = Sha256::digest(owner.as_bytes());
        format!("own-{}", hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

/// What a call is lent.
struct Lent {
    loans: Loans,
    /// By name; none where there is no such store.
    stores: BTreeMap<StoreName, Option<Arc<dyn Store>>>,
    scope: Scope,
    deadline: Option<Instant>,
}

impl Lender for Lent {
    fn lent(&self) -> Vec<LentStore> {
        let lent = |(name, loan): (&StoreName, &StoreLoan)| {
            let kind = *self.stores.get(name)?.as_ref()?.kinds().first()?;
            Some(LentStore { name: name.to_string(), kind, read_only: loan.read_only })
        };
        self.loans.loans.iter().filter_map(lent).collect()
    }

    fn ask(&self, store: String, operation: Operation, max_bytes: u64) -> BoxFuture<'_, Result<Answer, Refusal>> {
        Box::pin(async move {
            let (store, namespace) = self.find(&store, &operation)?;
            let request = Request::new(operation).within(&namespace).telling_at_most(max_bytes);
            let asked = store.ask(request, self.settings()).await;
            asked.map_err(|error| refusal(&error, &namespace))
        })
    }
}

impl Lent {
    /// The store that is meant, and where in it, where this may be done there.
    fn find(&self, store: &str, operation: &Operation) -> Result<(&dyn Store, String), Refusal> {
        let denied = |what: String| Err(Refusal::Denied(what));
        let Some((name, loan)) = self.loans.loans.get_key_value(store) else {
            return denied(format!("the store `{}` is not lent to this provider", escape(store, MAX_NAME)));
        };
        let Some(found) = self.stores.get(name).and_then(Option::as_deref) else {
            let (provider, wanted) = (&self.loans.provider, &loan.provider);
            tracing::warn!(%provider, store = %wanted, "a provider was lent a store that is not there");
            return Err(Refusal::Unavailable(format!("the store `{name}` is not there now")));
        };
        let kinds = found.kinds();
        match kinds.first() {
            Some(_) if kinds.contains(&operation.kind()) => {}
            Some(kind) => return denied(format!("`{name}` is a {kind}, and this is asked of a {}", operation.kind())),
            None => return denied(format!("what is lent as `{name}` is no store")),
        }
        if !operation.is_lent() {
            return denied(format!("`{}` is for who looks after the store `{name}`", operation.name()));
        }
        if loan.read_only && operation.changes() {
            return denied(format!("the store `{name}` is lent to be read, and `{}` changes it", operation.name()));
        }
        Ok((found, self.loans.namespace(name, loan, &self.scope)))
    }

    fn settings(&self) -> CallSettings {
        let timeout = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        CallSettings { timeout, scope: self.scope.clone(), ..CallSettings::default() }
    }
}

/// What a guest may know: what is wrong with what it asks, and of the host no more than that it failed.
fn refusal(error: &Error, namespace: &str) -> Refusal {
    // Where it is kept is nothing to a guest.
    let message = || escape(&error.message().replace(&format!(" `{namespace}`"), ""), MAX_SENTENCE);
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Unsupported => Refusal::Invalid(message()),
        ErrorKind::Internal => Refusal::Io(format!("the host failed: {}", ErrorKind::Internal.code())),
        ErrorKind::LimitExceeded => Refusal::TooLarge(message()),
        kind if kind.is_retryable() => Refusal::Unavailable(format!("the store cannot do it now: {}", kind.code())),
        kind => Refusal::Io(format!("the host failed: {}", kind.code())),
    }
}
