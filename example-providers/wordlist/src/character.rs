//! What a character stands for, however it is disguised.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a character does in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is part of a word: a letter or a digit, in lower case, or a sign that is used for a letter.
    Word(char),
    /// Nobody sees it, or it changes no word: marks, zero-width characters and apostrophes.
    Nothing,
    /// It stands between words.
    Gap,
}

/// A character that Unicode takes apart into more than so many letters is a phrase or a picture, and no disguise.
const MAX_PARTS: usize = 4;

/// What ASCII stands for: most texts are nothing else, and a table is quickest.
const ASCII: [Role; 128] = {
    let mut roles = [Role::Gap; 128];
    let mut byte = 0;
    while byte < roles.len() {
        #[expect(clippy::cast_possible_truncation, reason = "less than 128")]
        let character = (byte as u8).to_ascii_lowercase() as char;
        #[expect(clippy::indexing_slicing, reason = "less than 128")]
        match character {
            'a'..='z' | '0'..='9' | '@' | '$' => roles[byte] = Role::Word(character),
            '\'' => roles[byte] = Role::Nothing,
            _ => {}
        }
        byte += 1;
    }
    roles
};

/// Gives what a character stands for. Letters in special fonts and with accents are several, as Unicode decomposes them
/// for compatibility (NFKD: what NFKC puts together again is not wanted here, since the accents are dropped).
pub(crate) fn fold(character: char, mut give: impl FnMut(Role)) {
    if let Some(&role) = ASCII.get(character as usize) {
        return give(role);
    }
    let mut parts = 0;
    decompose_compatible(character, |_| parts += 1);
    if parts > MAX_PARTS {
        return give(Role::Gap);
    }
    decompose_compatible(character, |part| part.to_lowercase().for_each(|lower| give(role(lower))));
}

fn role(character: char) -> Role {
    match character {
        _ if character.is_ascii() => ASCII.get(character as usize).copied().unwrap_or(Role::Gap),
        '’' | '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Role::Nothing,
        '\u{2060}'..='\u{206f}' | '\u{feff}' => Role::Nothing,
        // First, since some marks are letters as well.
        _ if is_combining_mark(character) => Role::Nothing,
        _ if character.is_alphanumeric() => Role::Word(character),
        _ => Role::Gap,
    }
}

/// The letter that a digit or a sign is used for; `one` is what 1 is used for.
pub(crate) const fn letter(character: char, one: char) -> char {
    match character {
        '0' => 'o',
        '1' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut folded = String::new();
        for character in text.chars() {
            fold(character, |role| match role {
                Role::Word(character) => folded.push(character),
                Role::Nothing => {}
                Role::Gap => folded.push('_'),
            });
        }
        assert_eq!(folded, expected, "{text}");
    }

    #[test]
    fn disguises_come_off() {
        check("Éa\u{301}ﬁ Ｆ𝓾𝒸ⓚ", "eafi_fuck");
        check("d\u{200b}o\u{ad}n’t, don't", "dont__dont");
        check("a@$4 日本", "a@$4_日本");
        check("f_u-c.k", "f_u_c_k");
        check("a\u{fdfa}b", "a_b");
    }
}
