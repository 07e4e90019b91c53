//! Answers that come piece by piece, the right one and wrong ones.

use palisade_guest::chat::{Event, Finish, FinishReason, Request, Response, ToolCallDelta};
use palisade_guest::text_to_speech::{self, Event as Sound};
use palisade_guest::{CallOptions, Failure, Result, Usage, credentials, http, progress};

use crate::computing;

/// The right answer, word by word: what was said last. Each word is reported when it is asked for.
fn echo(request: &Request) -> Response {
    let words: Vec<String> = request.prompt().split_inclusive(' ').map(str::to_owned).collect();
    let usage = Usage::none().and("output-token", u32::try_from(words.len()).unwrap_or(u32::MAX));
    let finish = Event::finish(Finish::new(FinishReason::Stop).usage(usage));
    let words = words.into_iter().map(|word| {
        progress::report(0.0, &word);
        Ok(Event::text(word))
    });
    Response::stream(words.chain([Ok(finish)]))
}

pub(crate) fn reply(behaviour: &str, request: &Request, _: &CallOptions) -> Result<Response> {
    let finish = || Ok(Event::finish(FinishReason::Stop));
    let call = |index, id: Option<&str>, arguments: &str| {
        let (id, name) = (id.map(str::to_owned), id.map(|_| "paint".to_owned()));
        Ok(Event::ToolCall(ToolCallDelta { index, id, name, arguments: arguments.to_owned() }))
    };
    Ok(match behaviour {
        "spin-in-reply" => computing::spin(),
        "refuses-to-reply" => return Err(Failure::invalid_input("messages", "not \u{1b}[31mnice")),
        "spin-in-next" => Response::stream(std::iter::from_fn(|| computing::spin())),
        "spin-after-a-word" => {
            Response::stream([Ok(Event::text("a"))].into_iter().chain(std::iter::from_fn(|| computing::spin())))
        }
        "trap-in-next" => Response::stream([Ok(Event::text("a"))].into_iter().chain(std::iter::from_fn(|| {
            computing::trap();
            None
        }))),
        "fails-midway" => Response::stream([Ok(Event::text("a")), Err(Failure::internal("out of words"))]),
        "no-finish" => Response::stream([Ok(Event::text("and then"))]),
        "nothing" => Response::stream([]),
        "endless-text" => Response::stream(std::iter::repeat_with(|| Ok(Event::text("x".repeat(64 << 10))))),
        "endless-silence" => Response::stream(std::iter::repeat_with(|| Ok(Event::text("")))),
        "huge-piece" => Response::stream([Ok(Event::text("x".repeat(40 << 20))), finish()]),
        "endless-calls" => Response::stream((0..).map(move |index| call(index, Some("1"), "{}"))),
        "calls-without-name" => Response::stream([call(0, None, "{}"), finish()]),
        "calls-out-of-order" => Response::stream([call(3, Some("1"), "{}"), finish()]),
        "calls-without-json" => Response::stream([call(0, Some("1"), "{"), finish()]),
        "calls-what-it-was-not-given" => Response::stream([call(0, Some("1"), "{}"), finish()]),
        "waits-for-nothing" => Response::stream([Ok(Event::finish(FinishReason::ToolCalls))]),
        "nan-finish" => Response::text("a").usage(Usage::none().and("character", f64::NAN)),
        "red-finish" => Response::stream([Ok(Event::finish(FinishReason::Other("all \u{1b}[31mred".to_owned())))]),
        "asks-for-more" => Response::text(ask_for_more()),
        _ => echo(request),
    })
}

/// What the host says to who asks for what was not granted.
fn ask_for_more() -> String {
    let request = http::Request {
        method: http::Method::Post,
        url: "https://example.com/".to_owned(),
        headers: Vec::new(),
        body: http::Body::Bytes(b"secret".to_vec()),
        credential: Some("key".to_owned()),
        first_byte_ms: None,
    };
    let credential = credentials::has("\u{1b}[31mkey").map_err(|failure| failure.message);
    let answer = http::send(request).map(|response| response.status());
    format!("credential: {credential:?}; http: {answer:?}")
}

pub(crate) fn speak(behaviour: &str, _: &text_to_speech::Request) -> text_to_speech::Response {
    use text_to_speech::Response;
    match behaviour {
        "no-sound" => Response::stream("audio/wav", [Ok(Sound::finish(text_to_speech::Finish::new(Usage::none())))]),
        "wrong-sound" => Response::audio("text/\u{1b}[31mhtml", b"RIFF".to_vec()),
        "sound-without-end" => Response::stream("audio/wav", [Ok(Sound::audio(b"RIFF".to_vec()))]),
        "endless-sound" => {
            Response::stream("audio/wav", std::iter::repeat_with(|| Ok(Sound::audio(vec![0; 64 << 10]))))
        }
        _ => Response::audio("audio/wav", b"RIFF".to_vec()),
    }
}
