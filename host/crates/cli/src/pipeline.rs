//! `palisade pipeline`

mod options;
mod results;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar};
use palisade::{Error, ErrorKind, Host};
use palisade_pipeline::{Definition, Failure, Inputs, Observer, Plan, Problems, Quote, Report, RunSettings, StepEvent};
use serde_json::{Value, json};

pub(crate) use self::options::PipelineCommand;
use self::{
    options::{GraphFormat, RunOptions},
    results::{Written, write_graph, write_outputs},
};
use crate::{failure, format, locate::Place, media_type, progress};

pub(crate) async fn pipeline(place: &Place, command: PipelineCommand) -> anyhow::Result<ExitCode> {
    match command {
        PipelineCommand::Run(options) => {
            let plan = match plan(&options.file)? {
                Ok(plan) => plan,
                Err(problems) => return refuse(&options.file, &problems, options.json),
            };
            run(place, &plan, options).await
        }
        PipelineCommand::Check { file, json } => match plan(&file)? {
            Ok(plan) => check(&plan, json),
            Err(problems) => refuse(&file, &problems, json),
        },
        PipelineCommand::Graph { file, format, output } => match plan(&file)? {
            Ok(plan) => graph(&plan, format, output.as_deref()),
            Err(problems) => refuse(&file, &problems, false),
        },
    }
}

fn plan(file: &Path) -> palisade::Result<Result<Plan, Problems>> {
    Definition::read(file).map(Plan::new)
}

/// Tells all that is wrong, a line each.
fn refuse(file: &Path, problems: &Problems, json: bool) -> anyhow::Result<ExitCode> {
    let kind = ErrorKind::Pipeline;
    let count = problems.iter().len();
    let mistakes = if count == 1 { "mistake" } else { "mistakes" };
    let file = palisade::text::escape(&file.display().to_string(), 1000);
    let message = format!("`{file}` has {count} {mistakes}");
    if json {
        let error = json!({ "code": kind, "message": message, "remedy": kind.remedy(), "problems": problems });
        format::print_json(&json!({ "error": error }))?;
    } else {
        let mut text = format!("error[{}]: {message}\n", kind.code());
        for problem in problems.iter() {
            text += &format!("  {}\n", palisade::text::escape(&problem.to_string(), 2000));
        }
        writeln!(std::io::stderr(), "{text}  remedy: {}", kind.remedy())?;
    }
    Ok(ExitCode::from(failure::exit_code(kind.class())))
}

