//! What a job keeps to: its token is all there is of it, its end is the end, and what is said of a cancellation is so.

use palisade_core::{
    CancelResult, Capability, Error, ErrorClass, JobState, JobToken, Provider as _, Request, Result,
    catalogue::Cancellation,
};
use serde_json::Value;

use crate::{
    Code, Severity,
    door::Lack,
    job::Followed,
    repeated::content,
    report::{Check, Finding},
    run::Caller,
};

/// Why nothing more is checked of a job that was not served: what is wrong with that is told elsewhere.
const NOT_SERVED: &str = "the request was not served";

/// Checks the jobs of a model with a request that it serves, and another one. `kept` is the same component, whose instances
/// are kept.
pub(crate) async fn check_jobs(
    caller: &Caller<'_>,
    kept: &Caller<'_>,
    plain: &Request,
    other: Option<&Request>,
    check: &mut Check,
) {
    let Some(token) = submitted(caller, plain, check).await else { return };
    let first = caller.follow(plain, &token).await;
    let Ok(made) = &first.result else {
        check_instance(kept, plain, &first, check).await;
        return;
    };
    check.tried();
    check_settled(caller, plain, &token, &content(made), check).await;
    if let (Ok(token), _) = kept.submit(plain).await
        && let Ok(made) = &kept.follow(plain, &token).await.result
    {
        check_settled(kept, plain, &token, &content(made), check).await;
    }
    let capability = plain.capability();
    let done = caller.cancel(capability, &token).await;
    if let Some(CancelResult::Cancelled) = answered(done, "the cancellation of a job that is done", check) {
        check.find(Finding::new(Code::CancelUntrue, "it says `cancelled` of a job that was done before"));
    }
    let next = other.unwrap_or(plain);
    if let Some(token_of_next) = submitted(caller, next, check).await {
        if token_of_next == token && other.is_some() {
            check.find(Finding::new(Code::SameToken, "the jobs of two different requests have the same token"));
        }
        check_cancel(caller, next, &token_of_next, check).await;
    }
    check_unknown(caller, capability, &token, check).await;
}

async fn submitted(caller: &Caller<'_>, request: &Request, check: &mut Check) -> Option<JobToken> {
    match caller.submit(request).await {
        (Ok(token), _) => Some(token),
        (Err(_), _) => {
            check.leave_out(NOT_SERVED);
            None
        }
    }
}

/// What of an answer there is to go on with. What the sandbox had to stop is a finding, and an upstream that is missing is
/// told.
fn answered<T>((answer, lack): (Result<T>, Lack), what: &str, check: &mut Check) -> Option<T> {
    let error = match answer {
        Ok(answer) => {
            check.tried();
            return Some(answer);
        }
        Err(error) => error,
    };
    if error.kind().class() == ErrorClass::Sandbox {
        check.tried();
        check.find(stopped(what, &error));
    } else if let Some(missing) = lack.missing() {
        check.leave_out(format!("it needs {missing}: `{}`: {error}", error.kind().code()));
    } else {
        check.tried();
    }
    None
}

fn stopped(what: &str, error: &Error) -> Finding {
    let found = format!("{what}: `{}`: {error}", error.kind().code());
    Finding::new(Code::Error(error.kind()), found).with_severity(Severity::Error)
}

/// Looks whether a job that was lost is found by the instance that submitted it.
async fn check_instance(kept: &Caller<'_>, plain: &Request, lost: &Followed, check: &mut Check) {
    if !lost.lack.was_asked()
        && !lost.goes_on
        && let (Ok(token), _) = kept.submit(plain).await
        && kept.follow(plain, &token).await.result.is_ok()
    {
        check.tried();
        let why = lost.result.as_ref().err().map(|error| format!("`{}`: {error}", error.kind().code()));
        let found = format!(
            "the instance that gave a token finds its job, and a fresh one does not: {}",
            why.unwrap_or_default()
        );
        check.find(Finding::new(Code::TokenNeedsInstance, found));
        return;
    }
    check.leave_out(NOT_SERVED);
}

