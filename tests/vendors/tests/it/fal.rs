//! Fal: jobs.

use palisade_vendors::{Counts, Failure, Fal, Listen, Pace, Running, Stage, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, ask, download, get, post, send, sides};

async fn submit(vendor: &Running<Fal>, model: &str, input: Value) -> Value {
    let answer = post(vendor, &format!("/{model}"), &input).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Asks one of the addresses that came with the submission.
async fn follow(vendor: &Running<Fal>, job: &Value, link: &str, method: &str) -> Answer {
    let path = job[link].as_str().unwrap().strip_prefix(&vendor.url("")).expect("it is a page of this vendor");
    ask(vendor, method, path, "").await
}

async fn by_hand() -> Running<Fal> {
    Fal::at(Pace::ByHand).listen(Listen::default()).await.unwrap()
}

#[tokio::test]
async fn a_job_goes_on_with_each_poll() {
    let vendor = Fal::start().await;
    let job =
        submit(&vendor, "fal-ai/flux/dev", json!({ "prompt": "a fox", "image_size": "square", "num_images": 2 })).await;
    assert_eq!((&job["status"], &job["queue_position"]), (&json!("IN_QUEUE"), &json!(1)));
    let id = job["request_id"].as_str().unwrap();
    let page = vendor.url(&format!("/fal-ai/flux/requests/{id}"));
    assert_eq!(job["response_url"], page, "without what follows the name of the app");
    assert_eq!(
        (&job["status_url"], &job["cancel_url"]),
        (&json!(format!("{page}/status")), &json!(format!("{page}/cancel")))
    );

    let mut seen = Vec::new();
    for _ in 0..5 {
        let early = follow(&vendor, &job, "response_url", "GET").await;
        let completed = vendor.stage(id) == Some(Stage::Completed);
        assert_eq!(early.status, if completed { 200 } else { 400 });
        let path = format!("/fal-ai/flux/requests/{id}/status?logs=1");
        let state = get(&vendor, &path).await;
        let json = state.json();
        let logs = json["logs"].as_array().map_or(0, Vec::len);
        seen.push((state.status, json["status"].as_str().unwrap().to_owned(), json["queue_position"].as_u64(), logs));
    }
    let row = |status: u16, word: &str, position, logs| (status, word.to_owned(), position, logs);
    assert_eq!(
        seen,
        [
            row(202, "IN_QUEUE", Some(1), 0),
            row(202, "IN_QUEUE", Some(0), 0),
            row(202, "IN_PROGRESS", None, 2),
            row(200, "COMPLETED", None, 2),
            row(200, "COMPLETED", None, 2),
        ]
    );

    let result = follow(&vendor, &job, "response_url", "GET").await.json();
    assert_eq!((&result["prompt"], &result["has_nsfw_concepts"]), (&json!("a fox"), &json!([false, false])));
    let images = result["images"].as_array().unwrap();
    assert_eq!((images.len(), &images[0]["width"], &images[0]["height"]), (2, &json!(512), &json!(512)));
    let [first, second] = [download(&vendor, &images[0]["url"]).await, download(&vendor, &images[1]["url"]).await];
    assert_eq!((first.header("content-type"), sides(&first.body)), ("image/png", (512, 512)));
    assert_ne!(first.body, second.body);
}

#[tokio::test]
async fn a_video_is_a_job_too() {
    let vendor = by_hand().await;
    let job = submit(&vendor, "acme/moves/text-to-video", json!({ "prompt": "a fox runs" })).await;
    assert!(vendor.complete(job["request_id"].as_str().unwrap()));
    let video = follow(&vendor, &job, "response_url", "GET").await.json()["video"].clone();
    let file = download(&vendor, &video["url"]).await;
    assert_eq!((&video["content_type"], &video["file_size"]), (&json!("video/mp4"), &json!(file.body.len())));
    assert_eq!((file.header("content-type"), &file.body[4..8]), ("video/mp4", &b"ftyp"[..]));
}

#[tokio::test]
async fn a_video_may_begin_with_a_picture() {
    let vendor = by_hand().await;
    let model = "/acme/moves/image-to-video";
    for (picture, kind) in [(Value::Null, "missing"), (json!("file:///fox.png"), "file_download_error")] {
        let answer = post(&vendor, model, &json!({ "prompt": "it runs", "image_url": picture })).await;
        let error = answer.json()["detail"][0].clone();
        assert_eq!((answer.status, &error["loc"]), (422, &json!(["body", "image_url"])));
        assert_eq!(error["type"], kind);
    }
    let input = json!({ "prompt": "it runs", "image_url": "data:image/png;base64,AA==", "duration": "8s" });
    let job = submit(&vendor, model.trim_start_matches('/'), input).await;
    assert!(vendor.complete(job["request_id"].as_str().unwrap()));
    assert_eq!(follow(&vendor, &job, "response_url", "GET").await.header("x-fal-billable-units"), "8");
}

#[tokio::test]
async fn what_is_old_is_forgotten() {
    let vendor = by_hand().await;
    let job = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox" })).await;
    let id = job["request_id"].as_str().unwrap();
    vendor.complete(id);
    let result = follow(&vendor, &job, "response_url", "GET").await;
    assert_eq!((result.header("x-fal-request-id"), result.header("x-fal-billable-units")), (id, "1"));
    let picture = result.json()["images"][0]["url"].clone();
    download(&vendor, &picture).await;
    vendor.expire_files();
    let path = picture.as_str().unwrap().replace(&vendor.url(""), "");
    assert_eq!(send(vendor.address, "GET", &path, &[], "").await.status, 404);
    assert!(vendor.expire(id) && !vendor.expire(id));
    for link in ["status_url", "response_url"] {
        assert_eq!(follow(&vendor, &job, link, "GET").await.status, 404);
    }
    assert_eq!(follow(&vendor, &job, "cancel_url", "PUT").await.status, 404);
    assert_eq!(vendor.counts(), Counts { submissions: 1, polls: 1, results: 2, cancels: 1 });
}

#[tokio::test]
async fn a_test_takes_jobs_further_by_hand() {
    let vendor = by_hand().await;
    let job = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox" })).await;
    let id = job["request_id"].as_str().unwrap();
    for stage in [Stage::InQueue(0), Stage::InProgress, Stage::Completed, Stage::Completed] {
        for _ in 0..3 {
            follow(&vendor, &job, "status_url", "GET").await;
        }
        assert_eq!(vendor.stage(id), Some(stage));
        assert!(vendor.advance(id));
    }
    assert_eq!(vendor.jobs(), [id]);
    assert!(!vendor.advance("other") && !vendor.complete("other") && !vendor.fail("other", Failure::Internal));
    assert_eq!(vendor.stage("other"), None);
}

#[tokio::test]
async fn a_job_is_cancelled_unless_it_has_ended() {
    let vendor = by_hand().await;
    let job = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox" })).await;
    let cancelled = follow(&vendor, &job, "cancel_url", "PUT").await;
    assert_eq!((cancelled.status, cancelled.json()), (202, json!({ "status": "CANCELLATION_REQUESTED" })));
    let state = follow(&vendor, &job, "status_url", "GET").await.json();
    assert_eq!((&state["status"], &state["error_type"]), (&json!("COMPLETED"), &json!("client_cancelled")));
    assert_eq!(follow(&vendor, &job, "response_url", "GET").await.status, 499);
    let again = follow(&vendor, &job, "cancel_url", "PUT").await;
    assert_eq!((again.status, again.json()), (400, json!({ "status": "ALREADY_COMPLETED" })));
    let unknown = ask(&vendor, "PUT", "/fal-ai/flux/requests/none/cancel", "").await;
    assert_eq!((unknown.status, unknown.json()), (404, json!({ "status": "NOT_FOUND" })));
}

#[tokio::test]
async fn a_job_that_failed_is_completed_and_its_result_is_an_error() {
    let vendor = by_hand().await;
    for (failure, status) in [(Failure::Policy, 422), (Failure::Internal, 500), (Failure::Unavailable, 503)] {
        let job = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox" })).await;
        assert!(vendor.fail(job["request_id"].as_str().unwrap(), failure));
        assert_eq!(follow(&vendor, &job, "status_url", "GET").await.json()["status"], "COMPLETED");
        let result = follow(&vendor, &job, "response_url", "GET").await;
        assert_eq!(result.status, status);
        assert!(!result.json()["detail"].is_null());
    }
    let asked = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox, fail:midway" })).await;
    vendor.complete(asked["request_id"].as_str().unwrap());
    let result = follow(&vendor, &asked, "response_url", "GET").await;
    assert_eq!((result.status, &result.json()["detail"][0]["type"]), (500, &json!("internal_server_error")));
    let withheld = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a fox, fail:withheld" })).await;
    vendor.complete(withheld["request_id"].as_str().unwrap());
    assert_eq!(follow(&vendor, &withheld, "response_url", "GET").await.json()["has_nsfw_concepts"], json!([true]));
}

#[tokio::test]
async fn submissions_are_counted_by_what_came_with_them() {
    let vendor = Fal::start().await;
    for (key, times) in [("first", 2), ("second", 1)] {
        for _ in 0..times {
            let key_header = [("authorization", format!("Key {}", Fal::KEY)), ("x-idempotency-key", key.to_owned())];
            let headers = key_header.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = send(vendor.address, "POST", "/fal-ai/flux", &headers, r#"{"prompt": "a fox"}"#).await;
            assert_eq!(answer.status, 200);
        }
    }
    assert_eq!(["first", "second", "third"].map(|key| vendor.submissions("x-idempotency-key", key)), [2, 1, 0]);
    assert_eq!(vendor.jobs().len(), 3);
}

#[tokio::test]
async fn a_job_that_makes_no_sense_is_refused() {
    let vendor = Fal::start().await;
    for (input, field) in [
        (json!({}), "prompt"),
        (json!({ "prompt": "a", "image_size": "huge" }), "image_size"),
        (json!({ "prompt": "a", "num_images": 5 }), "num_images"),
    ] {
        let answer = post(&vendor, "/fal-ai/flux", &input).await;
        assert_eq!((answer.status, answer.json()["detail"][0]["loc"].clone()), (422, json!(["body", field])));
    }
    assert_eq!(ask(&vendor, "POST", "/fal-ai/flux", "no JSON").await.status, 400);
    assert_eq!(post(&vendor, "/flux", &json!({ "prompt": "a" })).await.status, 404);
    let job = submit(&vendor, "fal-ai/flux", json!({ "prompt": "a" })).await;
    let elsewhere = format!("/fal-ai/other/requests/{}/status", job["request_id"].as_str().unwrap());
    assert_eq!(get(&vendor, &elsewhere).await.status, 404);
    assert_eq!(vendor.jobs().len(), 1);
}
