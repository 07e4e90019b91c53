//! The capability `speech-to-text`.

use palisade_guest::speech_to_text::{Request, Response, Segment};
use palisade_guest::{CallOptions, Failure, Result, SpeechToText, Usage};

use crate::{Morse, rhythm, tone, wav};

/// How finely times can be had: the whole, or each word.
pub(crate) const TIMESTAMPS: [&str; 2] = ["segment", "word"];

impl SpeechToText for Morse {
    fn transcribe(request: Request, options: &CallOptions) -> Result<Response> {
        let mut warnings = options.warnings();
        let timestamps = request.timestamps.as_deref();
        if timestamps.is_some_and(|wanted| !TIMESTAMPS.contains(&wanted)) {
            return Err(Failure::invalid_input("timestamps", format!("must be {}", TIMESTAMPS.join(" or "))));
        }

        let sound = wav::read(&request.audio)?;
        if sound.cut_short {
            warnings.note("the file ends before its header says");
        }
        let words: Vec<Segment> = rhythm::words(&tone::runs(&sound))
            .into_iter()
            .map(|word| Segment::new(word.text, word.start, word.end))
            .collect();
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        if text.contains(rhythm::UNKNOWN) {
            warnings.note(format!("{} stands for dots and dashes that are no character", rhythm::UNKNOWN));
        }
        let segments = match (timestamps, words.as_slice()) {
            (Some("word"), _) => words,
            (Some(_), [first, .., last]) => vec![Segment::new(text.clone(), first.start, last.end)],
            (Some(_), _) => words,
            (None, _) => Vec::new(),
        };
        let seconds = sound.seconds();
        let usage = Usage::characters(&text).and("audio-second", seconds);
        let response = Response::new(text).usage(usage).warnings(warnings.into_vec());
        Ok(Response { segments, seconds: Some(seconds), ..response })
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::speech_to_text;
    use palisade_guest::text_to_speech::{self, Event};
    use palisade_guest::{FailureKind, Media, Random, TextToSpeech as _, Warning};
    use proptest::prelude::*;

    use super::*;

    fn spoken(text: &str, voice: &str, speed: f32) -> Vec<u8> {
        let request = text_to_speech::Request {
            voice: Some(voice.into()),
            speed: Some(speed),
            ..text_to_speech::Request::new(text)
        };
        let mut file = Vec::new();
        for event in Morse::synthesize(request, &CallOptions::new("morse")).unwrap() {
            if let Event::Audio(bytes) = event.unwrap() {
                file.extend(bytes);
            }
        }
        file
    }

    fn request(file: Vec<u8>) -> Request {
        Request::new(Media::new("audio/wav", file).unwrap())
    }

    fn heard(request: Request) -> Response {
        speech_to_text::transcribe::<Morse>(request, &CallOptions::new("morse")).unwrap()
    }

    /// Adds noise of a tenth of the power of the tone: 10 decibels below.
    fn noisy(mut file: Vec<u8>, seed: u64) -> Vec<u8> {
        let mut random = Random::new(seed);
        // A tone has half the power of its peak squared; even noise has a third.
        let peak = 0.6 * (3.0_f32 / 2.0 / 10.0).sqrt();
        for bytes in file[44..].chunks_exact_mut(2) {
            let sample = i16::from_le_bytes([bytes[0], bytes[1]]);
            let noise = random.between(-peak, peak) * f32::from(i16::MAX);
            bytes.copy_from_slice(&sample.saturating_add(noise as i16).to_le_bytes());
        }
        file
    }

    #[test]
    fn words_have_times() {
        let request =
            |wanted: &str| Request { timestamps: Some(wanted.into()), ..request(spoken("so far", "low", 1.0)) };
        let about = |one: f64, other: f64| (one - other).abs() < 0.01;
        let response = heard(request("word"));
        let [so, far] = response.segments.as_slice() else { panic!("{:?}", response.segments) };
        // S, O and the silence between them take 5 + 3 + 11 units of 0.06 s; then come 7 of silence.
        assert!(so.text == "SO" && about(so.start, 0.0) && about(so.end, 19.0 * 0.06), "{so:?}");
        assert!(far.text == "FAR" && about(far.start, 26.0 * 0.06), "{far:?}");
        assert!(response.seconds.is_some_and(|seconds| about(seconds, far.end + 7.0 * 0.06)));

        let whole = heard(request("segment"));
        assert_eq!(whole.segments, [Segment::new("SO FAR", so.start, far.end)]);
        assert_eq!(heard(self::request(spoken("so far", "low", 1.0))).segments, []);

        let failure = Morse::transcribe(request("letter"), &CallOptions::new("morse")).unwrap_err();
        assert_eq!(failure.message, "timestamps: must be segment or word");
    }

    #[test]
    fn silence_is_an_empty_text() {
        let mut file = wav::header(8000, 8000);
        file.resize(44 + 16_000, 0);
        let response = heard(Request { timestamps: Some("segment".into()), ..request(file) });
        assert_eq!((response.text.as_str(), response.segments, response.seconds), ("", vec![], Some(1.0)));
        assert_eq!(response.usage, Usage::of("character", 0).and("audio-second", 1));
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let ask = || Request { language: Some("en".into()), speakers: true, ..request(spoken("sos", "low", 1.0)) };
        let ignored = ["language", "speakers"].map(|name| Warning::IgnoredParameter(name.into()));
        assert_eq!(heard(ask()).warnings, ignored);
        let strict = CallOptions { strict: true, ..CallOptions::new("morse") };
        let refused = speech_to_text::transcribe::<Morse>(ask(), &strict).unwrap_err();
        assert!(matches!(refused.kind, FailureKind::Unsupported(_)));
    }

    #[test]
    fn a_file_cut_short_is_read_as_far_as_it_goes() {
        let mut file = spoken("paris paris", "middle", 1.0);
        file.truncate(44 + 50 * 960);
        let response = heard(request(file));
        assert_eq!(response.text, "PARIS");
        assert_eq!(response.warnings, [Warning::Note("the file ends before its header says".into())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_is_spoken_is_heard(
            text in "([A-Z0-9.,:?'/()\"=+@É-]{1,6} ){0,4}",
            voice in prop::sample::select(vec!["low", "middle", "high"]),
            speed in 0.5_f32..4.0,
            noise in prop::option::of(any::<u64>()),
        ) {
            // One character with dots and dashes, or the speed could be another.
            let text = format!("{text}A");
            let file = spoken(&text, voice, speed);
            let file = match noise {
                Some(seed) => noisy(file, seed),
                None => file,
            };
            prop_assert_eq!(heard(request(file)).text, text);
        }
    }
}
