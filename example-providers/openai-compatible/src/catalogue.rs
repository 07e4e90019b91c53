//! What is said of each model: the parameters that it knows by what it serves, and the media that it takes and gives.

use palisade_guest::catalog::{Model, ParamSpec, Range};

use crate::known::{self, Tokens};
use crate::settings::{self, Served};
use crate::{data_url, speech};

/// Values of the parameter that says how long a model thinks.
const EFFORTS: [&str; 4] = ["minimal", "low", "medium", "high"];

/// The most of a text to speak, of a word to listen for, and of a name.
const MAX_NAME: u32 = 256;

/// The catalogue's entry of a model. Prices are the operator's to say: see `prices.toml`.
pub(crate) fn model(served: &Served) -> Model {
    let name = served.name.as_str();
    let mut entry = Entry(Model::new(&served.id).model_ref(settings::model_ref(name)));
    let Tokens { context, output } = Tokens::of(name);
    (entry.0.context_tokens, entry.0.max_output_tokens) = (context, output);
    for &capability in &served.capabilities {
        entry.0 = entry.0.capability(capability);
        match capability {
            "chat" => entry.chat(name, served.serves("image-to-text")),
            "embedding" => entry.embedding(name),
            "text-to-image" | "image-edit" => entry.pictures(name, capability),
            "image-to-text" => entry.image_to_text(),
            "text-to-speech" => entry.speech(name),
            "speech-to-text" => entry.transcription(name),
            "moderation" if known::judges_pictures(name) => entry.reads(&data_url::PICTURES),
            _ => {}
        }
    }
    entry.0
}

struct Entry(Model);

impl Entry {
    fn chat(&mut self, name: &str, sees: bool) {
        self.flag("tools");
        self.flag("response-schema");
        self.int("max-output-tokens", 1, i32::MAX.unsigned_abs(), None);
        if known::reasons(name) {
            let efforts = EFFORTS.map(str::to_owned).to_vec();
            self.add("reasoning-effort", ParamSpec::Choice(efforts));
        } else {
            self.number("temperature", 0.0, 2.0);
            self.number("top-p", 0.0, 1.0);
            self.int("stop", 1, 4, None);
        }
        // Seeds are signed upstream.
        #[expect(clippy::cast_precision_loss, reason = "the catalogue counts in f64")]
        let max = i64::MAX as f64;
        self.add("seed", ParamSpec::IntRange(Range { min: 0.0, max, step: None }));
        // One that names no types would be taken to read them all.
        self.reads(if sees { &data_url::PICTURES } else { &["text/plain"] });
    }

    fn embedding(&mut self, name: &str) {
        if known::has_dimensions(name) {
            self.int("dimensions", 1, known::most_dimensions(name), None);
        }
    }

    fn pictures(&mut self, name: &str, capability: &str) {
        let sides = known::sizes(name).map(|sizes| sizes.iter().map(|size| size.0));
        let (least, most) = match sides {
            Some(sides) => (sides.clone().min().unwrap_or(1), sides.max().unwrap_or(1)),
            None => (64, 8192),
        };
        // Of those that make a few sizes, the sides are a multiple of the smallest step between them.
        let step = match least {
            256 => Some(256),
            1024 => Some(most - least),
            _ => None,
        };
        self.int("width", least, most, step);
        self.int("height", least, most, step);
        self.int("n", 1, known::most_pictures(name), None);
        let qualities = known::qualities(name);
        if !qualities.is_empty() {
            self.add("quality", ParamSpec::Choice(qualities.iter().map(|&word| word.to_owned()).collect()));
        }
        self.gives(if known::is_gpt_image(name) { &["image/png", "image/jpeg", "image/webp"] } else { &["image/png"] });
        if capability == "image-edit" {
            self.int("images", 1, if known::is_gpt_image(name) { 16 } else { 1 }, None);
            self.reads(&["image/png", "image/jpeg", "image/webp"]);
        }
    }

    fn image_to_text(&mut self) {
        self.flag("prompt");
        self.add("task", ParamSpec::Choice(["caption", "answer", "ocr"].map(str::to_owned).to_vec()));
        self.add("language", ParamSpec::Text(MAX_NAME));
        self.int("max-output-tokens", 1, i32::MAX.unsigned_abs(), None);
        self.reads(&data_url::PICTURES);
    }

