//! A run: every step begins as soon as all that it waits for has ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use palisade::{Error, ErrorKind, Host, PicoUsd, Request, Result};
use serde_json::Value;

use crate::{
    context,
    failure::Failure,
    inputs::Inputs,
    name::Name,
    observer::{Observer, StepEvent},
    plan::{Plan, PlannedOutput, PlannedStep},
    quote::Quote,
    report::{Done, Made, Report, StepReport, StepState},
    step::{self, Work},
    store::{self, Store},
    values::{self, Known},
};

/// How a pipeline is run.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// Where results are kept, and runs that have not ended. It is made when there is none.
    pub work: PathBuf,
    /// Begins a new run, where one was interrupted. What its finished steps have made is taken all the same.
    pub is_fresh: bool,
    /// Who wants to hear how far it is.
    pub observer: Observer,
}

impl RunSettings {
    /// With this folder for what is kept.
    pub fn new(work: impl Into<PathBuf>) -> Self {
        Self { work: work.into(), is_fresh: false, observer: Observer::default() }
    }
}

impl Plan {
    /// Runs it. Steps that wait for nothing run at the same time. Where a step fails, none begins any more, and those that are under way come to
    /// their end: what they make is kept, so that a later run goes on from there.
    ///
    /// # Errors
    ///
    /// Why it does not begin: as [`estimate`](Self::estimate), and `io` where the folder cannot be used. What fails later is the
    /// [`failure`](Report::failure) of the report.
    pub async fn run(&self, host: &Host, inputs: &Inputs, settings: RunSettings) -> Result<Report, Failure> {
        let inputs = inputs.accept(&self.definition.inputs).map_err(Error::from)?;
        let quote = self.quote(host, &inputs)?;
        let store = Store::open(&settings.work)?;
        let registry = &context::registry(host, self)?;
        let context = registry.name().as_str();
        // Of the same pipeline in another context nothing is known.
        let hash = store::hash(&(context, &self.definition, &inputs))?;
        let id = store.begin(&hash, settings.is_fresh)?;
        let work = Work { registry, store: &store, run: &id, context, observer: &settings.observer };
        let mut run = Run::new(self, &inputs, &quote);
        run.steps(&work).await;
        let outputs = run.outputs();
        let mut report = run.report(id);
        match outputs {
            _ if report.failure.is_some() => {}
            Ok(outputs) => {
                report.outputs = outputs;
                store.end(&hash);
            }
            Err(error) => report.failure = Some(error.into()),
        }
        Ok(report)
    }
}

