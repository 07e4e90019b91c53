//! Long texts, a window at a time: what a text is turned into for comparison takes several times its memory.

/// Bytes of a window.
const LENGTH: usize = 16 << 10;

/// Bytes that a window begins before the end of the last one, which is more than any term takes.
const OVERLAP: usize = 1 << 10;

/// Cuts a text into windows that overlap, at white space where there is some.
pub(crate) fn windows(text: &str) -> impl Iterator<Item = &str> {
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let rest = text.get(start?..)?;
        if rest.len() <= LENGTH {
            start = None;
            return Some(rest);
        }
        let end = rest.floor_char_boundary(LENGTH);
        let (half, later) = rest.get(..end)?.split_at_checked(rest.floor_char_boundary(LENGTH / 2))?;
        let end = later.rfind(char::is_whitespace).map_or(end, |place| half.len() + place);
        let window = rest.get(..end)?;
        let overlap = window.floor_char_boundary(end.saturating_sub(OVERLAP));
        let next = window.get(overlap..)?.find(char::is_whitespace).map_or(end, |place| overlap + place);
        start = start.map(|start| start + next);
        Some(window)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_one_window() {
        assert_eq!(windows("a b").collect::<Vec<_>>(), ["a b"]);
        assert_eq!(windows("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn every_phrase_is_whole_in_a_window() {
        let words: Vec<String> = (0..50_000).map(|number| format!("é{number}")).collect();
        let text = words.join(" ");
        let windows: Vec<&str> = windows(&text).collect();
        assert!(windows.len() > 20 && windows.iter().all(|window| window.len() <= LENGTH));
        let phrases = words.windows(3).map(|phrase| phrase.join(" "));
        // A window holds phrases from where the last one ended: looking further than two is no use.
        let mut place = 0;
        for phrase in phrases {
            let found = windows.iter().skip(place).take(2).position(|window| window.contains(&phrase));
            place += found.unwrap_or_else(|| panic!("{phrase} is cut"));
        }
        assert_eq!(place, windows.len() - 1);
    }

    #[test]
    fn texts_without_white_space_come_to_an_end() {
        for part in ["x", "é", "日"] {
            let text = part.repeat(200_000);
            assert_eq!(windows(&text).map(str::len).sum::<usize>(), text.len());
        }
    }
}
