//! The names that somebody may have meant.

use palisade_core::text::{escape, nearest};

/// Most names that are told.
const MAX_NAMES: usize = 20;

/// A question for who has misspelt a name.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean `{}`?", escape(near, 80)))
}

/// The known names, of which there may be many.
pub(crate) fn names<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known = known.into_iter();
    let told: Vec<_> = known.by_ref().take(MAX_NAMES).map(|name| escape(name, 80)).collect();
    let left = known.count();
    match (told.is_empty(), left) {
        (true, _) => "none".to_owned(),
        (_, 0) => told.join(", "),
        _ => format!("{} and {left} more", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_the_same_is_found() {
        let known = ["fast", "slow", "context-tokens"];
        assert_eq!(nearest("fats", known), Some("fast"));
        assert_eq!(nearest("contxt-tokens", known), Some("context-tokens"));
        assert_eq!(nearest("painter", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn of_many_names_some_are_told() {
        let many: Vec<String> = (0..25).map(|number| format!("n{number}")).collect();
        assert!(names(many.iter().map(String::as_str)).ends_with("n19 and 5 more"));
        assert_eq!(names([]), "none");
    }
}