struct Run<'a> {
    plan: &'a Plan,
    inputs: &'a BTreeMap<Name, Value>,
    /// What each step may cost at the most, until it is known what it did cost.
    costs: BTreeMap<&'a Name, Option<PicoUsd>>,
    waiting: BTreeMap<&'a Name, BTreeSet<&'a Name>>,
    /// The responses of the steps that have ended.
    made: BTreeMap<Name, Value>,
    states: BTreeMap<&'a Name, StepState>,
    failure: Option<Failure>,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, inputs: &'a BTreeMap<Name, Value>, quote: &Quote) -> Self {
        let high: BTreeMap<&Name, _> = quote.steps.iter().map(|step| (&step.step, step.estimate.high)).collect();
        let costs = plan.steps.keys().map(|name| (name, high.get(name).copied().flatten())).collect();
        let waiting = plan.steps.iter().map(|(name, step)| (name, step.waits_for.iter().collect())).collect();
        let (made, states) = (BTreeMap::new(), BTreeMap::new());
        Self { plan, inputs, costs, waiting, made, states, failure: None }
    }

    async fn steps(&mut self, work: &Work<'_>) {
        let mut under_way = FuturesUnordered::new();
        loop {
            for (name, step) in self.ready() {
                let (request, left) = (self.request(step), self.left(name));
                under_way.push(async move {
                    work.observer.tell(name, StepEvent::Begun);
                    let done = match request {
                        Ok(request) => step::run(work, name, step, request, left).await,
                        Err(error) => Err(error),
                    };
                    (name, done)
                });
            }
            let Some((name, done)) = under_way.next().await else { return };
            let done = done.and_then(|(response, done)| {
                let response =
                    values::of_response(&response).map_err(|reason| Error::new(ErrorKind::Internal, reason))?;
                Ok((response, done))
            });
            let state = match done {
                Ok((response, done)) => self.end(name, response, done),
                Err(error) => self.fail(name, error),
            };
            work.observer.tell(name, StepEvent::Ended(state.clone()));
            self.states.insert(name, state);
        }
    }

    /// Those that wait for nothing any more. Each is told once.
    fn ready(&mut self) -> Vec<(&'a Name, &'a PlannedStep)> {
        if self.failure.is_some() {
            return Vec::new();
        }
        let ready: BTreeSet<&Name> =
            self.waiting.extract_if(.., |_, waits_for| waits_for.is_empty()).map(|(name, _)| name).collect();
        self.plan.steps.iter().filter(|(name, _)| ready.contains(name)).collect()
    }

    fn request(&self, step: &PlannedStep) -> Result<Request> {
        let known = Known { inputs: self.inputs, made: &self.made };
        step.whole_request(&known).map_err(|reason| Error::invalid_input("with", reason))
    }

    /// What is left for a step of what all may cost.
    fn left(&self, step: &Name) -> Option<PicoUsd> {
        let most = self.plan.definition.max_price?;
        let others = self.costs.iter().filter(|(name, _)| **name != step);
        let others: PicoUsd = others.filter_map(|(_, cost)| *cost).sum();
        Some(PicoUsd(most.0.saturating_sub(others.0)))
    }

    fn end(&mut self, name: &'a Name, response: Value, done: Done) -> StepState {
        self.made.insert(name.clone(), response);
        if done.cost.is_some() {
            self.costs.insert(name, done.cost);
        }
        for waits_for in self.waiting.values_mut() {
            waits_for.remove(name);
        }
        StepState::Done(done)
    }

    fn fail(&mut self, name: &Name, error: Error) -> StepState {
        let state = StepState::Failed { code: error.kind(), message: error.message().to_owned() };
        // The first one is why it ends.
        self.failure.get_or_insert_with(|| Failure::of_step(name, error));
        state
    }

    fn outputs(&self) -> Result<BTreeMap<Name, Made>> {
        let known = Known { inputs: self.inputs, made: &self.made };
        let output = |(name, output): (&Name, &PlannedOutput)| {
            let value = output.value.resolve(&known);
            let value =
                value.map_err(|reason| Error::new(ErrorKind::BadOutput, format!("outputs.{name}: {reason}")))?;
            Ok((name.clone(), Made { kind: output.kind, value }))
        };
        self.plan.outputs.iter().map(output).collect()
    }

    fn report(mut self, run: String) -> Report {
        let step = |(name, step): (&Name, &PlannedStep)| StepReport {
            step: name.clone(),
            capability: step.capability(),
            state: self.states.remove(name).unwrap_or(StepState::Waiting),
        };
        let steps = self.plan.in_order().map(step).collect();
        Report { run, steps, outputs: BTreeMap::new(), failure: self.failure }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use palisade::{Capability, Registration};
    use palisade_chaos::{Act, Chaos};
    use proptest::prelude::*;

    use super::*;
    use crate::{Definition, Step};

    fn name(index: usize) -> Name {
        format!("s{index}").parse().unwrap()
    }

    /// A pipeline in which each step waits for some with a lower number: by a reference, or just so.
    fn definition(waits_for: &[Vec<(usize, bool)>]) -> Definition {
        let mut definition = Definition::new("any".parse().unwrap());
        for (index, others) in waits_for.iter().enumerate() {
            let mut prompt = format!("{index}");
            let mut step = Step::new(Capability::Chat);
            for (other, is_reference) in others {
                match is_reference {
                    true => prompt += &format!(" ${{steps.{}.text}}", name(*other)),
                    false => step = step.after(name(*other)),
                }
            }
            definition = definition.step(name(index), step.with("prompt", prompt));
        }
        definition
    }

    async fn run(definition: Definition) -> (Vec<(String, bool)>, u64, Report) {
        let host = Host::builder().build().await.unwrap();
        let chaos = Chaos::always(Act::Serve);
        let calls = chaos.calls();
        host.register("chaos", Registration::native(chaos)).await.unwrap();
        let (folder, told) = (tempfile::tempdir().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let listener = Arc::clone(&told);
        let observer = Observer::new(move |step, event| match event {
            StepEvent::Begun => listener.lock().unwrap().push((step.to_string(), true)),
            StepEvent::Ended(_) => listener.lock().unwrap().push((step.to_string(), false)),
            _ => {}
        });
        let settings = RunSettings { observer, ..RunSettings::new(folder.path()) };
        let plan = Plan::new(definition).unwrap();
        let report = plan.run(&host, &Inputs::default(), settings).await.unwrap();
        let told = told.lock().unwrap().clone();
        (told, calls.count(), report)
    }

    fn graphs() -> impl Strategy<Value = Vec<Vec<(usize, bool)>>> {
        let edges = prop::collection::vec((0..10_usize, 0..10_usize, any::<bool>()), 0..25);
        (1..10_usize, edges).prop_map(|(steps, edges)| {
            let of = |step| edges.iter().filter(move |(from, to, _)| *from == step && to < from);
            (0..steps).map(|step| of(step).map(|(_, to, is_reference)| (*to, *is_reference)).collect()).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn every_step_runs_once_and_after_what_it_waits_for(waits_for in graphs()) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let (told, calls, report) = runtime.block_on(run(definition(&waits_for)));
            prop_assert!(report.failure.is_none(), "{:?}", report.failure);
            prop_assert_eq!(calls, waits_for.len() as u64);
            let at = |step: usize, begins: bool| {
                let found: Vec<_> =
                    (0..told.len()).filter(|at| told[*at] == (name(step).to_string(), begins)).collect();
                assert_eq!(found.len(), 1, "step {step} is told once");
                found[0]
            };
            for (step, others) in waits_for.iter().enumerate() {
                prop_assert!(at(step, true) < at(step, false));
                for (other, _) in others {
                    prop_assert!(at(*other, false) < at(step, true));
                }
            }
            let plan = Plan::new(definition(&waits_for)).unwrap();
            prop_assert!(plan.svg(Some(&report)).ends_with("</svg>\n"));
        }
    }
}
