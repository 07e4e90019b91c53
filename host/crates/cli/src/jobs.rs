//! `palisade jobs`, and `--detach`

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use clap::Subcommand;
use indicatif::ProgressBar;
use palisade::{
    CallSettings, CancelResult, Completion, Config, Error, ErrorKind, FindProvider, Host, Job, JobProgress, JobState,
    JobStatus, Operation, Response,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{capability::Present, format, locate::Place, output::Output, outputs::Destination, progress};

/// What to do with a job.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Asks its provider once where it is.
    Show {
        /// Its id, or how it begins.
        id: String,
    },
    /// Waits until it has ended, and writes what it has made.
    Wait {
        /// Its id, or how it begins.
        id: String,
        /// Where the result goes; `-` is stdout. Several results get numbers. [default: a file called after the
        /// capability]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// How long to wait, for example `10m`; an hour by default. The job goes on.
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        timeout: Option<Duration>,
    },
    /// Asks its provider to stop it.
    Cancel {
        /// Its id, or how it begins.
        id: String,
    },
}

/// Submits work, and does not wait for it.
pub(crate) async fn submit<O: Operation + 'static>(
    host: &Host,
    search: FindProvider,
    request: O,
    settings: CallSettings,
) -> palisade::Result<Job> {
    if !host.has_storage() {
        let message =
            "nobody would find the job again: add `[storage]` with `file = \"palisade.redb\"` to the configuration";
        return Err(Error::new(ErrorKind::Config, message));
    }
    search.submit(request, settings).await
}

/// Tells what a job is known by.
pub(crate) fn print_submitted(job: &Job, json: bool) -> anyhow::Result<()> {
    if json { format::print_json(&json!({ "job": job.id() })) } else { Ok(format::print(job.id())?) }
}

pub(crate) async fn run(place: &Place, command: Option<JobCommand>, json: bool) -> anyhow::Result<()> {
    let config = place.read().await?;
    let (spinner, observer) = progress::loading();
    let host = Host::builder().config(config.clone().without_providers()).on_load(observer).build().await?;
    let result = carry_out(&host, &config, &spinner, command, json).await;
    spinner.finish_and_clear();
    host.shutdown(Duration::ZERO).await;
    result
}

async fn carry_out(
    host: &Host,
    config: &Config,
    spinner: &ProgressBar,
    command: Option<JobCommand>,
    json: bool,
) -> anyhow::Result<()> {
    let Some(command) = command else {
        spinner.finish_and_clear();
        return list(host, json).await;
    };
    let (JobCommand::Show { id } | JobCommand::Wait { id, .. } | JobCommand::Cancel { id }) = &command;
    let job = host.job(id).await?;
    // Of all providers only the one that does the job is needed, and loading takes time.
    let provider = job.status().await?.provider;
    if let Some(registration) = config.registration(&provider) {
        host.register(provider.as_str(), registration.clone()).await?;
    }
    spinner.finish_and_clear();
    match command {
        JobCommand::Show { .. } => show(&job, json).await,
        JobCommand::Wait { output, timeout, .. } => wait(&job, output, timeout, json).await,
        JobCommand::Cancel { .. } => cancel(&job).await,
    }
}

async fn list(host: &Host, json: bool) -> anyhow::Result<()> {
    let jobs = host.jobs().await?;
    if json {
        return format::print_json(&jobs.iter().map(Listed::from).collect::<Vec<_>>());
    }
    let mut table = format::table(&["job", "capability", "provider", "model", "submitted", "state"]);
    for job in &jobs {
        let state = if job.finished_at.is_some() { "done" } else { "submitted" };
        let (provider, model) = (job.provider.as_str(), job.model.as_str());
        table.add_row([&job.id.to_string(), job.capability.name(), provider, model, &ago(job.submitted_at), state]);
    }
    Ok(format::print(format::rows(table))?)
}

