//! What happens in a host, for whoever watches it.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use palisade_core::{Capability, ContextName, Digest, ErrorKind, FailedAttempt, ModelId, PicoUsd, ProviderId};
use palisade_storage::JobId;
use serde::{Serialize, Serializer};

use crate::found::DiscoverySource;

/// Something that has happened. Serialises to one line of JSON: `number`, `at` (milliseconds since 1970), `event` (its name) and
/// what goes with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRecord {
    /// Counts the events of a context, from 1; none for one that tells what was missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// In which context; none in the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextName>,
    /// When it happened.
    #[serde(serialize_with = "unix_milliseconds")]
    pub at: SystemTime,
    /// What has happened.
    #[serde(flatten)]
    pub event: HostEvent,
}

/// What can happen in a host.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event")]
#[non_exhaustive]
pub enum HostEvent {
    /// A provider serves from now on.
    #[serde(rename = "provider.registered")]
    ProviderRegistered {
        /// Its id.
        provider: ProviderId,
        /// Counts those that have had this id, from 1.
        generation: u64,
        /// SHA-256 of the component; none for a native provider.
        digest: Option<Digest>,
    },
    /// A provider was taken out. Calls under way go on, until it is `retired`.
    #[serde(rename = "provider.unregistered")]
    ProviderUnregistered {
        /// Its id.
        provider: ProviderId,
    },
    /// The state of a provider is another.
    #[serde(rename = "provider.state")]
    ProviderState {
        /// Its id.
        provider: ProviderId,
        /// Which of those it is that have had this id, from 1; 0 while it has not got it, as while it is loaded.
        generation: u64,
        /// What it was; none where it is new.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'static str>,
        /// What it is: see [`State`](crate::State).
        to: &'static str,
        /// Why, where there is something to say.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A provider was refused, or could not be initialised or disposed of.
    #[serde(rename = "provider.error")]
    ProviderError {
        /// Its id.
        provider: ProviderId,
        /// The kind of error.
        code: ErrorKind,
        /// Its message.
        message: String,
    },
    /// A provider asks for more than when it was approved, and gets what it got before.
    #[serde(rename = "provider.asks-for-more")]
    ProviderAsksForMore {
        /// Its id.
        provider: ProviderId,
        /// Hosts that were granted and wait for approval.
        hosts: BTreeSet<String>,
        /// Names of credentials that were granted and wait for approval.
        credentials: BTreeSet<String>,
    },
    /// What was approved of what a provider asks for has changed.
    #[serde(rename = "provider.approved")]
    ProviderApproved {
        /// Its id.
        provider: ProviderId,
        /// Hosts that it reaches from now on.
        hosts: BTreeSet<String>,
        /// Names of credentials that it is lent from now on.
        credentials: BTreeSet<String>,
    },
    /// A health check found something else than the one before.
    #[serde(rename = "provider.health")]
    ProviderHealth {
        /// Its id.
        provider: ProviderId,
        /// Whether it is well.
        is_well: bool,
        /// What it says.
        message: Option<String>,
    },
    /// An endpoint has failed too often, or has become slow, and is left alone for a while.
    #[serde(rename = "breaker.opened")]
    BreakerOpened {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
        /// For how long.
        retry_in_ms: u64,
        /// How many times as long as usual its calls take, where that is why.
        #[serde(skip_serializing_if = "Option::is_none")]
        times_as_slow: Option<f64>,
    },
    /// An endpoint has recovered.
    #[serde(rename = "breaker.closed")]
    BreakerClosed {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
    },
    /// An endpoint has said that there are too many calls.
    #[serde(rename = "breaker.throttled")]
    BreakerThrottled {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
        /// How long it is waited for.
        retry_in_ms: u64,
    },
    /// It was decided who serves a request.
    #[serde(rename = "route.decided")]
    RouteDecided {
        /// Counts the requests of a host.
        request: u64,
        /// What is asked for.
        capability: Capability,
        /// Who is asked.
        provider: ProviderId,
        /// For which model.
        model: ModelId,
        /// The version of the registry that was chosen from.
        snapshot: u64,
        /// What decided where chance does.
        seed: u64,
    },
    /// An attempt has failed, and another is asked.
    #[serde(rename = "route.fell-back")]
    RouteFellBack {
        /// The request.
        request: u64,
        /// Who has failed.
        failed: FailedAttempt,
    },
    /// An attempt took unusually long, and another that was made beside it has served first. It is given up, which counts for half a
    /// failure.
    #[serde(rename = "route.outrun")]
    RouteOutrun {
        /// The request.
        request: u64,
        /// Who was too slow.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
        /// How long it had by then.
        after_ms: u64,
    },
    /// A request was not served.
    #[serde(rename = "route.refused")]
    RouteRefused {
        /// The request.
        request: u64,
        /// What was asked for.
        capability: Capability,
        /// The kind of error.
        code: ErrorKind,
        /// Its message.
        message: String,
    },
    /// A provider was given work that is a job.
    #[serde(rename = "job.submitted")]
    JobSubmitted {
        /// What it is known by.
        job: JobId,
        /// What was asked for.
        capability: Capability,
        /// Who does it.
        provider: ProviderId,
        /// With which model.
        model: ModelId,
    },
    /// A job has ended.
    #[serde(rename = "job.ended")]
    JobEnded {
        /// What it is known by.
        job: JobId,
        /// Who has done it.
        provider: ProviderId,
        /// The kind of error, where it has failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<ErrorKind>,
    },
    /// An endpoint has said that it does not serve until somebody mends its account or its configuration.
    #[serde(rename = "breaker.disabled")]
    BreakerDisabled {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
        /// What it said.
        code: ErrorKind,
        /// When it is tried again, unless it is started before.
        retry_in_ms: u64,
    },
    /// What a call may cost was reserved in the budgets that it falls under.
    #[serde(rename = "budget.reserved")]
    BudgetReserved {
        /// Who is asked.
        provider: ProviderId,
        /// For which model.
        model: ModelId,
        /// How much.
        amount: PicoUsd,
    },
    /// A call has ended, and what it cost was taken from the budgets.
    #[serde(rename = "budget.settled")]
    BudgetSettled {
        /// Who was asked.
        provider: ProviderId,
        /// For which model.
        model: ModelId,
        /// What was reserved.
        reserved: PicoUsd,
        /// What it cost; what was reserved, where that is not known.
        cost: PicoUsd,
    },
    /// A budget has too little left for a call, or nobody knows what the call may cost.
    #[serde(rename = "budget.exhausted")]
    BudgetExhausted {
        /// The name of the budget.
        budget: String,
        /// Who was to be asked.
        provider: ProviderId,
        /// A sentence.
        message: String,
    },
    /// What a model settles is off from what was expected by more than a tenth, over several calls. Told once, until it is no more.
    #[serde(rename = "price.drift")]
    PriceDrift {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
        /// What was expected of the latest call: by its usage and the prices, or by the estimate.
        expected: PicoUsd,
        /// What it cost: as the provider reports it, or by its usage and the prices.
        settled: PicoUsd,
        /// How many times what was expected is settled, of late.
        ratio: f64,
    },
    /// A call was served, and nobody knows what it has cost. Told once for each model.
    #[serde(rename = "price.unknown")]
    PriceUnknown {
        /// The provider.
        provider: ProviderId,
        /// Its model.
        model: ModelId,
    },
    /// A component has crashed.
    #[serde(rename = "plugin.trap")]
    PluginTrap {
        /// The provider.
        provider: ProviderId,
        /// SHA-256 of the component.
        digest: Digest,
        /// What it says.
        message: String,
    },
    /// A provider is called no more, until it is released.
    #[serde(rename = "plugin.quarantined")]
    PluginQuarantined {
        /// The provider.
        provider: ProviderId,
        /// SHA-256 of the component; none for a native provider.
        digest: Option<Digest>,
        /// Why.
        reason: String,
    },
    /// A provider may be called again.
    #[serde(rename = "plugin.released")]
    PluginReleased {
        /// The provider.
        provider: ProviderId,
    },
    /// Who was found has changed.
    #[serde(rename = "discovery.refreshed")]
    DiscoveryRefreshed {
        /// Those that are new.
        registered: Vec<ProviderId>,
        /// Those that have taken the place of another.
        replaced: Vec<ProviderId>,
        /// Those that are not found any more.
        unregistered: Vec<ProviderId>,
    },
    /// Something was found, and is left out. Told once, until that changes.
    #[serde(rename = "discovery.left-out")]
    DiscoveryLeftOut {
        /// Who names it.
        source: DiscoverySource,
        /// Its id; none where it has none, as a folder that cannot be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<ProviderId>,
        /// Why, to match on.
        code: ErrorKind,
        /// Why, for people.
        message: String,
    },
    /// This subscriber has missed so many events, because it took longer than they did.
    #[serde(rename = "events.missed")]
    Missed {
        /// How many.
        count: u64,
    },
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn unix_milliseconds<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(milliseconds(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line_of_json_with_its_name() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
        let provider = "card".parse().unwrap();
        let event =
            HostEvent::ProviderState { provider, generation: 2, from: Some("live"), to: "draining", reason: None };
        let json = serde_json::to_string(&EventRecord { number: Some(7), context: None, at, event }).unwrap();
        assert_eq!(
            json,
            r#"{"number":7,"at":1500,"event":"provider.state","provider":"card","generation":2,"from":"live","to":"draining"}"#
        );
    }
}
