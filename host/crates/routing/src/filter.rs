//! Who cannot serve a request, and why. Every reason is given, not only the first.

use palisade_core::{ErrorKind, PicoUsd, Provenance, RejectReason, catalogue};
use serde_json::Value;

use crate::{Endpoint, Figures, Health, Need, Rate, Score, health::in_milliseconds, score::UNKNOWN_PRICE};

/// What an endpoint is that serves only who names it.
const STAGING: &str = "staging";

/// What this request would cost here, for comparing. A claim that is not believed counts where it is more than an unknown price
/// is taken to be: nobody lies to look dear.
pub(crate) fn compared_cost(endpoint: &Endpoint, need: &Need) -> Option<PicoUsd> {
    let cost = endpoint.stated_cost(need);
    cost.filter(|cost| !endpoint.is_doubted() || cost.as_usd() > UNKNOWN_PRICE)
}

/// Why the endpoint cannot serve the need, whatever was measured of it; empty when it can.
pub(crate) fn reasons(endpoint: &Endpoint, is_staging: bool, need: &Need, cost: Option<PicoUsd>) -> Vec<RejectReason> {
    let model = &endpoint.model;
    if !model.capabilities.contains(&need.capability) {
        return vec![RejectReason::OtherCapability];
    }
    let mut reasons = Vec::new();
    let named = need.model.as_ref().map(|name| endpoint.is_named(name));
    if named == Some(false) {
        reasons.push(RejectReason::NotNamed);
    }
    let asked_for_by_tag = || need.features.iter().any(|feature| model.has_tag(feature.name()));
    if model.has_tag(catalogue::Model::EXPLICIT_ONLY) && named.is_none() && !asked_for_by_tag() {
        reasons.push(RejectReason::ExplicitOnly);
    }
    if (is_staging || model.status != catalogue::Model::LIVE) && named.is_none() {
        let status = if is_staging { STAGING } else { &model.status };
        reasons.push(RejectReason::NotLive { status: status.to_owned() });
    }
    for feature in &need.features {
        let name = feature.name();
        if model.parameter(name).is_none() && !model.has_tag(name) {
            reasons.push(RejectReason::MissingFeature { feature: name.to_owned() });
        }
    }
    for (&name, value) in &need.parameters {
        reasons.extend(parameter(endpoint, name, value, need.strict));
    }
    for (name, value) in &need.options {
        reasons.extend(parameter(endpoint, name, value, true));
    }
    reasons.extend(too_many_tokens(endpoint, need));
    reasons.extend(unread_types(endpoint, need));
    if !need.regions.is_empty() && !model.regions.iter().any(|own| need.regions.contains(own)) {
        reasons.push(RejectReason::Region { regions: model.regions.clone() });
    }
    if need.excluded.iter().any(|name| endpoint.is_named(name)) {
        reasons.push(RejectReason::ExcludedByCaller);
    }
    if let Some(max) = need.max_price {
        match cost {
            Some(price) if price > max => reasons.push(RejectReason::PriceOver { price, max }),
            Some(_) => {}
            None => reasons.push(match endpoint.stated_cost(need) {
                Some(claimed) => RejectReason::PriceClaimed { claimed },
                None => RejectReason::PriceUnknown,
            }),
        }
    }
    reasons
}

/// Why the endpoint is too slow: of one that nobody knows, nobody says that.
pub(crate) fn deadline(score: &Score, need: &Need) -> Option<RejectReason> {
    let expected = score.seconds;
    let max = need.max_seconds.filter(|max| expected > *max && score.seconds_source != Provenance::Assumed)?;
    Some(RejectReason::Deadline { expected, max })
}