async fn show(job: &Job, json: bool) -> anyhow::Result<()> {
    let (status, state) = (job.status().await?, job.poll().await?);
    let name = state.name();
    if json {
        let mut shown = serde_json::to_value(Listed::from(&status))?;
        if let Value::Object(shown) = &mut shown {
            shown.insert("state".to_owned(), json!(name));
            shown.extend(how_far(&state));
        }
        return format::print_json(&shown);
    }
    let mut facts = format::facts();
    facts.add_row(["job", &status.id.to_string()]);
    facts.add_row(["capability", status.capability.name()]);
    facts.add_row(["provider", &format!("{}/{}", status.provider, status.model)]);
    facts.add_row(["submitted", &ago(status.submitted_at)]);
    facts.add_row(["state", name]);
    for (name, value) in how_far(&state) {
        facts.add_row([name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)]);
    }
    Ok(format::print(format::rows(facts))?)
}

/// What is known of how far a job is, and why it has failed.
fn how_far(state: &JobState) -> Map<String, Value> {
    let mut told = Map::new();
    match state {
        JobState::Queued(JobProgress { permille, queue_position, remaining, .. })
        | JobState::Running(JobProgress { permille, queue_position, remaining, .. }) => {
            told.extend(permille.map(|permille| ("permille".to_owned(), json!(permille))));
            told.extend(queue_position.map(|position| ("queue_position".to_owned(), json!(position))));
            told.extend(remaining.map(|rest| ("seconds_left".to_owned(), json!(rest.as_secs()))));
        }
        JobState::Failed(error) => {
            told.insert("code".to_owned(), json!(error.kind().code()));
            told.insert("message".to_owned(), json!(error.message()));
        }
        JobState::Succeeded(_) | JobState::Cancelled(_) | JobState::Expired => {}
    }
    told
}

async fn wait(job: &Job, output: Option<PathBuf>, timeout: Option<Duration>, json: bool) -> anyhow::Result<()> {
    let capability = job.status().await?.capability;
    let destination = Destination::open(output.as_deref(), capability.name(), true)?;
    let (bar, progress) = progress::call();
    let waited = job.wait(timeout, progress).await;
    bar.finish_and_clear();
    let Completion { response, provider, model, cost, .. } = waited?;
    let outputs = outputs(&response);
    let paths = destination.write(&outputs)?;
    if json && !destination.is_stdout() {
        let file = |(output, path): (&Output<'_>, &PathBuf)| {
            let mut file = output.details();
            file.insert("path".to_owned(), json!(path));
            file.insert("media_type".to_owned(), json!(output.media.media_type));
            file
        };
        let files: Vec<_> = outputs.iter().zip(&paths).map(file).collect();
        let told = json!({ "job": job.id(), "provider": provider, "model": model, "cost": cost, "files": files });
        return format::print_json(&told);
    }
    for path in &paths {
        format::print(path.display())?;
    }
    Ok(())
}

/// The files that a job has made.
fn outputs(response: &Response) -> Vec<Output<'_>> {
    match response {
        Response::TextToImage(response) => Present::<palisade::text_to_image::Request>::outputs(response),
        Response::TextToVideo(response) => Present::<palisade::text_to_video::Request>::outputs(response),
        Response::ImageToVideo(response) => Present::<palisade::image_to_video::Request>::outputs(response),
        // No work of others is a job.
        _ => Vec::new(),
    }
}

async fn cancel(job: &Job) -> anyhow::Result<()> {
    let told = match job.cancel().await? {
        CancelResult::Cancelled => "is cancelled",
        CancelResult::TooLate => "is done already",
        CancelResult::Unsupported => "goes on: its upstream cannot cancel",
    };
    Ok(format::print(format!("{} {told}", job.id()))?)
}

/// A job, for programs.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    job: &'a JobStatus,
    state: &'static str,
}

impl<'a> From<&'a JobStatus> for Listed<'a> {
    fn from(job: &'a JobStatus) -> Self {
        Self { job, state: if job.finished_at.is_some() { "done" } else { "submitted" } }
    }
}

/// How long ago something was.
fn ago(time: SystemTime) -> String {
    let ago = SystemTime::now().duration_since(time).unwrap_or_default();
    format!("{} ago", humantime::format_duration(Duration::from_secs(ago.as_secs())))
}
