//! The code of Recommendation ITU-R M.1677-1.

/// Characters and their codes. Where two characters share a code, the first is what is read.
const CODES: [(char, &str); 60] = [
    ('A', ".-"),
    ('B', "-..."),
    ('C', "-.-."),
    ('D', "-.."),
    ('E', "."),
    ('É', "..-.."),
    ('F', "..-."),
    ('G', "--."),
    ('H', "...."),
    ('I', ".."),
    ('J', ".---"),
    ('K', "-.-"),
    ('L', ".-.."),
    ('M', "--"),
    ('N', "-."),
    ('O', "---"),
    ('P', ".--."),
    ('Q', "--.-"),
    ('R', ".-."),
    ('S', "..."),
    ('T', "-"),
    ('U', "..-"),
    ('V', "...-"),
    ('W', ".--"),
    ('X', "-..-"),
    ('Y', "-.--"),
    ('Z', "--.."),
    ('1', ".----"),
    ('2', "..---"),
    ('3', "...--"),
    ('4', "....-"),
    ('5', "....."),
    ('6', "-...."),
    ('7', "--..."),
    ('8', "---.."),
    ('9', "----."),
    ('0', "-----"),
    ('.', ".-.-.-"),
    (',', "--..--"),
    (':', "---..."),
    ('?', "..--.."),
    ('\'', ".----."),
    ('-', "-....-"),
    ('/', "-..-."),
    ('(', "-.--."),
    (')', "-.--.-"),
    ('"', ".-..-."),
    ('=', "-...-"),
    ('+', ".-.-."),
    ('@', ".--.-."),
    // What typography makes of the above.
    ('×', "-..-"),
    ('’', ".----."),
    ('‘', ".----."),
    ('“', ".-..-."),
    ('”', ".-..-."),
    ('„', ".-..-."),
    ('–', "-....-"),
    ('—', "-....-"),
    ('‐', "-....-"),
    ('\u{2011}', "-....-"),
];

/// The dots and dashes of a character; none when it has no code.
pub(crate) fn encode(character: char) -> Option<&'static str> {
    let mut capitals = character.to_uppercase();
    // The capital of ß is two letters, which are another word.
    let capital = capitals.next().filter(|_| capitals.next().is_none())?;
    CODES.iter().find(|&&(known, _)| known == capital).map(|&(_, code)| code)
}

/// The character of these dots and dashes; none when there is none.
pub(crate) fn decode(code: &str) -> Option<char> {
    CODES.iter().find(|&&(_, known)| known == code).map(|&(character, _)| character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_read_as_itself_or_its_twin() {
        for (index, (character, code)) in CODES.into_iter().enumerate() {
            let read = decode(code).unwrap();
            assert!(read == character || index >= 50, "{character} is read as {read}");
            assert_eq!(encode(read), Some(code));
        }
    }

    #[test]
    fn small_letters_have_the_code_of_capitals() {
        assert_eq!(encode('a'), Some(".-"));
        assert_eq!(encode('é'), Some("..-.."));
        assert_eq!(encode('ß'), None, "although its capital begins with S");
    }

    #[test]
    fn what_is_unknown_has_no_code() {
        assert_eq!([encode('ü'), encode('%'), encode(' ')], [None; 3]);
        assert_eq!(decode("......-"), None);
    }
}
