//! `jobs`: where work is that was submitted, and what it made.

use std::time::Duration;

use palisade_core::{CancelResult, Capability, Error, JobOutcome, JobOutput, JobProgress, JobState, Response};

use super::shared::{failure, media_from_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::jobs as wit};

pub(crate) fn state<T: Imports>(job: wit::State, capability: Capability, state: &mut T) -> Result<JobState, Error> {
    Ok(match job {
        wit::State::Queued(how_far) => JobState::Queued(progress(how_far, state)?),
        wit::State::Running(how_far) => JobState::Running(progress(how_far, state)?),
        wit::State::Succeeded(made) => JobState::Succeeded(Box::new(response(made, capability, state)?)),
        wit::State::Failed(why) => JobState::Failed(failure(why)),
        wit::State::Cancelled(used) => JobState::Cancelled(used.map(usage)),
        wit::State::Expired => JobState::Expired,
    })
}

pub(crate) fn cancel_result(result: wit::CancelResult) -> CancelResult {
    match result {
        wit::CancelResult::Cancelled => CancelResult::Cancelled,
        wit::CancelResult::TooLate => CancelResult::TooLate,
        wit::CancelResult::Unsupported => CancelResult::Unsupported,
    }
}

fn progress<T: Imports>(progress: wit::JobProgress, state: &mut T) -> Result<JobProgress, Error> {
    Ok(JobProgress {
        permille: progress.permille.map(|permille| permille.min(1000)),
        queue_position: progress.queue_position,
        remaining: progress.eta_ms.map(|eta| Duration::from_millis(eta.into())),
        preview: progress.preview.map(|preview| media_from_guest(preview, state)).transpose()?,
    })
}

fn response<T: Imports>(outcome: wit::Outcome, capability: Capability, state: &mut T) -> Result<Response, Error> {
    let outputs = outcome.outputs.into_iter().map(|made| output(made, state)).collect::<Result<_, Error>>()?;
    let outcome = JobOutcome { outputs, usage: usage(outcome.usage), warnings: warnings(outcome.warnings) };
    let mut response = outcome.into_response(capability)?;
    response.clean()?;
    Ok(response)
}

fn output<T: Imports>(output: wit::Output, state: &mut T) -> Result<JobOutput, Error> {
    Ok(JobOutput {
        content: media_from_guest(output.content, state)?,
        width: output.width,
        height: output.height,
        seconds: output.seconds,
        seed: output.seed,
        revised_prompt: output.revised_prompt,
    })
}
