//! What is known of models by their names.

/// How a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// Not unless it is given a budget, which this provider doesn't do.
    Unasked,
    /// As much as it finds right.
    Adaptive,
    /// The same, and it cannot be told not to.
    Always,
}

/// What is known of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    name: &'static str,
    /// Tokens in and out together.
    pub(crate) context: u32,
    /// Tokens out, those that it thinks with among them.
    pub(crate) output: u32,
    pub(crate) thinking: Thinking,
}

/// What Anthropic served when this was written.
const MODELS: &[Known] = &[
    Known::new("claude-fable-5-1", 1_000_000, 128_000, Thinking::Always),
    Known::new("claude-opus-5-5", 1_000_000, 128_000, Thinking::Always),
    Known::new("claude-sonnet-5-5", 1_000_000, 128_000, Thinking::Adaptive),
    Known::new("claude-haiku-5-5", 1_000_000, 128_000, Thinking::Adaptive),
    Known::new("claude-haiku-4-5", 200_000, 64_000, Thinking::Unasked),
];

impl Known {
    const fn new(name: &'static str, context: u32, output: u32, thinking: Thinking) -> Self {
        Self { name, context, output, thinking }
    }

    /// What is known of the model of this name, whatever resellers and dates are added to it:
    /// `anthropic/claude-haiku-4.5`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let bare = name.find("claude-").and_then(|start| name.get(start..))?.replace('.', "-");
        let is_of = |known: &&Self| {
            let rest = bare.strip_prefix(known.name);
            rest.is_some_and(|rest| !rest.starts_with(|first: char| first.is_ascii_alphanumeric()))
        };
        MODELS.iter().find(is_of).copied()
    }

    /// Whether it thinks as it finds right. Such a model takes no `temperature` and `top_p`, and begins its answers
    /// itself.
    pub(crate) fn adapts(self) -> bool {
        self.thinking != Thinking::Unasked
    }
}

/// The names of the models that are on offer where the operator lists none.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|known| known.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_any_of_their_names() {
        for name in
            ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4.5", "eu.claude-haiku-4-5@1"]
        {
            assert_eq!(Known::of(name).map(|known| known.name), Some("claude-haiku-4-5"), "{name}");
        }
        for name in ["claude-haiku-4-50", "claude-3-opus", "gpt-5", "claude"] {
            assert_eq!(Known::of(name), None, "{name}");
        }
    }
}
