//! Text from strangers, made fit for a terminal, a log and an error message.

/// Most characters that are kept of a stranger's name.
pub const MAX_NAME: usize = 200;
/// Most characters that are kept of a stranger's sentence.
pub const MAX_SENTENCE: usize = 1000;

/// Quotes what could act on a terminal or break a line, and cuts after `max` characters of what that gives: what was escaped
/// once stays as it is.
///
/// Control characters and the invisible characters that change the direction or the look of text become `\u{..}`.
///
/// ```
/// assert_eq!(palisade_core::text::escape("red\u{1b}[31m\n", 100), "red\\u{1b}[31m\\n");
/// assert_eq!(palisade_core::text::escape("abcdef", 3), "abc…");
/// ```
#[must_use]
pub fn escape(text: &str, max: usize) -> String {
    if is_plain(text, max) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len().min(max));
    let mut left = max;
    for character in text.chars() {
        let quoted = is_unsafe(character).then(|| character.escape_default());
        let length = quoted.as_ref().map_or(1, ExactSizeIterator::len);
        if length > left {
            escaped.push('…');
            break;
        }
        left -= length;
        match quoted {
            Some(quoted) => escaped.extend(quoted),
            None => escaped.push(character),
        }
    }
    escaped
}

/// Names that are so much alike may be meant, one for the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The known name that was probably meant, where one is like this one: by Jaro and Winkler, whatever the case, and with `_` for `-`.
///
/// ```
/// assert_eq!(palisade_core::text::nearest("Time_out", ["timeout", "fuel"]), Some("timeout"));
/// assert_eq!(palisade_core::text::nearest("painter", ["timeout", "fuel"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('_', "-");
    let alike = known.into_iter().map(|known| (strsim::jaro_winkler(&name, known), known));
    let (likeness, known) = alike.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (likeness >= ALIKE).then_some(known)
}

/// The same in place.
pub fn tidy(text: &mut String, max: usize) {
    if !is_plain(text, max) {
        *text = escape(text, max);
    }
}

/// Most text is short and plain.
fn is_plain(text: &str, max: usize) -> bool {
    text.len() <= max && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The same for a text that is JSON: what could act on a terminal becomes an escape such as `\u009b`, which reads
/// back as what it was.
///
/// ```
/// let json = palisade_core::text::escape_json("\"\u{9b}31m\"");
/// assert_eq!(json, "\"\\u009b31m\"");
/// ```
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unsafe(character) && !matches!(character, '\n' | '\t' | '\r') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped += &format!("\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn is_unsafe(character: char) -> bool {
    // Bidirectional overrides and isolates, zero-width and line separators, byte order mark, tags.
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_escaped_can_control_a_terminal(text in any::<String>(), max in 0usize..200) {
            prop_assert!(!escape(&text, max).chars().any(is_unsafe));
        }

        #[test]
        fn what_was_escaped_stays_as_it_is(text in ".{0,30}|[\\x00-\\x20\\u{200b}-\\u{202e}]{0,30}", max in 0usize..60) {
            let once = escape(&text, max);
            prop_assert!(once.chars().count() <= max + 1);
            prop_assert_eq!(escape(&once, max), once);
        }
    }

    #[test]
    fn ordinary_text_of_any_script_is_left_alone() {
        assert_eq!(escape("Füchse 狐 🦊", 100), "Füchse 狐 🦊");
    }

    #[test]
    fn escaped_json_reads_back() {
        let text = "a\u{9b}b\u{202e}c\u{e0041}d\n";
        let json = escape_json(&serde_json::to_string(text).unwrap());
        assert!(!json.chars().any(is_unsafe), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
