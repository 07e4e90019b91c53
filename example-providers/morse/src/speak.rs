//! The capability `text-to-speech`.

use palisade_guest::text_to_speech::{Event, Request, Response};
use palisade_guest::{CallOptions, Failure, Result, TextToSpeech, Usage};

use crate::key::{Keyer, RATE, letters};
use crate::{MAX_SECONDS, Morse, wav};

/// Voices and the hertz of their tones.
pub(crate) const VOICES: [(&str, f64); 3] = [("low", 440.0), ("middle", 600.0), ("high", 880.0)];

const DEFAULT_VOICE: (&str, f64) = ("middle", 600.0);

/// Times 20 words a minute. The fastest is the fastest that a request may ask for.
pub(crate) const SPEEDS: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// How many of the characters without a code are named.
const NAMED: usize = 10;

impl TextToSpeech for Morse {
    fn synthesize(request: Request, options: &CallOptions) -> Result<Response> {
        let mut warnings = options.warnings();
        if request.output_format.as_deref().is_some_and(|format| format != wav::MEDIA_TYPE) {
            warnings.replaced("output-format", wav::MEDIA_TYPE)?;
        }
        let wanted = f64::from(request.speed.unwrap_or(1.0));
        if !(wanted.is_finite() && wanted > 0.0) {
            return Err(Failure::invalid_input("speed", "must be above 0"));
        }
        let speed = wanted.clamp(*SPEEDS.start(), *SPEEDS.end());
        if speed != wanted {
            warnings.adjusted("speed", speed.to_string())?;
        }
        let voice = request.voice.as_deref().unwrap_or(DEFAULT_VOICE.0);
        let known = VOICES.into_iter().find(|&(name, _)| name == voice);
        if known.is_none() {
            warnings.replaced("voice", DEFAULT_VOICE.0)?;
        }
        let (_, tone) = known.unwrap_or(DEFAULT_VOICE);

        let (letters, without) = letters(&request.text);
        if letters.is_empty() {
            return Err(Failure::invalid_input("text", "must have a character that Morse code knows"));
        }
        if !without.is_empty() {
            warnings.note(left_out(&without));
        }
        let keyer = Keyer::new(speed, tone);
        let samples = keyer.samples(&letters);
        let seconds = samples as f64 / f64::from(RATE);
        if seconds > f64::from(MAX_SECONDS) {
            let reason = format!("takes {seconds:.0} seconds, of which there are at most {MAX_SECONDS}");
            return Err(Failure::limit_exceeded("text", reason));
        }

        let head = Event::audio(wav::header(RATE, samples));
        let usage = Usage::characters(&request.text).and("audio-second", seconds);
        let sound = letters.into_iter().map(move |letter| Event::audio(keyer.sound(letter)));
        let events = [head].into_iter().chain(sound).chain([Event::finish(usage)]);
        Ok(Response::stream(wav::MEDIA_TYPE, events.map(Ok)).warnings(warnings.into_vec()))
    }
}

fn left_out(characters: &[char]) -> String {
    let named: Vec<String> = characters.iter().take(NAMED).map(|character| format!("{character:?}")).collect();
    let rest = characters.len() - named.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("left out, since Morse code has none of these: {}{more}", named.join(" "))
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Warning, text_to_speech};

    use super::*;

    fn strict() -> CallOptions {
        CallOptions { strict: true, ..CallOptions::new("morse") }
    }

    fn warnings(request: Request) -> Vec<Warning> {
        let response = text_to_speech::synthesize::<Morse>(request, &CallOptions::new("morse")).unwrap();
        let Some(Ok(Event::Finish(finish))) = response.last() else { panic!("no finish") };
        finish.warnings
    }

    fn failure(request: Request) -> (String, bool) {
        match Morse::synthesize(request, &CallOptions::new("morse")).unwrap_err().kind {
            FailureKind::InvalidInput(bad) => (bad.field, true),
            FailureKind::LimitExceeded(bad) => (bad.field, false),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_header_comes_first_then_a_piece_for_each_letter() {
        let response = Morse::synthesize(Request::new("so s"), &CallOptions::new("morse")).unwrap();
        assert_eq!(response.media_type(), "audio/wav");
        let events = response.collect::<Result<Vec<_>>>().unwrap();
        let [Event::Audio(head), Event::Audio(s), Event::Audio(o), Event::Audio(last), Event::Finish(finish)] =
            events.as_slice()
        else {
            panic!("{} events", events.len());
        };
        // S and O take 5 + 3 and 11 + 7 units of 480 samples, S again 5 + 7.
        assert_eq!([head.len(), s.len(), o.len(), last.len()], [44, 8 * 960, 18 * 960, 12 * 960]);
        assert_eq!(finish.usage, Usage::of("character", 4).and("audio-second", 38.0 * 0.06));
        let reader = hound::WavReader::new(head.as_slice()).unwrap();
        assert_eq!(reader.duration() as usize, 38 * 480);
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let request = || Request {
            language: Some("en".into()),
            instructions: Some("softly".into()),
            seed: Some(1),
            ..Request::new("sos")
        };
        let ignored = ["language", "instructions", "seed"].map(|name| Warning::IgnoredParameter(name.into()));
        assert_eq!(warnings(request()), ignored);
        let failure = text_to_speech::synthesize::<Morse>(request(), &strict()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["language".into()]));
    }

    #[test]
    fn the_nearest_is_taken_unless_the_caller_is_strict() {
        let format = || Request { output_format: Some("audio/mpeg".into()), ..Request::new("sos") };
        let voice = || Request { voice: Some("alto".into()), ..Request::new("sos") };
        let speed = || Request { speed: Some(0.1), ..Request::new("sos") };
        let adjusted = |name: &str, used: &str| [Warning::AdjustedParameter((name.into(), used.into()))];
        assert_eq!(warnings(format()), adjusted("output-format", "audio/wav"));
        assert_eq!(warnings(voice()), adjusted("voice", "middle"));
        assert_eq!(warnings(speed()), adjusted("speed", "0.25"));
        for request in [format(), voice(), speed()] {
            assert!(Morse::synthesize(request, &strict()).is_err());
        }
        let wav = Request { output_format: Some("audio/wav".into()), ..Request::new("sos") };
        assert_eq!(warnings(wav), []);
    }

    #[test]
    fn characters_without_a_code_are_named() {
        let note = |text| match warnings(Request::new(text)).as_slice() {
            [Warning::Note(note)] => note.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(note("100% für"), "left out, since Morse code has none of these: '%' 'ü'");
        assert!(note("a äöüßñçøłđþ!%").ends_with("'đ' 'þ' and 2 more"), "{}", note("a äöüßñçøłđþ!%"));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        assert_eq!(failure(Request::new("狐 %")), ("text".into(), true));
        for speed in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(failure(Request { speed: Some(speed), ..Request::new("sos") }), ("speed".into(), true));
        }
        // Ten minutes at 20 words a minute are 200 times PARIS.
        assert_eq!(failure(Request::new("paris ".repeat(201))), ("text".into(), false));
        assert_eq!(warnings(Request::new("paris ".repeat(200))), []);
    }
}
