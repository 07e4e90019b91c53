//! One step of a run: what was made before is taken, else the best provider makes it.

use std::time::{Duration, Instant};

use palisade::{CallSettings, Context, Error, PicoUsd, ProgressSink, Request, Response, Result, Submitted};
use serde::Serialize;

use crate::{
    definition::Step,
    name::Name,
    observer::{Observer, StepEvent},
    plan::PlannedStep,
    report::Done,
    search::{call, search},
    store::{self, Kept, Store},
};

/// How long to wait before the second time, where nobody says; twice that before the third, and so on.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What all steps of a run have in common.
pub(crate) struct Work<'a> {
    pub(crate) registry: &'a Context,
    pub(crate) store: &'a Store,
    pub(crate) run: &'a str,
    pub(crate) context: &'a str,
    pub(crate) observer: &'a Observer,
}

/// What a result depends on.
#[derive(Serialize)]
struct Key<'a> {
    version: u32,
    context: &'a str,
    /// Of what is not to be taken by other runs.
    run: Option<(&'a str, &'a Name)>,
    request: &'a Request,
    /// Who may serve it.
    need: Need<'a>,
}

#[derive(Serialize)]
struct Need<'a> {
    model: &'a Option<String>,
    provider: &'a Option<String>,
    require: &'a [palisade::Feature],
    exclude: &'a [String],
    region: &'a [String],
    prefer: palisade::Preference,
    max_price: Option<PicoUsd>,
    is_free: bool,
    within: Option<Duration>,
    options: &'a std::collections::BTreeMap<String, serde_json::Value>,
    is_strict: bool,
}

impl<'a> Need<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            model: &step.model,
            provider: &step.provider,
            require: &step.require,
            exclude: &step.exclude,
            region: &step.region,
            prefer: step.prefer,
            max_price: step.max_price,
            is_free: step.free,
            within: step.within,
            options: &step.options,
            is_strict: step.strict,
        }
    }
}

/// Does one step.
///
/// # Errors
///
/// Any kind of the classes `Request`, `Routing`, `Sandbox` and `Provider`.
pub(crate) async fn run(
    work: &Work<'_>,
    name: &Name,
    step: &PlannedStep,
    request: Request,
    left: Option<PicoUsd>,
) -> Result<(Response, Done)> {
    let settings = &step.settings;
    let start = Instant::now();
    // What a store said yesterday is not what it says today.
    let is_kept = settings.cache && !settings.capability.is_store();
    let run = (!is_kept).then_some((work.run, name));
    let key = Key { version: 1, context: work.context, run, request: &request, need: Need::of(settings) };
    let key = store::hash(&key)?;
    if let Some(Kept { response, provider, model, .. }) = work.store.read(&key, &request).await {
        let time = start.elapsed();
        return Ok((response, Done { provider, model, cost: Some(PicoUsd::ZERO), is_kept: true, time }));
    }
    // The same in whatever process the run goes on: what was submitted is never submitted again.
    let idempotency_key = format!("pipeline {} {name} {key}", work.run);
    let mut retries = 0;
    let completion = loop {
        let (listener, of_step) = (work.observer.clone(), name.clone());
        let call_settings = CallSettings {
            timeout: settings.timeout,
            idempotency_key: Some(idempotency_key.clone()),
            options: settings.options.clone(),
            strict: settings.strict,
            progress: ProgressSink::new(move |progress| listener.tell(&of_step, StepEvent::Progress(progress))),
            ..CallSettings::default()
        };
        let search = search(work.registry, settings, &request, left);
        // On the heap: there is one for each step.
        match Box::pin(call(search, request.clone(), call_settings)).await {
            Ok(completion) => break completion,
            Err(error) if retries < settings.retry && may_help(&error) => {
                work.observer.tell(name, StepEvent::Again);
                tokio::time::sleep(pause(&error, retries)).await;
                retries += 1;
            }
            Err(error) => return Err(error),
        }
    };
    let (provider, model, cost) = (completion.provider, completion.model, completion.cost);
    let kept = Kept { response: completion.response.clone(), provider: provider.clone(), model: model.clone(), cost };
    // What was made is of use now, even where it cannot be kept.
    if let Err(error) = work.store.write(&key, kept).await {
        tracing::warn!(step = %name, %error, "what a step has made is not kept");
    }
    let (is_kept, time) = (completion.is_repeated, start.elapsed());
    let cost = if is_kept { Some(PicoUsd::ZERO) } else { cost };
    Ok((completion.response, Done { provider, model, cost, is_kept, time }))
}

/// Whether doing it again may help, and does nothing twice.
fn may_help(error: &Error) -> bool {
    error.kind().is_retryable() && error.submitted() == Submitted::No
}

fn pause(error: &Error, retries: u32) -> Duration {
    let usual = PAUSE.saturating_mul(1 << retries.min(10));
    error.retry_after().unwrap_or(usual).min(LONGEST_PAUSE)
}
