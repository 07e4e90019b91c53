//! Warnings between the submission of a job, which finds them, and its outcome, which tells them.

use serde::{Deserialize, Serialize};

use crate::{Warning, Warnings};

/// Warnings that were found when a job was submitted. Its token holds them until the outcome can tell the caller:
///
/// ```
/// use palisade_guest::jobs::{Outcome, Remarks};
///
/// # fn main() -> palisade_guest::Result<()> {
/// let mut warnings = palisade_guest::CallOptions::new("studio").warnings();
/// warnings.ignored("fps")?;
/// let kept = Remarks::from(warnings); // in the token
/// assert_eq!(Outcome::new([]).warnings(kept).warnings.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks(Vec<Remark>);

/// A warning in the form in which a token holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Remark {
    Ignored(String),
    Adjusted(String, String),
    Note(String),
}

impl Remarks {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Warnings> for Remarks {
    fn from(warnings: Warnings) -> Self {
        let remark = |warning| match warning {
            Warning::IgnoredParameter(name) => Remark::Ignored(name),
            Warning::AdjustedParameter((name, used)) => Remark::Adjusted(name, used),
            Warning::Note(sentence) => Remark::Note(sentence),
        };
        Self(warnings.into_vec().into_iter().map(remark).collect())
    }
}

impl IntoIterator for Remarks {
    type Item = Warning;
    type IntoIter = std::vec::IntoIter<Warning>;

    fn into_iter(self) -> Self::IntoIter {
        let warning = |remark| match remark {
            Remark::Ignored(name) => Warning::IgnoredParameter(name),
            Remark::Adjusted(name, used) => Warning::AdjustedParameter((name, used)),
            Remark::Note(sentence) => Warning::Note(sentence),
        };
        self.0.into_iter().map(warning).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallOptions, jobs};

    #[test]
    fn warnings_come_out_of_a_token_as_they_went_in() {
        let found = || {
            let mut warnings = CallOptions::new("m").warnings();
            warnings.ignored("fps").unwrap();
            warnings.adjusted("n", "1").unwrap();
            warnings.note("it is early");
            warnings
        };
        let token = jobs::token(&Remarks::from(found())).unwrap();
        let kept: Remarks = jobs::read(&token).unwrap();
        assert!(!kept.is_empty() && Remarks::default().is_empty());
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), found().into_vec());
    }
}
