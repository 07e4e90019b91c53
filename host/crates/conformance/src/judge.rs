//! What an answer says about a provider.

use palisade_core::{
    Dimensions, Error, ErrorClass, ErrorKind, Image, Media, Request, Response, Video, Warning, catalogue::Model,
    image_upscale::Scale, text::escape,
};

use crate::{
    Code, Severity,
    door::Missing,
    report::{Check, Finding},
    run::Answer,
    suite::{Case, Expects},
};

/// By how much a film may last longer or shorter than was asked: some pictures more or less.
const NEAR_SECONDS: f32 = 0.5;

/// Judges an answer, and notes it with the check that it belongs to.
pub(crate) fn judge(case: &Case, answer: &Answer, model: &Model, check: &mut Check) {
    match &answer.result {
        Ok(response) => {
            check.tried();
            for finding in served(case, response, model) {
                check.find(finding);
            }
        }
        Err(error) => match missing(error, answer) {
            Some(missing) => check.leave_out(format!("it needs {missing}: {}", answer.explained(error))),
            None if error.kind().class() == ErrorClass::Host => {
                check.leave_out(format!("this host could not try it: {}", answer.explained(error)));
            }
            None => {
                check.tried();
                check.find_some(failed(case, answer, error));
            }
        },
    }
}

/// What is not there that a failure may come from. It is not the request that is wrong then, as far as anybody can tell.
fn missing(error: &Error, answer: &Answer) -> Option<Missing> {
    let is_elsewhere = error.kind().class() == ErrorClass::Provider && error.kind() != ErrorKind::ContentPolicy;
    answer.lacked.filter(|_| is_elsewhere)
}

fn is_typed_refusal(kind: ErrorKind) -> bool {
    use ErrorKind::{ContentPolicy, InvalidInput, LimitExceeded, Unsupported};
    matches!(kind, InvalidInput | LimitExceeded | Unsupported | ContentPolicy)
}

/// What is wrong with a call that failed.
fn failed(case: &Case, answer: &Answer, error: &Error) -> Option<Finding> {
    let kind = error.kind();
    let found = format!("{}: {}", case.what, answer.explained(error));
    let wants_service = matches!(case.expects, Expects::Served | Expects::ServedIfRoom);
    if case.expects == Expects::ServedIfRoom && kind == ErrorKind::LimitExceeded {
        // Two parameters at their most may be too much together, which a catalogue cannot say.
        return None;
    }
    if is_typed_refusal(kind) {
        return wants_service.then(|| Finding::new(Code::ValidRefused, found));
    }
    if kind.class() != ErrorClass::Sandbox {
        let code = if wants_service { Code::ValidFails } else { Code::UntypedFailure };
        return Some(Finding::new(code, found));
    }
    let streamed = answer.pieces.count > 0;
    Some(match kind {
        _ if answer.goes_on => Finding::new(Code::JobWithoutEnd, found),
        ErrorKind::BadOutput if streams(&case.request) && !answer.pieces.ended && says_no_finish(error) => {
            Finding::new(Code::StreamWithoutFinish, found)
        }
        ErrorKind::Trap | ErrorKind::BadOutput | ErrorKind::Leak => Finding::new(Code::Error(kind), found),
        _ if streamed && wants_service => {
            let pieces = answer.pieces.count;
            Finding::new(Code::StreamWithoutEnd, format!("{found}, after {pieces} pieces without an end"))
        }
        _ => {
            // Too much was asked for: it is stopped, and better had refused that itself.
            let severity = if case.expects == Expects::Served { Severity::Error } else { Severity::Warning };
            Finding::new(Code::Error(kind), found).with_severity(severity)
        }
    })
}

fn streams(request: &Request) -> bool {
    matches!(request, Request::Chat(_) | Request::TextToSpeech(_))
}

/// The vocabulary says so of both kinds of streams.
fn says_no_finish(error: &Error) -> bool {
    error.message().contains("without `finish`")
}

