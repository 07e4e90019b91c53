//! What is known of models by their names: what OpenAI serves, and where one of its models differs from what other
//! servers take.

const SEES: &[&str] = &["chat", "image-to-text"];

/// What OpenAI served when this was written, with the tokens that a model takes altogether and gives.
const OPENAI: &[(&str, &[&str], Tokens)] = &[
    ("gpt-5", SEES, Tokens::new(400_000, 128_000)),
    ("gpt-5-mini", SEES, Tokens::new(400_000, 128_000)),
    ("gpt-5-nano", SEES, Tokens::new(400_000, 128_000)),
    ("gpt-4.1", SEES, Tokens::new(1_047_576, 32_768)),
    ("gpt-4.1-mini", SEES, Tokens::new(1_047_576, 32_768)),
    ("gpt-4o-mini", SEES, Tokens::new(128_000, 16_384)),
    ("text-embedding-3-small", &["embedding"], Tokens::UNKNOWN),
    ("text-embedding-3-large", &["embedding"], Tokens::UNKNOWN),
    ("omni-moderation-latest", &["moderation"], Tokens::UNKNOWN),
    ("gpt-image-1", &["text-to-image", "image-edit"], Tokens::UNKNOWN),
    ("dall-e-3", &["text-to-image"], Tokens::UNKNOWN),
    ("tts-1", &["text-to-speech"], Tokens::UNKNOWN),
    ("gpt-4o-mini-tts", &["text-to-speech"], Tokens::UNKNOWN),
    ("whisper-1", &["speech-to-text"], Tokens::UNKNOWN),
    ("gpt-4o-mini-transcribe", &["speech-to-text"], Tokens::UNKNOWN),
];

/// How much text a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// In and out together.
    pub(crate) context: Option<u32>,
    pub(crate) output: Option<u32>,
}

impl Tokens {
    const UNKNOWN: Self = Self { context: None, output: None };

    const fn new(context: u32, output: u32) -> Self {
        Self { context: Some(context), output: Some(output) }
    }

    pub(crate) fn of(name: &str) -> Self {
        OPENAI.iter().find(|(known, ..)| *known == name).map_or(Self::UNKNOWN, |(.., tokens)| *tokens)
    }
}

/// What is on offer where the operator says nothing: names of models, and what each serves.
pub(crate) fn of_openai() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    OPENAI.iter().map(|(name, capabilities, _)| (*name, *capabilities))
}

/// Whether a model thinks before it answers, and takes no `temperature`, `top_p`, `stop` and `max_tokens`.
pub(crate) fn reasons(name: &str) -> bool {
    let name = bare(name);
    let is_o =
        name.strip_prefix('o').is_some_and(|rest| rest.starts_with(|character: char| character.is_ascii_digit()));
    is_o || (name.starts_with("gpt-5") && !name.contains("chat"))
}

/// Whether pictures are made, and read, as `gpt-image-1` does it.
pub(crate) fn is_gpt_image(name: &str) -> bool {
    bare(name).starts_with("gpt-image")
}

/// How a model for pictures is told their sizes: those that it makes; none for one that makes any.
pub(crate) fn sizes(name: &str) -> Option<&'static [(u32, u32)]> {
    match bare(name) {
        "dall-e-3" => Some(&[(1024, 1024), (1792, 1024), (1024, 1792)]),
        "dall-e-2" => Some(&[(256, 256), (512, 512), (1024, 1024)]),
        _ if is_gpt_image(name) => Some(&[(1024, 1024), (1536, 1024), (1024, 1536)]),
        _ => None,
    }
}

/// The qualities of pictures; empty where there is no choice.
pub(crate) fn qualities(name: &str) -> &'static [&'static str] {
    match bare(name) {
        "dall-e-3" => &["standard", "hd"],
        _ if is_gpt_image(name) => &["low", "medium", "high"],
        _ => &[],
    }
}

/// How many pictures a request may ask for.
pub(crate) fn most_pictures(name: &str) -> u32 {
    if bare(name) == "dall-e-3" { 1 } else { 10 }
}

/// Whether vectors may be shortened.
pub(crate) fn has_dimensions(name: &str) -> bool {
    bare(name) != "text-embedding-ada-002"
}

/// The most numbers of a vector that may be asked for.
pub(crate) fn most_dimensions(name: &str) -> u32 {
    match bare(name) {
        name if name.starts_with("text-embedding-3-small") => 1536,
        name if name.starts_with("text-embedding-3-large") => 3072,
        _ => 65_536,
    }
}

/// Whether a voice is told how to speak.
pub(crate) fn has_instructions(name: &str) -> bool {
    !bare(name).starts_with("tts-1")
}

/// Whether speech is written down without times.
pub(crate) fn has_no_times(name: &str) -> bool {
    bare(name).starts_with("gpt-4o")
}

/// Whether speakers are told apart.
pub(crate) fn tells_speakers(name: &str) -> bool {
    bare(name).ends_with("-diarize")
}

/// Whether pictures are judged too.
pub(crate) fn judges_pictures(name: &str) -> bool {
    bare(name).starts_with("omni")
}

/// A name without what resellers put before it: `openai/gpt-5`.
fn bare(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, bare)| bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_reason_are_known() {
        for name in ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "openai/gpt-5-mini", "gpt-5.1"] {
            assert!(reasons(name), "{name}");
        }
        for name in ["gpt-4o", "gpt-5-chat-latest", "olmo2", "llama3.2", "openchat", "gpt-oss:20b", "o"] {
            assert!(!reasons(name), "{name}");
        }
    }

    #[test]
    fn tokens_are_those_of_the_name() {
        assert_eq!(Tokens::of("gpt-4.1").output, Some(32_768));
        assert_eq!(Tokens::of("llama3.2"), Tokens::UNKNOWN);
    }
}
