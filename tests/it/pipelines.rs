//! Pipelines on real providers: what they make, what is done at the same time, and what is never done twice.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use palisade::{
    BoxFuture, Call, CallReport, Capability, Catalogue, ErrorKind, Host, Outcome, PicoUsd, Provider, Registration,
    Submitted, Usage,
    catalogue::{Description, FailureBilling, Model},
    chat,
};
use palisade_chaos::{Act, Calls, Chaos};
use palisade_pipeline::{Definition, Failure, Inputs, Kind, Plan, Report, RunSettings, Step, StepState};
use tokio::sync::Barrier;

use crate::support::{builder, open, providers};

fn name<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str) -> T {
    name.parse().unwrap()
}

fn illustrate() -> Plan {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipelines/illustrate.toml");
    Plan::new(Definition::read(&file).unwrap()).unwrap()
}

fn states(report: &Report) -> Vec<String> {
    report.steps.iter().map(|step| format!("{} {}", step.step, step.state.word())).collect()
}

fn in_folder(folder: &tempfile::TempDir) -> RunSettings {
    RunSettings::new(PathBuf::from(folder.path()))
}

#[tokio::test]
async fn the_pipeline_of_the_guide_makes_what_it_says() {
    let (host, work) = (open(providers().join("palisade.toml")).await.unwrap(), tempfile::tempdir().unwrap());
    let plan = illustrate();
    let quote = plan.estimate(&host, &Inputs::default()).unwrap();
    assert_eq!(quote.total.to_string(), "free");
    assert_eq!(host.statistics().requests, 0, "an estimate runs nothing");

    let inputs = Inputs::default().typed("topic", "a ship");
    let report = plan.run(&host, &inputs, in_folder(&work)).await.unwrap();
    assert!(report.failure.is_none(), "{:?}", report.failure);
    assert_eq!(report.cost(), Some(PicoUsd::ZERO));
    let outputs = &report.outputs;
    let size = |output: &str| {
        let files = outputs[output].files();
        let [file] = files.as_slice() else { panic!("{output} is no file") };
        let picture = image::load_from_memory(&file.data).unwrap();
        (picture.width(), picture.height())
    };
    assert_eq!((size("picture"), size("card")), ((480, 320), (480, 320)));
    assert!(size("code").0 > 20);
    let line = outputs["line"].text().unwrap();
    assert!(line.ends_with("a ship?"), "{line}");
    assert_eq!(outputs["index"].kind, name::<Kind>("list of vector"));
    let vectors: Vec<Vec<f32>> = serde_json::from_value(outputs["index"].value.clone()).unwrap();
    assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8]);

    let requests = host.statistics().requests;
    let again = plan.run(&host, &inputs, in_folder(&work)).await.unwrap();
    assert_eq!(host.statistics().requests, requests, "everything was kept");
    assert!(states(&again).iter().all(|state| state.ends_with(" kept")), "{:?}", states(&again));
    assert_ne!(again.run, report.run, "the first one has ended");
    // Another topic: what does not depend on it is kept.
    let other = plan.run(&host, &Inputs::default().typed("topic", "a cat"), in_folder(&work)).await.unwrap();
    let kept: Vec<_> = states(&other).into_iter().filter(|state| state.ends_with(" kept")).collect();
    assert_eq!(kept, ["code kept"]);
}

#[test]
fn the_graph_of_the_guide_is_the_one_of_its_pipeline() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images/illustrate.svg");
    let made = illustrate().svg(None);
    let remedy =
        "palisade pipeline graph docs/pipelines/illustrate.toml --format svg --output docs/images/illustrate.svg";
    assert!(std::fs::read_to_string(file).is_ok_and(|shown| shown == made), "write it anew: {remedy}");
}

/// A host with a writer, a painter and an indexer, and how often each was called.
struct Studio {
    host: Host,
    writer: Calls,
    painter: Calls,
    indexer: Calls,
}

impl Studio {
    async fn of(painter: Chaos) -> Self {
        let host = builder().build().await.unwrap();
        let (writer, indexer) = (Chaos::always(Act::Serve), Chaos::always(Act::Serve));
        let studio = Self { host, writer: writer.calls(), painter: painter.calls(), indexer: indexer.calls() };
        for (id, chaos) in [("writer", writer), ("painter", painter), ("indexer", indexer)] {
            studio.host.register(id, Registration::native(chaos)).await.unwrap();
        }
        studio
    }

