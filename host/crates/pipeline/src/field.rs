//! What goes into a request of each capability, and what comes out: the one table of them.
//!
//! A new capability is an entry in [`WORDS`]; a test holds the table to the requests of `palisade-core`.

use palisade::Capability;

use crate::kind::{
    Base::{self, File, Film, Flag, Item, Json, Number, Picture, Sound, Text, Vector},
    Kind,
};

/// Something that goes into a request.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What it is called, for example `negative-prompt`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether there is no request without it.
    pub is_required: bool,
    pub(crate) place: Place,
}

/// Where a field goes in the JSON of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Under its own name.
    Own,
    /// It is the question of a conversation.
    Question,
    /// It sets the rules of a conversation.
    Rules,
    /// Files that belong to the question.
    Attached,
    /// How many times as large a picture is to be.
    Factor,
    /// How large a picture is to be.
    Pixels,
}

impl Field {
    /// The name in JSON of what it becomes, or becomes a part of.
    pub(crate) fn key(&self) -> String {
        match self.place {
            Place::Own => self.name.replace('-', "_"),
            Place::Question | Place::Rules | Place::Attached => "messages".to_owned(),
            Place::Factor | Place::Pixels => "scale".to_owned(),
        }
    }
}

/// Something that a step makes.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// What it is called, for example `image`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Where it is in the JSON of a response: names and numbers with `/` between them, and `*` for each of a list.
    pub(crate) pointer: &'static str,
    /// Whether it is JSON that was written as a text.
    pub(crate) is_written: bool,
}

/// The words of a capability.
struct Words {
    capability: Capability,
    fields: &'static [Field],
    outputs: &'static [Output],
}

/// What goes into a request; none of a capability that pipelines don't know.
#[must_use]
pub fn fields(capability: Capability) -> &'static [Field] {
    words(capability).map_or(&[], |words| words.fields)
}

/// What a step of this capability makes, the main thing first.
#[must_use]
pub fn outputs(capability: Capability) -> &'static [Output] {
    words(capability).map_or(&[], |words| words.outputs)
}

/// Finds what has this name. `_` counts as `-`, as JSON has it.
pub(crate) fn named<T>(all: &'static [T], name: &str, own: impl Fn(&T) -> &'static str) -> Option<&'static T> {
    let name = name.replace('_', "-");
    all.iter().find(|one| own(one) == name)
}

fn words(capability: Capability) -> Option<&'static Words> {
    WORDS.iter().find(|words| words.capability == capability)
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_required: true, place: Place::Own }
}

const fn one(name: &'static str, base: Base) -> Field {
    Field { name, kind: Kind::one(base), is_required: false, place: Place::Own }
}

const fn list(name: &'static str, base: Base) -> Field {
    Field { name, kind: Kind::list(base), is_required: false, place: Place::Own }
}

const fn at(field: Field, place: Place) -> Field {
    Field { place, ..field }
}

const fn made(name: &'static str, base: Base, pointer: &'static str) -> Output {
    Output { name, kind: Kind::one(base), pointer, is_written: false }
}

const fn each(name: &'static str, base: Base, pointer: &'static str) -> Output {
    Output { name, kind: Kind::list(base), pointer, is_written: false }
}

const PICTURES: &[Output] = &[made("image", Picture, "images/0/content"), each("images", Picture, "images/*/content")];
const FILMS: &[Output] = &[made("video", Film, "videos/0/content"), each("videos", Film, "videos/*/content")];

const STORED: &[Field] = &[one("namespace", Text), one("max-bytes", Number), required("operation", Kind::one(Json))];
const ANSWERS: &[Output] = &[made("answer", Json, "answer")];

