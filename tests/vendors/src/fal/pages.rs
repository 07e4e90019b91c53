//! Its pages: submit, look, fetch, cancel.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};

use super::{
    Fal, error,
    job::{Job, Stage},
    result,
};
use crate::{failure::Failure, site::Site};

type Both = (Arc<Fal>, Arc<Site>);

pub(super) fn all(fal: Arc<Fal>, site: Arc<Site>) -> Router {
    let job = "/{owner}/{app}/requests/{id}";
    Router::new()
        .route("/{owner}/{app}", post(submit))
        .route("/{owner}/{app}/{*path}", post(submit))
        .route(job, get(fetch))
        .route(&format!("{job}/status"), get(look))
        .route(&format!("{job}/cancel"), put(cancel))
        .with_state((fal, site))
}

async fn submit(
    State((fal, site)): State<Both>,
    address: Uri,
    headers: HeaderMap,
    later: Option<Extension<Failure>>,
    body: Bytes,
) -> Response {
    fal.jobs().counts.submissions += 1;
    let model = address.path().trim_start_matches('/');
    let Ok(input) = serde_json::from_slice::<Value>(&body) else {
        return error::request(400, "bad_request", "The body is no JSON");
    };
    if let Err((field, kind, message)) = result::check(model, &input) {
        return error::input(422, &["body", field], kind, message, &input[field]);
    }
    let job = Job::new(model, input, headers, fal.pace, later.map(|Extension(failure)| failure));
    let mut jobs = fal.jobs();
    let id = format!("00000000-0000-4000-8000-{:012}", jobs.order.len() + 1);
    let mut answer = links(&site, &job, &id);
    state(&mut answer, job.stage());
    jobs.order.push(id.clone());
    jobs.by_id.insert(id, job);
    Json(answer).into_response()
}

async fn look(State((fal, site)): State<Both>, Path(path): Path<[String; 3]>, RawQuery(query): RawQuery) -> Response {
    let mut jobs = fal.jobs();
    jobs.counts.polls += 1;
    let Some((id, job)) = jobs.find(&path) else { return missing() };
    let stage = job.poll();
    let mut answer = links(&site, job, &id);
    state(&mut answer, stage);
    if query.is_some_and(|query| query.split('&').any(|part| part == "logs=1")) && !matches!(stage, Stage::InQueue(_)) {
        let line = |message| json!({ "message": message, "level": "INFO", "source": "USER", "timestamp": "2026-01-01T00:00:00Z" });
        answer["logs"] = json!([line("Loading the model"), line("Mixing two colours")]);
    }
    if stage == Stage::Completed {
        answer["metrics"] = json!({ "inference_time": 0.5 });
        if job.is_cancelled() {
            answer["error"] = "Request was cancelled".into();
            answer["error_type"] = "client_cancelled".into();
        }
    }
    let status = if stage == Stage::Completed { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, Json(answer)).into_response()
}

async fn fetch(State((fal, site)): State<Both>, Path(path): Path<[String; 3]>) -> Response {
    let mut jobs = fal.jobs();
    jobs.counts.results += 1;
    let Some((id, job)) = jobs.find(&path) else { return missing() };
    let mut response = match (job.stage(), job.failure()) {
        (Stage::InQueue(_) | Stage::InProgress, _) => error::plain(400, "Request is still in progress"),
        _ if job.is_cancelled() => error::request(499, "client_cancelled", "Request was cancelled"),
        (_, None | Some(Failure::Withheld)) => result::answer(job, &site),
        (_, Some(failure)) => error::refusal(failure),
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-fal-request-id", id);
    }
    response
}

async fn cancel(State((fal, _)): State<Both>, Path(path): Path<[String; 3]>) -> Response {
    let mut jobs = fal.jobs();
    jobs.counts.cancels += 1;
    let (status, word) = match jobs.find(&path).map(|(_, job)| job.cancel()) {
        Some(true) => (StatusCode::ACCEPTED, "CANCELLATION_REQUESTED"),
        Some(false) => (StatusCode::BAD_REQUEST, "ALREADY_COMPLETED"),
        None => (StatusCode::NOT_FOUND, "NOT_FOUND"),
    };
    (status, Json(json!({ "status": word }))).into_response()
}

impl super::Jobs {
    /// Finds a job by owner, name and id. Who asks with the name of another model finds nothing.
    fn find(&mut self, [owner, app, id]: &[String; 3]) -> Option<(String, &mut Job)> {
        let job = self.by_id.get_mut(id)?;
        (job.app == format!("{owner}/{app}")).then(|| (id.clone(), job))
    }
}

fn missing() -> Response {
    error::plain(404, "Request not found")
}

/// Where to ask for a job. What follows the name of an app is not part of that.
fn links(site: &Site, job: &Job, id: &str) -> Value {
    let url = format!("http://{}/{}/requests/{id}", site.address, job.app);
    json!({
        "request_id": id,
        "response_url": url,
        "status_url": format!("{url}/status"),
        "cancel_url": format!("{url}/cancel"),
    })
}

fn state(answer: &mut Value, stage: Stage) {
    answer["status"] = match stage {
        Stage::InQueue(position) => {
            answer["queue_position"] = position.into();
            "IN_QUEUE".into()
        }
        Stage::InProgress => "IN_PROGRESS".into(),
        Stage::Completed => "COMPLETED".into(),
    };
}