/// Why the endpoint is spared for now, although it could serve. Of those that have recovered, their share decides: `chance`
/// gives a number from 0 to 1, by the seed.
pub(crate) fn spare(endpoint: &Endpoint, figures: &Figures, chance: impl FnOnce() -> f64) -> Option<RejectReason> {
    let quota = |place: u8, retry_in| {
        let quota = endpoint.quotas().value.get(usize::from(place))?.clone();
        Some(RejectReason::Quota { quota, retry_in_ms: in_milliseconds(retry_in) })
    };
    let throttled = match figures.rate {
        Rate::Free => None,
        Rate::Spent { quota: place, retry_in } => quota(place, retry_in),
        Rate::Full => Some(RejectReason::Throttled { retry_in_ms: None }),
        Rate::Wait { retry_in } => Some(RejectReason::Throttled { retry_in_ms: Some(in_milliseconds(retry_in)) }),
    };
    if let Health::Disabled { error, retry_in } = figures.health {
        return Some(disabled(error, in_milliseconds(retry_in)));
    }
    let broken = match figures.health {
        Health::Closed | Health::Probation | Health::Disabled { .. } => None,
        Health::Ramp { share } => (chance() >= share).then_some(RejectReason::BreakerRamp { share }),
        Health::Tried => Some(RejectReason::BreakerProbation),
        Health::Open { retry_in, .. } | Health::Slow { retry_in } => {
            Some(RejectReason::BreakerOpen { retry_in_ms: in_milliseconds(retry_in) })
        }
    };
    match (figures.rate, figures.health) {
        // Of two that only have to be waited for, the longer one says when to come again.
        (
            Rate::Wait { retry_in: short } | Rate::Spent { retry_in: short, .. },
            Health::Open { retry_in: long, .. } | Health::Slow { retry_in: long },
        ) if short < long => broken,
        _ => throttled.or(broken),
    }
}

fn disabled(error: ErrorKind, retry_in_ms: u64) -> RejectReason {
    match error {
        ErrorKind::Auth | ErrorKind::InsufficientCredit => RejectReason::NoCredential { error, retry_in_ms },
        _ => RejectReason::Disabled { error, retry_in_ms },
    }
}

/// Why the endpoint cannot read what comes with the request.
fn unread_types(endpoint: &Endpoint, need: &Need) -> impl Iterator<Item = RejectReason> {
    let known = &endpoint.model.input_types;
    let is_read = |asked: &str| endpoint.model.takes(asked, need.capability);
    let limit = |asked: &String| RejectReason::Limit {
        name: "input-type".to_owned(),
        asked: asked.clone(),
        allowed: known.join(", "),
    };
    need.media_types.iter().filter(move |asked| !is_read(asked)).map(limit)
}

/// Why the endpoint cannot read the request, or answer at such length.
pub(crate) fn too_many_tokens(endpoint: &Endpoint, need: &Need) -> impl Iterator<Item = RejectReason> {
    let context = tokens("context-tokens", need.context_tokens(), endpoint.context_tokens().value);
    let output = tokens("max-output-tokens", need.max_output_tokens(), endpoint.max_output_tokens().value);
    [context, output].into_iter().flatten()
}

/// Why so many tokens are too many.
fn tokens(name: &str, asked: f64, most: Option<u32>) -> Option<RejectReason> {
    let most = most.filter(|most| asked > f64::from(*most))?;
    let (asked, allowed) = (format!("{asked:.0}"), format!("at most {most}"));
    Some(RejectReason::Limit { name: name.to_owned(), asked, allowed })
}

fn parameter(endpoint: &Endpoint, name: &str, value: &Value, required: bool) -> Option<RejectReason> {
    let limit = |allowed: String| {
        let asked = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(RejectReason::Limit { name: name.to_owned(), asked, allowed })
    };
    match (name, endpoint.model.parameter(name)) {
        (_, Some(parameter)) if parameter.spec.accepts(value) => None,
        (_, Some(parameter)) => limit(parameter.spec.to_string()),
        // One is what every model makes; its media types have a list of their own.
        ("n", None) => {
            if value.as_u64() == Some(1) {
                None
            } else {
                limit("1".to_owned())
            }
        }
        ("output-format", None) => {
            let types = &endpoint.model.output_types;
            let known = types.is_empty() || types.iter().any(|own| Some(own.as_str()) == value.as_str());
            if known { None } else { limit(types.join(", ")) }
        }
        (_, None) if required => Some(RejectReason::MissingFeature { feature: name.to_owned() }),
        (_, None) => None,
    }
}