/// Asks after a job that has ended once more.
async fn check_settled(caller: &Caller<'_>, request: &Request, token: &JobToken, made: &Value, check: &mut Check) {
    let again = caller.whereabouts(request.capability(), token).await;
    let found = match answered(again, "the second question after a job that is done", check) {
        None | Some(JobState::Expired) => return,
        Some(JobState::Succeeded(again)) if content(&again) == *made => return,
        Some(JobState::Succeeded(_)) => "it made something else when it was asked after a second time".to_owned(),
        Some(state) => format!("it was `succeeded`, and `{}` when it was asked after a second time", state.name()),
    };
    check.find(Finding::new(Code::JobDiffers, found));
}

/// Has a job stopped that was just submitted.
async fn check_cancel(caller: &Caller<'_>, request: &Request, token: &JobToken, check: &mut Check) {
    let capability = request.capability();
    let said = caller.cancel(capability, token).await;
    let claims = caller.component.catalogue().description.cancellation;
    let found = match answered(said, "a cancellation", check) {
        None => return,
        Some(CancelResult::Cancelled) => {
            let followed = caller.follow(request, token).await;
            match &followed.result {
                // A queue may be past the point where it still could.
                Ok(_) if followed.lack.was_asked() => None,
                Ok(_) => Some("it says `cancelled`, and the job was done all the same".to_owned()),
                Err(_) if followed.goes_on => Some("it says `cancelled`, and the job goes on".to_owned()),
                Err(error) if error.kind().class() == ErrorClass::Sandbox => {
                    check.find(stopped("a question after a job that was cancelled", error));
                    None
                }
                Err(_) => None,
            }
        }
        Some(CancelResult::TooLate) => {
            let state = caller.whereabouts(capability, token).await;
            let state = answered(state, "a question after a job that could not be cancelled any more", check);
            let state = state.filter(|state| matches!(state, JobState::Queued(_) | JobState::Running(_)));
            state.map(|state| format!("it says `too-late` of a job that is `{}`", state.name()))
        }
        Some(CancelResult::Unsupported) => (claims != Cancellation::None)
            .then(|| "it says `unsupported`, and its description says that it can be cancelled".to_owned()),
    };
    check.find_some(found.map(|found| Finding::new(Code::CancelUntrue, found)));
    let again = caller.cancel(capability, token).await;
    answered(again, "a second cancellation", check);
}

/// Asks after jobs that there never were.
async fn check_unknown(caller: &Caller<'_>, capability: Capability, real: &JobToken, check: &mut Check) {
    let half = real.bytes().get(..real.bytes().len() / 2).unwrap_or_default().to_vec();
    let tokens = [
        ("an empty token", Vec::new(), true),
        ("a token of other words", b"nobody gave this token".to_vec(), true),
        ("a token of empty JSON", b"{}".to_vec(), true),
        ("a token that is no text", vec![0xff; 64], true),
        ("a token of 4096 bytes", vec![b'x'; JobToken::MAX_BYTES], true),
        // It may be the token of another job.
        ("half a token", half, false),
    ];
    for (what, bytes, is_nobodys) in tokens {
        let Ok(token) = JobToken::new(bytes) else { continue };
        let state = answered(caller.whereabouts(capability, &token).await, what, check);
        let state = state.filter(|state| is_nobodys && !matches!(state, JobState::Failed(_) | JobState::Expired));
        if let Some(state) = state {
            let found = format!("{what}: the job is `{}`, and there is none", state.name());
            check.find(Finding::new(Code::UnknownTokenAccepted, found));
        }
        let result = answered(caller.cancel(capability, &token).await, what, check);
        if is_nobodys && result == Some(CancelResult::Cancelled) {
            let found = format!("{what}: the job was cancelled, and there is none");
            check.find(Finding::new(Code::UnknownTokenAccepted, found));
        }
    }
}