const WORDS: &[Words] = &[
    Words {
        capability: Capability::TextToImage,
        fields: &[
            required("prompt", Kind::one(Text)),
            one("negative-prompt", Text),
            one("n", Number),
            one("size", Text),
            one("resolution", Text),
            one("quality", Text),
            one("seed", Number),
            one("output-format", Text),
            list("references", Picture),
            one("mask", Picture),
        ],
        outputs: PICTURES,
    },
    Words {
        capability: Capability::ImageEdit,
        fields: &[
            required("prompt", Kind::one(Text)),
            required("images", Kind::list(Picture)),
            one("mask", Picture),
            one("negative-prompt", Text),
            one("n", Number),
            one("size", Text),
            one("quality", Text),
            one("seed", Number),
            one("output-format", Text),
        ],
        outputs: PICTURES,
    },
    Words {
        capability: Capability::ImageUpscale,
        fields: &[
            required("image", Kind::one(Picture)),
            at(one("factor", Number), Place::Factor),
            at(one("size", Text), Place::Pixels),
            one("prompt", Text),
            one("seed", Number),
            one("output-format", Text),
        ],
        outputs: &[made("image", Picture, "image/content")],
    },
    Words {
        capability: Capability::Chat,
        fields: &[
            at(required("prompt", Kind::one(Text)), Place::Question),
            at(one("system", Text), Place::Rules),
            at(list("files", File), Place::Attached),
            one("tools", Json),
            one("tool-choice", Json),
            one("temperature", Number),
            one("top-p", Number),
            one("max-output-tokens", Number),
            list("stop", Text),
            one("seed", Number),
            one("response-schema", Json),
        ],
        outputs: &[
            made("text", Text, "text"),
            Output { name: "json", kind: Kind::one(Json), pointer: "text", is_written: true },
            made("reasoning", Text, "reasoning"),
            made("tool-calls", Json, "tool_calls"),
        ],
    },
    Words {
        capability: Capability::Embedding,
        fields: &[required("items", Kind::list(Item)), one("dimensions", Number), one("task", Text)],
        outputs: &[each("vectors", Vector, "vectors"), made("vector", Vector, "vectors/0")],
    },
    Words {
        capability: Capability::Rerank,
        fields: &[required("query", Kind::one(Text)), required("documents", Kind::list(Text)), one("top-n", Number)],
        outputs: &[made("ranking", Json, "ranking")],
    },
    Words {
        capability: Capability::Moderation,
        fields: &[required("items", Kind::list(Item))],
        outputs: &[made("verdicts", Json, "verdicts"), each("flagged", Flag, "verdicts/*/flagged")],
    },
    Words {
        capability: Capability::ImageToText,
        fields: &[
            required("image", Kind::one(Picture)),
            one("prompt", Text),
            one("task", Text),
            one("language", Text),
            one("max-output-tokens", Number),
        ],
        outputs: &[made("text", Text, "text"), made("findings", Json, "findings")],
    },
    Words {
        capability: Capability::TextToSpeech,
        fields: &[
            required("text", Kind::one(Text)),
            one("voice", Text),
            one("speed", Number),
            one("language", Text),
            one("instructions", Text),
            one("output-format", Text),
            one("seed", Number),
        ],
        outputs: &[made("audio", Sound, "audio")],
    },
    Words {
        capability: Capability::SpeechToText,
        fields: &[
            required("audio", Kind::one(Sound)),
            one("language", Text),
            one("prompt", Text),
            one("timestamps", Text),
            one("speakers", Flag),
        ],
        outputs: &[made("text", Text, "text"), made("segments", Json, "segments"), made("language", Json, "language")],
    },
    Words {
        capability: Capability::TextToVideo,
        fields: &[
            required("prompt", Kind::one(Text)),
            one("first-frame", Picture),
            one("last-frame", Picture),
            list("references", Picture),
            one("size", Text),
            one("resolution", Text),
            one("seconds", Number),
            one("fps", Number),
            one("audio", Flag),
            one("n", Number),
            one("seed", Number),
        ],
        outputs: FILMS,
    },
    Words {
        capability: Capability::ImageToVideo,
        fields: &[
            one("prompt", Text),
            required("first-frame", Kind::one(Picture)),
            one("last-frame", Picture),
            list("references", Picture),
            one("size", Text),
            one("resolution", Text),
            one("seconds", Number),
            one("fps", Number),
            one("audio", Flag),
            one("n", Number),
            one("seed", Number),
        ],
        outputs: FILMS,
    },
    Words {
        capability: Capability::Custom,
        fields: &[required("task", Kind::one(Text)), one("input", Json), list("media", File)],
        outputs: &[made("output", Json, "output"), each("media", File, "media")],
    },
    Words { capability: Capability::VectorStore, fields: STORED, outputs: ANSWERS },
    Words { capability: Capability::KeyValueStore, fields: STORED, outputs: ANSWERS },
    Words {
        capability: Capability::ObjectStore,
        fields: STORED,
        outputs: &[made("answer", Json, "answer"), made("content", File, "answer/object/content")],
    },
    Words { capability: Capability::Queue, fields: STORED, outputs: ANSWERS },
    Words { capability: Capability::Sql, fields: STORED, outputs: ANSWERS },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use palisade::Request;
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_field_of_every_request_is_known() {
        for capability in Capability::ALL {
            let request = serde_json::to_value(Request::typical(*capability)).unwrap();
            let Value::Object(own) = &request[capability.name()] else { panic!("{capability} is no table") };
            let own: BTreeSet<String> = own.keys().cloned().collect();
            let known: BTreeSet<String> = fields(*capability).iter().map(Field::key).collect();
            assert_eq!(known, own, "{capability}");
            assert!(!outputs(*capability).is_empty(), "{capability} makes nothing");
        }
    }

    #[test]
    fn a_name_may_be_written_as_in_json() {
        let fields = fields(Capability::TextToImage);
        for name in ["negative-prompt", "negative_prompt"] {
            assert_eq!(named(fields, name, |field| field.name).unwrap().name, "negative-prompt");
        }
    }
}