/// What is wrong with a call that was served.
fn served(case: &Case, response: &Response, model: &Model) -> Vec<Finding> {
    let warnings = warnings(response);
    let of = |code, found: String| Finding::new(code, format!("{}: {found}", case.what));
    let mut findings = Vec::new();
    match case.expects {
        Expects::Told | Expects::Refused if case.strict => {
            findings
                .push(of(Code::UnsupportedAccepted, "it was served, and a strict caller wants a failure".to_owned()));
        }
        Expects::Refused => findings.push(of(Code::BadInputAccepted, "it was served".to_owned())),
        Expects::Told if warnings.is_empty() => {
            let code = if case.tries.is_some() { Code::UnsupportedAccepted } else { Code::BadInputAccepted };
            findings.push(of(code, "it was served without a warning".to_owned()));
        }
        Expects::Served | Expects::ServedIfRoom | Expects::Answered | Expects::Told => {}
    }
    if matches!(case.expects, Expects::Served | Expects::ServedIfRoom)
        && let Some(tried) = &case.tries
        && warnings.iter().any(|warning| matches!(warning, Warning::IgnoredParameter { name } if name == tried))
    {
        findings.push(of(Code::ParameterIgnored, format!("the provider says that `{tried}` had no effect")));
    }
    // What the catalogue lacks is told above.
    if warnings.is_empty() && !matches!(case.expects, Expects::Told | Expects::Refused) {
        findings.extend(as_asked(&case.request, response).map(|found| of(Code::NotAsAsked, found)));
    }
    for media in made(response) {
        findings.extend(type_of(media).map(|found| of(Code::WrongMediaType, found)));
        if !model.output_types.is_empty() && !model.output_types.contains(&media.media_type) {
            let found = format!("it made `{}`, and the model lists {}", escape(&media.media_type, 80), listed(model));
            findings.push(of(Code::UnlistedOutput, found));
        }
    }
    if response.usage().items.is_empty() {
        findings.push(of(Code::NoUsage, "the answer counts nothing".to_owned()));
    }
    findings
}

fn listed(model: &Model) -> String {
    let types = model.output_types.iter().take(8).map(|own| format!("`{}`", escape(own, 40)));
    types.collect::<Vec<_>>().join(", ")
}

/// What a response warns of.
pub(crate) fn warnings(response: &Response) -> &[Warning] {
    match response {
        Response::TextToImage(response) => &response.warnings,
        Response::ImageEdit(response) => &response.warnings,
        Response::ImageUpscale(response) => &response.warnings,
        Response::Chat(response) => &response.warnings,
        Response::Embedding(response) => &response.warnings,
        Response::Rerank(response) => &response.warnings,
        Response::Moderation(response) => &response.warnings,
        Response::ImageToText(response) => &response.warnings,
        Response::TextToSpeech(response) => &response.warnings,
        Response::SpeechToText(response) => &response.warnings,
        Response::TextToVideo(response) => &response.warnings,
        Response::ImageToVideo(response) => &response.warnings,
        Response::Custom(response) => &response.warnings,
        _ => &[],
    }
}

fn images(response: &Response) -> &[Image] {
    match response {
        Response::TextToImage(response) => &response.images,
        Response::ImageEdit(response) => &response.images,
        Response::ImageUpscale(response) => std::slice::from_ref(&response.image),
        _ => &[],
    }
}

fn videos(response: &Response) -> &[Video] {
    match response {
        Response::TextToVideo(response) => &response.videos,
        Response::ImageToVideo(response) => &response.videos,
        _ => &[],
    }
}

/// The files of a response, without those of tasks, which say themselves what they are.
fn made(response: &Response) -> Vec<&Media> {
    let sound = if let Response::TextToSpeech(response) = response { Some(&response.audio) } else { None };
    let films = videos(response).iter().map(|video| &video.content);
    images(response).iter().map(|image| &image.content).chain(films).chain(sound).collect()
}