fn check(plan: &Plan, json: bool) -> anyhow::Result<ExitCode> {
    let definition = plan.definition();
    let order: Vec<&str> = plan.order().map(|name| name.as_str()).collect();
    if json {
        let outputs: serde_json::Map<_, _> =
            plan.outputs().map(|(name, kind)| (name.to_string(), json!(kind))).collect();
        let checked = json!({
            "name": definition.name,
            "context": plan.context(),
            "inputs": definition.inputs,
            "order": order,
            "outputs": outputs,
        });
        format::print_json(&checked)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut facts = format::facts();
    let own = format!("{}, where there is one; else `default`", plan.context());
    facts.add_row(["context", definition.context.as_deref().unwrap_or(&own)]);
    let inputs = definition.inputs.iter().map(|(name, input)| format!("{name}: {}", input.kind));
    facts.add_row(["inputs", &format::list(inputs)]);
    facts.add_row(["steps", &order.join(", ")]);
    facts.add_row(["outputs", &format::list(plan.outputs().map(|(name, kind)| format!("{name}: {kind}")))]);
    format::print(facts)?;
    Ok(ExitCode::SUCCESS)
}

fn graph(plan: &Plan, format: GraphFormat, output: Option<&Path>) -> anyhow::Result<ExitCode> {
    let drawn = match format {
        GraphFormat::Dot => plan.dot(None),
        GraphFormat::Svg => plan.svg(None),
    };
    match output {
        Some(path) => write_graph(path, drawn)?,
        None => format::print(drawn)?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run(place: &Place, plan: &Plan, options: RunOptions) -> anyhow::Result<ExitCode> {
    let inputs = inputs(plan, &options)?;
    let definition = plan.definition();
    let host = place.open_for(definition.context.as_deref(), definition.name.as_str()).await?;
    let result = run_on(&host, plan, &inputs, &options).await;
    // What has happened is written down.
    host.shutdown(Duration::ZERO).await;
    result
}

async fn run_on(host: &Host, plan: &Plan, inputs: &Inputs, options: &RunOptions) -> anyhow::Result<ExitCode> {
    // Before a folder is made.
    let quote = plan.estimate(host, inputs).map_err(told)?;
    if options.dry_run {
        print_quote(&quote, options.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = options.output.clone().unwrap_or_else(|| PathBuf::from(plan.definition().name.as_str()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot make `{}`", folder.display())).with_source(error))?;
    let bars = Bars::default();
    let settings =
        RunSettings { is_fresh: options.fresh, observer: bars.observer(), ..RunSettings::new(&options.work) };
    let report = plan.run(host, inputs, settings).await;
    bars.clear();
    let report = report.map_err(told)?;
    let written = write_outputs(&folder, &report)?;
    let graph = folder.join("graph.svg");
    write_graph(&graph, plan.svg(Some(&report)))?;
    print_report(report, &written, &graph, options.json)
}

/// What is typed and what stands for what is not.
fn inputs(plan: &Plan, options: &RunOptions) -> palisade::Result<Inputs> {
    let mut inputs = Inputs::default();
    for (name, value) in &options.input {
        inputs = match value.strip_prefix('@') {
            Some(file) => inputs.file(name, read(Path::new(file))?),
            None => inputs.typed(name, value),
        };
    }
    let folder = options.file.parent().unwrap_or(Path::new(""));
    for (name, path) in plan.default_files(&inputs) {
        inputs = inputs.file(name.as_str(), read(&folder.join(path))?);
    }
    Ok(inputs)
}

fn read(path: &Path) -> palisade::Result<palisade::Media> {
    let data = std::fs::read(path);
    let data = data
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error))?;
    Ok(media_type::media(data))
}

/// With the step that is to blame.
fn told(failure: Failure) -> anyhow::Error {
    let said = failure.step.as_ref().map(|step| format!("step `{step}` failed"));
    let error = anyhow::Error::from(failure.error);
    match said {
        Some(said) => error.context(said),
        None => error,
    }
}

fn print_quote(quote: &Quote, json: bool) -> anyhow::Result<()> {
    if json {
        return format::print_json(quote);
    }
    let mut table = format::table(&["step", "capability", "provider", "expected to cost"]);
    for step in &quote.steps {
        let provider = format!("{}/{}", step.provider, step.model);
        table.add_row([step.step.as_str(), step.capability.name(), &provider, &step.estimate.to_string()]);
    }
    format::print(table)?;
    Ok(format::print(format_args!("together: {}", quote.total))?)
}

fn print_report(report: Report, written: &[Written], graph: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let cost = report.cost();
    let (run, steps) = (&report.run, &report.steps);
    let code = report.failure.as_ref().map(|failure| failure::exit_code(failure.error.kind().class()));
    if json {
        let outputs: serde_json::Map<_, _> = written.iter().map(Written::json).collect();
        let mut told_json = json!({ "run": run, "steps": steps, "cost": cost, "outputs": outputs, "graph": graph });
        if let Some(failure) = report.failure {
            let error = told(failure);
            let Value::Object(error) = failure::as_json(&error, error.downcast_ref()) else { return Err(error) };
            told_json.as_object_mut().into_iter().for_each(|report| report.extend(error.clone()));
        }
        format::print_json(&told_json)?;
        return Ok(code.map_or(ExitCode::SUCCESS, ExitCode::from));
    }
    results::print_steps(steps, cost)?;
    for path in written.iter().flat_map(|written| &written.paths).map(PathBuf::as_path).chain([graph]) {
        format::print(path.display())?;
    }
    match report.failure {
        Some(failure) => Err(told(failure)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// A bar for each step that is under way.
#[derive(Clone, Default)]
struct Bars {
    all: MultiProgress,
    steps: std::sync::Arc<std::sync::Mutex<std::collections::BTreeMap<String, ProgressBar>>>,
}

impl Bars {
    fn observer(&self) -> Observer {
        let bars = self.clone();
        Observer::new(move |step, event| bars.show(step.as_str(), event))
    }

    fn show(&self, step: &str, event: StepEvent) {
        // It is never left half-done.
        let mut steps = self.steps.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            StepEvent::Begun => {
                let bar = self.all.add(progress::step(step));
                bar.enable_steady_tick(progress::TICK);
                steps.insert(step.to_owned(), bar);
            }
            StepEvent::Progress(progress) => {
                if let Some(bar) = steps.get(step) {
                    progress::show(bar, progress);
                }
            }
            StepEvent::Again => {
                if let Some(bar) = steps.get(step) {
                    bar.set_message("failed, and is done again");
                }
            }
            StepEvent::Ended(_) => {
                if let Some(bar) = steps.remove(step) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    fn clear(&self) {
        // Where it cannot be cleared, nobody looks at it.
        let _shown = self.all.clear();
    }
}
