//! A provider that tries what a stranger's component may try. The setting `behaviour` says what; without it, and with
//! `well-behaved`, it is a correct provider of one grey pixel.
//!
//! `describing` is what happens when it is loaded; `computing`, `hoarding`, `flooding`, `remembering` and `answering` when a
//! picture is asked for; `streaming`, `reaching`, `searching`, `keeping` and `storing` when an answer or a sound is; `counting` for what gives numbers and JSON;
//! `lasting` for films, whose work is a job.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod answering;
mod computing;
mod counting;
mod describing;
mod flooding;
mod hoarding;
mod keeping;
mod lasting;
mod reaching;
mod remembering;
mod searching;
mod storing;
mod streaming;
mod text;

use palisade_guest::text_to_image::{Request, Response};
use palisade_guest::{
    CallOptions, Chat, Custom, Description, Embedding, Failure, Jobs, Models, Moderation, Provider, Rerank, Result,
    TextToImage, TextToSpeech, TextToVideo, chat, config, custom, embedding, jobs, moderation, rerank, text_to_speech,
    text_to_video,
};

/// The provider.
#[derive(Debug)]
pub struct Hostile;

impl Provider for Hostile {
    fn describe() -> Description {
        describing::describe(&behaviour())
    }

    fn models(cursor: Option<&str>) -> Result<Models> {
        describing::models(&behaviour(), cursor)
    }

    fn check_health() -> Result<()> {
        match behaviour().as_str() {
            "spin-in-check" => computing::spin(),
            "unhealthy" => Err(Failure::internal("out of \u{1b}[31mpaint")),
            _ => Ok(()),
        }
    }
}

impl TextToImage for Hostile {
    #[expect(clippy::panic, reason = "a behaviour without a name here is a mistake in a test")]
    fn generate(request: Request, options: &CallOptions) -> Result<Response> {
        let behaviour = behaviour();
        match behaviour.as_str() {
            "spin" => computing::spin(),
            "bulk-fill" => computing::bulk_fill(),
            "stack-overflow" => computing::stack_overflow(),
            "trap" => computing::trap(),

            "eat-memory" => hoarding::memory(),
            "eat-memory-politely" => hoarding::memory_politely(),
            "many-blobs" => hoarding::blobs(),
            "many-blobs-politely" => hoarding::blobs_politely(),
            "blob-churn" => hoarding::blob_churn()?,
            "handle-flood" => hoarding::handles(),

            "log-flood" => flooding::log(),
            "log-newlines" => flooding::newlines(),
            "huge-argument" => flooding::huge_argument(),
            "host-call-flood" => flooding::host_calls(),
            "hash-blobs" => flooding::hashes()?,
            "progress" => flooding::progress(),

            "counts-calls" => _ = remembering::counts(),
            "leaks" => remembering::leaks(),
            "crashes-later" => remembering::crashes_later(),

            "many-models" if options.model == "m5" => return Err(Failure::internal("out of paint")),
            "unseeded" => return answering::unseeded(&request, options),

            name if answering::NAMES.contains(&name) => return answering::answer(name),
            name if describing::NAMES.contains(&name) || ["spin-in-check", "unhealthy"].contains(&name) => {}
            name => panic!("there is no behaviour `{name}`"),
        }
        answering::well(&request, options)
    }
}

impl Chat for Hostile {
    fn reply(request: chat::Request, options: &CallOptions) -> Result<chat::Response> {
        let behaviour = behaviour();
        match behaviour.as_str() {
            "imports" => reaching::reply(&behaviour, &request),
            "keeps" => keeping::reply(&request),
            "stores" => storing::reply(&request),
            "needs-a-store" => storing::note(),
            "needs-room" => keeping::note(),
            name if name.starts_with("reaches") => reaching::reply(name, &request),
            name => streaming::reply(name, &request, options),
        }
    }
}

impl TextToSpeech for Hostile {
    fn synthesize(request: text_to_speech::Request, _: &CallOptions) -> Result<text_to_speech::Response> {
        Ok(streaming::speak(&behaviour(), &request))
    }
}

impl Embedding for Hostile {
    fn embed(request: embedding::Request, _: &CallOptions) -> Result<embedding::Response> {
        Ok(counting::embed(&behaviour(), &request))
    }
}

impl Rerank for Hostile {
    fn rerank(request: rerank::Request, _: &CallOptions) -> Result<rerank::Response> {
        Ok(counting::rank(&behaviour(), &request))
    }
}

impl Moderation for Hostile {
    fn moderate(request: moderation::Request, _: &CallOptions) -> Result<moderation::Response> {
        Ok(counting::judge(&behaviour(), &request))
    }
}

impl Custom for Hostile {
    fn tasks() -> Vec<custom::Task> {
        counting::tasks(&behaviour())
    }

    fn run(request: custom::Request, _: &CallOptions) -> Result<custom::Response> {
        counting::run(&behaviour(), &request)
    }
}

impl TextToVideo for Hostile {
    fn submit(request: text_to_video::Request, _: &CallOptions) -> Result<Vec<u8>> {
        lasting::submit(&behaviour(), &request)
    }
}

impl Jobs for Hostile {
    fn poll(token: &[u8]) -> Result<jobs::State> {
        lasting::poll(&behaviour(), token)
    }

    fn cancel(token: &[u8]) -> Result<jobs::CancelResult> {
        lasting::cancel(&behaviour(), token)
    }
}

palisade_guest::export!(
    Hostile: text_to_image, chat, text_to_speech, embedding, rerank, moderation, custom, text_to_video, jobs
);

fn behaviour() -> String {
    config::get("behaviour").unwrap_or_else(|| "well-behaved".to_owned())
}