    fn counts(&self) -> [u64; 3] {
        [self.writer.count(), self.painter.count(), self.indexer.count()]
    }
}

fn by(provider: &str, step: Step) -> Step {
    Step { provider: Some(provider.to_owned()), attempts: Some(1), ..step }
}

/// Writes, draws what was written, and indexes it then.
fn chain(change: impl FnOnce(Step) -> Step) -> Definition {
    let paint = Step::new(Capability::TextToImage).with("prompt", "${steps.write.text}");
    let index = Step::new(Capability::Embedding).with("items", "${steps.write.text}").after(name("paint"));
    Definition::new(name("chain"))
        .step(name("write"), by("writer", Step::new(Capability::Chat).with("prompt", "a line")))
        .step(name("paint"), change(by("painter", paint)))
        .step(name("index"), by("indexer", index))
}

async fn run(studio: &Studio, definition: &Definition, settings: RunSettings) -> Result<Report, Failure> {
    Plan::new(definition.clone()).unwrap().run(&studio.host, &Inputs::default(), settings).await
}

fn fails_first(kind: ErrorKind) -> Chaos {
    Chaos::new(move |call| if call == 0 { Act::fail(kind, Submitted::No) } else { Act::Serve })
}

#[tokio::test]
async fn a_run_goes_on_from_the_last_step_that_has_ended() {
    let work = tempfile::tempdir().unwrap();
    let painter = || Chaos::always(Act::fail(ErrorKind::Upstream, Submitted::No));
    let (before, after) = (Studio::of(painter()).await, Studio::of(Chaos::always(Act::Serve)).await);
    let definition = chain(|paint| paint);

    let failed = run(&before, &definition, in_folder(&work)).await.unwrap();
    let failure = failed.failure.as_ref().unwrap();
    assert_eq!((failure.step.as_ref().unwrap().as_str(), failure.error.kind()), ("paint", ErrorKind::Upstream));
    assert_eq!(states(&failed), ["write done", "paint failed", "index waiting"]);
    assert!(failed.outputs.is_empty());
    assert_eq!(before.counts(), [1, 1, 0]);

    // In another process, as it were.
    let ended = run(&after, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(states(&ended), ["write kept", "paint done", "index done"]);
    assert_eq!(ended.run, failed.run, "it goes on as the same run");
    assert_eq!(after.counts(), [0, 1, 1]);
}

#[tokio::test]
async fn what_is_not_to_be_kept_is_kept_for_its_own_run() {
    let work = tempfile::tempdir().unwrap();
    let studio = Studio::of(fails_first(ErrorKind::Upstream)).await;
    let mut definition = chain(|paint| paint);
    definition.steps.get_mut("write").unwrap().cache = false;

    let failed = run(&studio, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(states(&failed), ["write done", "paint failed", "index waiting"]);
    let ended = run(&studio, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(states(&ended), ["write kept", "paint done", "index done"]);
    let anew = run(&studio, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(states(&anew), ["write done", "paint kept", "index kept"]);
}

#[tokio::test]
async fn what_was_submitted_is_not_submitted_again() {
    let work = tempfile::tempdir().unwrap();
    let painter = Chaos::new(|call| match call {
        0 => Act::fail(ErrorKind::UpstreamTimeout, Submitted::Yes),
        _ => Act::Serve,
    });
    let studio = Studio::of(painter.billing("0.04".parse().unwrap(), FailureBilling::Unknown)).await;
    let definition = chain(|paint| Step { retry: 3, ..paint });

    let failed = run(&studio, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(failed.failure.unwrap().error.kind(), ErrorKind::UpstreamTimeout);
    let again = run(&studio, &definition, in_folder(&work)).await.unwrap();
    assert_eq!(again.failure.unwrap().error.kind(), ErrorKind::MaybeBilled);
    assert_eq!(studio.counts(), [1, 1, 0], "neither by a retry nor by another run");

    // Who wants it all the same says so.
    let fresh = RunSettings { is_fresh: true, ..in_folder(&work) };
    let ended = run(&studio, &definition, fresh).await.unwrap();
    assert_eq!(states(&ended), ["write kept", "paint done", "index done"]);
    assert_eq!((studio.counts(), ended.cost()), ([1, 2, 1], Some("0.04".parse().unwrap())));
}

#[tokio::test(start_paused = true)]
async fn a_step_is_done_again_where_that_may_help() {
    let work = tempfile::tempdir().unwrap();
    let studio = Studio::of(fails_first(ErrorKind::Upstream)).await;
    let ended = run(&studio, &chain(|paint| Step { retry: 1, ..paint }), in_folder(&work)).await.unwrap();
    assert_eq!(states(&ended), ["write done", "paint done", "index done"]);
    assert_eq!(studio.counts(), [1, 2, 1]);

    let (work, studio) = (tempfile::tempdir().unwrap(), Studio::of(fails_first(ErrorKind::ContentPolicy)).await);
    let failed = run(&studio, &chain(|paint| Step { retry: 1, ..paint }), in_folder(&work)).await.unwrap();
    assert_eq!(states(&failed), ["write done", "paint failed", "index waiting"]);
    assert_eq!(studio.counts(), [1, 1, 0], "the answer would be the same");
}

#[tokio::test]
async fn a_pipeline_costs_no_more_than_it_may() {
    let priced = |price: &str| Chaos::always(Act::Serve).billing(price.parse().unwrap(), FailureBilling::Never);
    let most = |price: &str| Definition { max_price: Some(price.parse().unwrap()), ..chain(|paint| paint) };
    let refused = async |studio: &Studio, definition| {
        let error = run(studio, &definition, in_folder(&tempfile::tempdir().unwrap())).await.unwrap_err().error;
        assert_eq!((error.kind(), studio.counts()), (ErrorKind::Budget, [0, 0, 0]));
        error.message().to_owned()
    };
    let studio = Studio::of(priced("0.04")).await;
    studio.host.unregister("indexer").await.unwrap();
    studio.host.register("indexer", Registration::native(priced("0.03"))).await.unwrap();
    let message = refused(&studio, most("0.05")).await;
    assert_eq!(message, "the pipeline may cost $0.07, and its `max-price` is $0.05");
    let ended = run(&studio, &most("0.07"), in_folder(&tempfile::tempdir().unwrap())).await.unwrap();
    assert_eq!(ended.cost(), Some("0.07".parse().unwrap()), "{:?}", ended.failure);

    let unknown = Chaos::always(Act::Serve).change(|catalogue| catalogue.models[0].prices = None);
    let studio = Studio::of(unknown).await;
    let quote = Plan::new(chain(|paint| paint)).unwrap().estimate(&studio.host, &Inputs::default()).unwrap();
    assert_eq!((quote.total.high, quote.total.to_string().as_str()), (None, "unknown"));
    let definition = Definition { max_price: None, ..chain(|paint| Step { max_price: Some(PicoUsd(1)), ..paint }) };
    let error = run(&studio, &definition, in_folder(&tempfile::tempdir().unwrap())).await.unwrap_err();
    assert_eq!((error.step.unwrap().as_str(), error.error.kind()), ("paint", ErrorKind::NoProvider));
}

/// Answers when so many calls are under way.
struct Together {
    barrier: Barrier,
    catalogue: Catalogue,
}

impl Provider for Together {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::Chat]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, _: Call) -> BoxFuture<'_, palisade::Result<Outcome>> {
        Box::pin(async {
            self.barrier.wait().await;
            let response = chat::Response { usage: Usage::default(), ..chat::Response::text("yes") }.into();
            Ok(Outcome { response, report: CallReport::default() })
        })
    }
}

#[tokio::test]
async fn steps_that_wait_for_nothing_are_done_at_the_same_time() {
    let (host, work) = (builder().build().await.unwrap(), tempfile::tempdir().unwrap());
    let description =
        Description { claimed_id: "together".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
    let model = Model::new(name("together"), &[Capability::Chat]);
    let catalogue = Catalogue::new(description, vec![model]);
    let together = Together { barrier: Barrier::new(3), catalogue };
    host.register("together", Registration::native(together)).await.unwrap();
    let ask = |prompt: &str| Step::new(Capability::Chat).with("prompt", prompt);
    let mut definition = Definition::new(name("together"));
    for step in ["a", "b", "c"] {
        definition = definition.step(name(step), ask(step));
        definition = definition.step(name(&format!("{step}{step}")), ask(&format!("{step} ${{steps.{step}.text}}")));
    }
    let plan = Plan::new(definition).unwrap();
    let inputs = Inputs::default();
    let run = plan.run(&host, &inputs, in_folder(&work));
    let report = tokio::time::timeout(Duration::from_secs(60), run).await.expect("one waits for another");
    let report = report.unwrap();
    assert!(report.steps.iter().all(|step| matches!(step.state, StepState::Done(_))), "{:?}", states(&report));
}