    fn speech(&mut self, name: &str) {
        self.add("voice", ParamSpec::Text(MAX_NAME));
        self.number("speed", f64::from(speech::SPEEDS.0), f64::from(speech::SPEEDS.1));
        if known::has_instructions(name) {
            self.flag("instructions");
        }
        self.gives(&speech::FORMATS.map(|(media_type, _)| media_type));
    }

    fn transcription(&mut self, name: &str) {
        self.add("language", ParamSpec::Text(MAX_NAME));
        self.flag("prompt");
        if !known::has_no_times(name) {
            self.add("timestamps", ParamSpec::Choice(["segment", "word"].map(str::to_owned).to_vec()));
        }
        if known::tells_speakers(name) {
            self.flag("speakers");
        }
        self.reads(&["audio/*", "video/mp4", "video/webm"]);
    }

    fn flag(&mut self, name: &str) {
        self.add(name, ParamSpec::Flag);
    }

    fn int(&mut self, name: &str, min: u32, max: u32, step: Option<u32>) {
        let range = Range { min: min.into(), max: max.into(), step: step.map(f64::from) };
        self.add(name, ParamSpec::IntRange(range));
    }

    fn number(&mut self, name: &str, min: f64, max: f64) {
        self.add(name, ParamSpec::FloatRange(Range { min, max, step: None }));
    }

    /// Adds a parameter once, whatever the model serves beside.
    fn add(&mut self, name: &str, spec: ParamSpec) {
        if self.0.params.iter().all(|param| param.name != name) {
            self.0.params.push(palisade_guest::catalog::Param { name: name.to_owned(), spec });
        }
    }

    fn reads(&mut self, media_types: &[&str]) {
        extend(&mut self.0.input_types, media_types);
    }

    fn gives(&mut self, media_types: &[&str]) {
        extend(&mut self.0.output_types, media_types);
    }
}

fn extend(list: &mut Vec<String>, media_types: &[&str]) {
    for media_type in media_types {
        if list.iter().all(|known| known != media_type) {
            list.push((*media_type).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(model: &Model) -> Vec<&str> {
        model.params.iter().map(|param| param.name.as_str()).collect()
    }

    #[test]
    fn no_parameter_is_listed_twice() {
        let all = ["chat", "image-to-text", "speech-to-text", "text-to-image", "image-edit", "text-to-speech"];
        let model = model(&Served::new("everything", &all));
        let unique: std::collections::BTreeSet<_> = names(&model).into_iter().collect();
        assert_eq!(unique.len(), model.params.len());
        assert_eq!(model.capabilities, all);
    }

    #[test]
    fn what_a_model_knows_goes_by_its_name() {
        let knows =
            |name: &str, capability, parameter| names(&model(&Served::new(name, &[capability]))).contains(&parameter);
        assert!(knows("llama3.2", "chat", "temperature") && !knows("o3", "chat", "temperature"));
        assert!(knows("o3", "chat", "reasoning-effort") && !knows("llama3.2", "chat", "reasoning-effort"));
        assert!(knows("gpt-image-1", "text-to-image", "quality") && !knows("flux", "text-to-image", "quality"));
        assert!(!knows("tts-1", "text-to-speech", "instructions"));
        assert!(knows("whisper-1", "speech-to-text", "timestamps"));
        assert!(knows("gpt-4o-transcribe-diarize", "speech-to-text", "speakers"));
    }

    #[test]
    fn sizes_are_those_that_a_model_makes() {
        let width = |name: &str| {
            let model = model(&Served::new(name, &["text-to-image"]));
            let width = model.params.into_iter().find(|param| param.name == "width").unwrap();
            let ParamSpec::IntRange(Range { min, max, step }) = width.spec else { panic!("no range") };
            (min, max, step)
        };
        assert_eq!(width("gpt-image-1"), (1024.0, 1536.0, Some(512.0)));
        assert_eq!(width("dall-e-3"), (1024.0, 1792.0, Some(768.0)));
        assert_eq!(width("dall-e-2"), (256.0, 1024.0, Some(256.0)));
        assert_eq!(width("flux"), (64.0, 8192.0, None));
    }

    #[test]
    fn who_sees_nothing_reads_no_pictures() {
        assert_eq!(model(&Served::new("llama3.2", &["chat"])).input_types, ["text/plain"]);
        assert!(model(&Served::new("llava", &["chat", "image-to-text"])).input_types.contains(&"image/png".to_owned()));
    }
}
