//! What terms are about.

use serde::Deserialize;

/// What a term is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Category {
    Harassment,
    Hate,
    Violence,
    SelfHarm,
    Sexual,
    Profanity,
    Spam,
}

impl Category {
    /// All of them, in the order of a verdict.
    pub(crate) const ALL: [Self; 7] =
        [Self::Harassment, Self::Hate, Self::Violence, Self::SelfHarm, Self::Sexual, Self::Profanity, Self::Spam];

    /// The name in a verdict, in the list of words and in the settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Harassment => "harassment",
            Self::Hate => "hate",
            Self::Violence => "violence",
            Self::SelfHarm => "self-harm",
            Self::Sexual => "sexual",
            Self::Profanity => "profanity",
            Self::Spam => "spam",
        }
    }

    /// The category of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name() == name)
    }
}