/// What a response lacks that says nothing of it.
fn as_asked(request: &Request, response: &Response) -> Option<String> {
    let (size, format) = match request {
        Request::TextToImage(request) => (Some(request.size), request.output_format.as_deref()),
        Request::ImageEdit(request) => (Some(request.size), request.output_format.as_deref()),
        Request::ImageUpscale(request) => {
            let size = if let Scale::Pixels(w, h) = request.scale { Some(Dimensions::Pixels(w, h)) } else { None };
            (size, request.output_format.as_deref())
        }
        Request::TextToVideo(request) => return film_as_asked(request.size, request.seconds, response),
        Request::ImageToVideo(request) => return film_as_asked(request.size, request.seconds, response),
        Request::TextToSpeech(request) => (None, request.output_format.as_deref()),
        Request::Embedding(request) => {
            let Response::Embedding(response) = response else { return None };
            let length = response.vectors.first().map_or(0, Vec::len);
            let asked = request.dimensions.filter(|dimensions| *dimensions as usize != length)?;
            return Some(format!("vectors of {asked} numbers were asked for, and they have {length}"));
        }
        _ => return None,
    };
    if let Some(Dimensions::Pixels(width, height)) = size {
        for image in images(response) {
            if let (Some(w), Some(h)) = (image.width, image.height)
                && (w, h) != (width, height)
            {
                return Some(format!("{width}x{height} pixels were asked for, and {w}x{h} were made"));
            }
        }
    }
    let format = format?;
    let other = made(response).into_iter().find(|media| media.media_type != format)?;
    Some(format!("`{format}` was asked for, and `{}` was made", escape(&other.media_type, 80)))
}

/// The same of films.
fn film_as_asked(size: Dimensions, seconds: Option<f32>, response: &Response) -> Option<String> {
    for video in videos(response) {
        if let (Dimensions::Pixels(width, height), Some(w), Some(h)) = (size, video.width, video.height)
            && (w, h) != (width, height)
        {
            return Some(format!("{width}x{height} pixels were asked for, and {w}x{h} were made"));
        }
        if let (Some(asked), Some(lasts)) = (seconds, video.seconds)
            && (asked - lasts).abs() > NEAR_SECONDS
        {
            return Some(format!("{asked} seconds were asked for, and the film lasts {lasts}"));
        }
    }
    None
}

