//! Has a server make films of pictures, which takes longer than a call.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::http::{self, Request};
use palisade_guest::jobs::{self, Outcome, Output, Progress, State};
use palisade_guest::{
    CallOptions, Description, Failure, ImageToVideo, Jobs, Media, Model, Provider, Result, Usage, image_to_video,
};
use serde::{Deserialize, Serialize};

const SERVER: &str = "https://films.example.com/v1";
const KEY: &str = "api-key";

/// The longest film, in bytes.
const MOST: usize = 64 << 20;

#[derive(Serialize)]
struct Wanted {
    picture: String,
    prompt: Option<String>,
    seconds: f32,
}

/// What the server calls a film, or a picture. The host keeps that of a film, to find it again.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
}

/// What the server says of a film.
#[derive(Deserialize)]
struct Film {
    state: String,
    permille: Option<u32>,
    seconds: Option<f32>,
    reason: Option<String>,
}

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("film").float("seconds", 1.0..=10.0).input("image/*").output("video/mp4");
        Description::new("my-provider")
            .summary("Has a server make films of pictures.")
            .host("films.example.com")
            .credential(KEY)
            .model(model)
    }
}

impl ImageToVideo for MyProvider {
    fn submit(request: image_to_video::Request, options: &CallOptions) -> Result<Vec<u8>> {
        let Ticket { id: picture } = upload(&request.first_frame)?;
        let wanted = Wanted { picture, prompt: request.prompt, seconds: request.seconds.unwrap_or(5.0) };
        // The same key means the same film: nobody pays twice.
        let sent = Request::post(format!("{SERVER}/films"))
            .header("idempotency-key", &options.idempotency_key)
            .credential(KEY)
            .json(&wanted)?
            .send()?;
        let ticket: Ticket = sent.accept()?.json()?;
        jobs::token(&ticket)
    }
}

impl Jobs for MyProvider {
    fn poll(token: &[u8]) -> Result<State> {
        let Ticket { id } = jobs::read(token)?;
        let film: Film = get(&format!("films/{id}"))?.json()?;
        match film.state.as_str() {
            "failed" => {
                let reason = film.reason.unwrap_or_default();
                Ok(State::Failed(Failure::internal(format!("the server failed: {reason}"))))
            }
            "done" => {
                let file = get(&format!("films/{id}/file"))?.bytes(MOST)?;
                let output = Output { seconds: film.seconds, ..Output::new(Media::new("video/mp4", file)?) };
                let usage = Usage::of("video-second", film.seconds.unwrap_or_default());
                Ok(State::Succeeded(Outcome::new([output]).usage(usage)))
            }
            _ => Ok(State::Running(Progress { permille: film.permille, ..Progress::unknown() })),
        }
    }
}

palisade_guest::export!(MyProvider: jobs, image_to_video);

/// Hands the server a picture, which costs nothing.
fn upload(picture: &Media) -> Result<Ticket> {
    let sent = Request::post(format!("{SERVER}/pictures"))
        .body(picture.media_type(), picture.read_all()?)
        .credential(KEY)
        .send()?;
    sent.accept()?.json()
}

/// What the server has at a path.
fn get(path: &str) -> Result<http::Response> {
    Ok(Request::get(format!("{SERVER}/{path}")).credential(KEY).send()?.accept()?)
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;
    use palisade_guest::http::{Answer, Body, set_in_test};

    use super::*;

    fn submit() -> Result<Vec<u8>> {
        let request = image_to_video::Request::new(Media::new("image/png", b"fox".to_vec())?);
        MyProvider::submit(request, &CallOptions::new("film"))
    }

    /// Has the server answer so, whatever it is asked.
    fn answers(status: u16, body: &'static str) {
        set_in_test(move |_| Ok(Answer::new(status).piece(body)));
    }

    #[test]
    fn a_film_is_submitted_and_fetched_when_it_is_done() {
        set_in_test(|request| {
            let body = match request.url.rsplit('/').next() {
                Some("pictures") if request.body == Body::Bytes(b"fox".to_vec()) => r#"{"id": "p1"}"#,
                Some("films") => r#"{"id": "7"}"#,
                _ => panic!("{request:?}"),
            };
            Ok(Answer::new(200).piece(body))
        });
        let token = submit().unwrap();
        answers(200, r#"{"state": "running", "permille": 500}"#);
        assert_eq!(MyProvider::poll(&token).unwrap(), State::Running(Progress::permille(500)));
        set_in_test(|request| {
            let body =
                if request.url.ends_with("/films/7/file") { "film" } else { r#"{"state": "done", "seconds": 5}"# };
            Ok(Answer::new(200).piece(body))
        });
        let State::Succeeded(outcome) = MyProvider::poll(&token).unwrap() else { panic!("it is not done") };
        assert_eq!(outcome.outputs[0].content.read_all().unwrap(), b"film");
        assert_eq!(outcome.usage, Usage::of("video-second", 5));
    }

    #[test]
    fn what_fails_is_told() {
        answers(429, "");
        assert!(matches!(submit().unwrap_err().kind, FailureKind::RateLimited(_)));
        answers(200, r#"{"state": "failed", "reason": "no fox"}"#);
        let token = jobs::token(&Ticket { id: "7".to_owned() }).unwrap();
        let State::Failed(failure) = MyProvider::poll(&token).unwrap() else { panic!("it has not failed") };
        assert!(failure.message.contains("no fox"));
    }
}
