//! What a run is expected to cost, before anything runs.

use std::collections::BTreeMap;

use palisade::{Capability, Error, ErrorKind, Host, ModelId, PicoUsd, ProviderId, Result, catalogue::Estimate};
use serde::Serialize;
use serde_json::Value;

use crate::{context, failure::Failure, inputs::Inputs, name::Name, plan::Plan, search::search, values::Known};

/// What a run is expected to cost, and who would serve it. What steps make is not known yet: where a step takes that, its request is taken to
/// be ordinary.
#[derive(Debug, Clone, Serialize)]
pub struct Quote {
    /// Of each step, in an order in which they can run.
    pub steps: Vec<StepQuote>,
    /// Of all of them. What is unknown of one is unknown of all.
    pub total: Estimate,
}

/// What a step is expected to cost.
#[derive(Debug, Clone, Serialize)]
pub struct StepQuote {
    /// Which.
    pub step: Name,
    /// What it does.
    pub capability: Capability,
    /// Who would serve it now.
    pub provider: ProviderId,
    /// With which model.
    pub model: ModelId,
    /// What it costs by the prices.
    pub estimate: Estimate,
}

impl Plan {
    /// What a run is expected to cost. Nothing runs.
    ///
    /// # Errors
    ///
    /// `pipeline` where the inputs are wrong; `no-provider` where nobody can serve a step; `budget` where it may cost more than the pipeline
    /// allows, or nobody knows.
    pub fn estimate(&self, host: &Host, inputs: &Inputs) -> Result<Quote, Failure> {
        let inputs = inputs.accept(&self.definition.inputs).map_err(Error::from)?;
        self.quote(host, &inputs)
    }

    pub(crate) fn quote(&self, host: &Host, inputs: &BTreeMap<Name, Value>) -> Result<Quote, Failure> {
        let registry = context::registry(host, self)?;
        let known = Known { inputs, made: &BTreeMap::new() };
        let mut steps = Vec::new();
        for (name, step) in self.in_order() {
            let request = step.ordinary_request(&known);
            let request = request.map_err(|reason| Error::invalid_input("with", reason));
            let decided = request
                .and_then(|request| search(&registry, &step.settings, &request, self.definition.max_price).explain());
            let decision = decided.map_err(|error| Failure::of_step(name, error))?;
            let chosen = decision.chosen();
            steps.push(StepQuote {
                step: name.clone(),
                capability: step.capability(),
                provider: chosen.provider.clone(),
                model: chosen.model.clone(),
                estimate: chosen.estimate.clone(),
            });
        }
        let total = total(steps.iter().map(|step| &step.estimate));
        let quote = Quote { steps, total };
        quote.within(self.definition.max_price)?;
        Ok(quote)
    }
}

impl Quote {
    fn within(&self, most: Option<PicoUsd>) -> Result<()> {
        let refuse = |message| Err(Error::new(ErrorKind::Budget, message));
        match (most, self.total.high) {
            (None, _) => Ok(()),
            (Some(most), Some(high)) if high <= most => Ok(()),
            (Some(most), Some(high)) => refuse(format!("the pipeline may cost {high}, and its `max-price` is {most}")),
            (Some(most), None) => {
                let unknown = self.steps.iter().filter(|step| step.estimate.high.is_none());
                let unknown: Vec<&str> = unknown.map(|step| step.step.as_str()).collect();
                let unknown = unknown.join(", ");
                refuse(format!(
                    "nobody knows what the pipeline may cost, because of {unknown}; its `max-price` is {most}"
                ))
            }
        }
    }
}

fn total<'a>(estimates: impl Iterator<Item = &'a Estimate>) -> Estimate {
    let sum = |left: PicoUsd, right: PicoUsd| [left, right].into_iter().sum();
    let nothing = Some(PicoUsd::ZERO);
    let none = Estimate { low: PicoUsd::ZERO, expected: nothing, high: nothing, unknown: Vec::new() };
    estimates.fold(none, |mut total, one| {
        total.low = sum(total.low, one.low);
        total.expected = total.expected.zip(one.expected).map(|(all, one)| sum(all, one));
        total.high = total.high.zip(one.high).map(|(all, one)| sum(all, one));
        for unit in &one.unknown {
            if !total.unknown.contains(unit) {
                total.unknown.push(unit.clone());
            }
        }
        total
    })
}