/// What a file is, where that is not what it says.
fn type_of(media: &Media) -> Option<String> {
    let kind = infer::get(&media.data)?;
    // The same types under older names.
    let plain = |name: &str| match name.replace("/x-", "/").as_str() {
        "audio/wave" => "audio/wav".to_owned(),
        "audio/mp3" => "audio/mpeg".to_owned(),
        "audio/m4a" => "audio/mp4".to_owned(),
        name => name.to_owned(),
    };
    let (says, is) = (plain(&media.media_type), plain(kind.mime_type()));
    (says != is)
        .then(|| format!("it says `{}`, and the bytes are `{}`", escape(&media.media_type, 80), kind.mime_type()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::{Capability, ModelId, ResourceUsage, chat, embedding};

    use crate::run::Pieces;

    fn model() -> Model {
        Model::new("m".parse::<ModelId>().unwrap(), &[Capability::Chat])
    }

    fn judged(
        expects: Expects,
        result: palisade_core::Result<Response>,
        pieces: u64,
        lacked: Option<Missing>,
    ) -> Check {
        let request = chat::Request::new("x").into();
        let case = Case::new(expects, "x", request);
        let pieces = Pieces { count: pieces, ended: false };
        let answer =
            Answer { result, resources: ResourceUsage::default(), last_words: None, pieces, lacked, goes_on: false };
        let mut check = Check::new("x");
        judge(&case, &answer, &model(), &mut check);
        check
    }

    #[test]
    fn how_a_call_may_fail_depends_on_what_was_asked() {
        use ErrorKind::{Auth, BadOutput, InvalidInput, LimitExceeded, MemoryLimit, ProviderFailed, Trap};
        let cases = [
            (Expects::Served, InvalidInput, 0, Some((Code::ValidRefused, Severity::Error))),
            (Expects::Refused, InvalidInput, 0, None),
            (Expects::Answered, InvalidInput, 0, None),
            (Expects::Told, InvalidInput, 0, None),
            (Expects::Served, ProviderFailed, 0, Some((Code::ValidFails, Severity::Error))),
            (Expects::Refused, ProviderFailed, 0, Some((Code::UntypedFailure, Severity::Error))),
            (Expects::Refused, Auth, 0, Some((Code::UntypedFailure, Severity::Error))),
            (Expects::Answered, Trap, 0, Some((Code::Error(Trap), Severity::Error))),
            (Expects::Answered, BadOutput, 0, Some((Code::Error(BadOutput), Severity::Error))),
            (Expects::Served, LimitExceeded, 0, Some((Code::ValidRefused, Severity::Error))),
            (Expects::ServedIfRoom, LimitExceeded, 0, None),
            (Expects::Served, MemoryLimit, 0, Some((Code::Error(MemoryLimit), Severity::Error))),
            (Expects::ServedIfRoom, MemoryLimit, 0, Some((Code::Error(MemoryLimit), Severity::Warning))),
            (Expects::Answered, MemoryLimit, 9, Some((Code::Error(MemoryLimit), Severity::Warning))),
            (Expects::Served, MemoryLimit, 9, Some((Code::StreamWithoutEnd, Severity::Error))),
        ];
        for (expects, kind, pieces, expected) in cases {
            let check = judged(expects, Err(Error::new(kind, "x")), pieces, None);
            let found = check.findings.first().map(|finding| (finding.code, finding.severity));
            assert_eq!(found, expected, "{expects:?} {kind:?}");
            assert_eq!(check.cases, 1);
        }
    }

    #[test]
    fn who_needs_an_upstream_is_not_judged_without() {
        let check = judged(Expects::Served, Err(Error::new(ErrorKind::Auth, "x")), 0, Some(Missing::Upstream));
        assert_eq!((check.cases, check.findings.len()), (0, 0));
        assert_eq!(check.left_out.as_deref(), Some("it needs an upstream: `auth`: x"));
        let check = judged(Expects::Served, Err(Error::new(ErrorKind::Trap, "x")), 0, Some(Missing::Upstream));
        assert_eq!(check.findings.len(), 1, "a crash is its own");
    }

    #[test]
    fn a_bad_request_that_is_served_has_to_be_told() {
        let codes = |expects| {
            let check = judged(expects, Ok(chat::Response::text("x").into()), 1, None);
            check.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(Expects::Served), [Code::NoUsage]);
        assert_eq!(codes(Expects::Told), [Code::BadInputAccepted, Code::NoUsage]);
        assert_eq!(codes(Expects::Refused), [Code::BadInputAccepted, Code::NoUsage]);
    }

    #[test]
    fn what_was_made_is_what_was_asked_for() {
        let request = embedding::Request { dimensions: Some(3), ..embedding::Request::new(["x"]) };
        let response = |length| embedding::Response {
            vectors: vec![vec![1.0; length]],
            usage: Default::default(),
            warnings: Vec::new(),
        };
        let asked = |length| as_asked(&request.clone().into(), &response(length).into());
        assert_eq!(asked(3), None);
        assert!(asked(2).unwrap().contains("3 numbers"));
        let film = |width, seconds| palisade_core::text_to_video::Response {
            videos: vec![Video {
                content: crate::material::picture(2, 2, 1).unwrap(),
                width: Some(width),
                height: Some(10),
                seconds: Some(seconds),
                seed: None,
                revised_prompt: None,
            }],
            usage: Default::default(),
            warnings: Vec::new(),
        };
        let request = palisade_core::text_to_video::Request {
            size: Dimensions::Pixels(20, 10),
            seconds: Some(5.0),
            ..palisade_core::text_to_video::Request::new("x")
        };
        let asked = |width, seconds| as_asked(&request.clone().into(), &film(width, seconds).into());
        assert_eq!(asked(20, 5.2), None);
        assert!(asked(21, 5.0).unwrap().contains("21x10 were made"));
        assert!(asked(20, 4.0).unwrap().contains("the film lasts 4"));
        let picture = crate::material::picture(2, 2, 1).unwrap();
        assert_eq!(type_of(&picture), None);
        let lie = Media { media_type: "image/webp".to_owned(), ..picture };
        assert!(type_of(&lie).unwrap().contains("image/png"));
        assert_eq!(type_of(&crate::material::sound().unwrap()), None, "an older name");
    }
}
