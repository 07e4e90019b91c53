//! Looks for secrets in what goes out and in what comes back: as they are, and as they look in the encodings that texts and
//! addresses use.
//!
//! This is a net, no wall. A provider never has a secret, so that it has nothing to hide in an encoding of its own; what is
//! looked for is an upstream that sends back what it got, and a secret that came in by some mistake.

use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use palisade_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Shorter patterns appear by chance.
const MIN_PATTERN_BYTES: usize = 8;
/// Shorter parts of a secret could be guessed: to be refused would tell that a guess was right.
const MIN_PART_BYTES: usize = 16;

/// How much is looked through before others have their turn: a fraction of a millisecond.
const TURN_BYTES: usize = 64 << 10;

/// What is plain in an address stays as it is in many encoders.
const PLAIN_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

type Pattern = Zeroizing<Vec<u8>>;

/// The secrets of one provider, ready to be looked for.
///
/// The tables of a search hold what they look for, and are not wiped when they are dropped.
#[derive(Default)]
pub(crate) struct Secrets {
    /// What must not go out: parts of secrets as well.
    outgoing: Option<Search>,
    /// What must not come back.
    incoming: Option<Search>,
}

/// Without what it looks for: the tables of a search spell it out.
impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Prepares to look for these.
    ///
    /// # Errors
    ///
    /// `internal` when the tables cannot be made.
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a SecretString> + Clone) -> Result<Self> {
        let whole = |secret: &'a SecretString| encodings(secret.expose_secret().as_bytes());
        let parts = |secret: &'a SecretString| halves(secret.expose_secret().as_bytes());
        let incoming = Search::new(secrets.clone().flat_map(whole).collect())?;
        let outgoing = Search::new(secrets.clone().flat_map(whole).chain(secrets.flat_map(parts)).collect())?;
        Ok(Self { outgoing, incoming })
    }

    /// Whether a secret, or a half of one, is in these bytes.
    pub(crate) fn are_in(&self, bytes: &[u8]) -> bool {
        self.outgoing.as_ref().is_some_and(|search| search.finds(bytes))
    }

    /// The same for many bytes. Others have their turn meanwhile.
    pub(crate) async fn are_in_many(&self, bytes: &[u8]) -> bool {
        let Some(search) = &self.outgoing else { return false };
        let mut rest = bytes;
        while rest.len() > TURN_BYTES {
            let (turn, more) = (rest.get(..TURN_BYTES + search.longest), rest.get(TURN_BYTES..));
            if search.finds(turn.unwrap_or(rest)) {
                return true;
            }
            rest = more.unwrap_or_default();
            tokio::task::yield_now().await;
        }
        search.finds(rest)
    }

    /// What must not come back; none where there are no secrets.
    pub(crate) fn incoming(&self) -> Option<&Search> {
        self.incoming.as_ref()
    }
}

/// Patterns to look for.
pub(crate) struct Search {
    /// Whether there is any: reads many bytes at a time, which it can since it need not tell all of several.
    any: AhoCorasick,
    /// Where all of them are. Rarely needed.
    all: AhoCorasick,
    longest: usize,
    /// Most bytes at an end that wait: enough for each of them, and of many secrets the same number.
    reach: usize,
}

impl Search {
    fn new(mut patterns: Vec<Pattern>) -> Result<Option<Self>> {
        if patterns.is_empty() {
            return Ok(None);
        }
        patterns.sort_unstable_by(|one, other| one.as_slice().cmp(other));
        patterns.dedup();
        let table = |kind| {
            // As fast here as the largest kind, which takes 50 MB for a token of a kilobyte and this one 2.
            let mut builder = AhoCorasick::builder();
            let builder = builder.match_kind(kind).kind(Some(AhoCorasickKind::ContiguousNFA));
            let table = builder.build(patterns.iter().map(|pattern| &**pattern));
            table.map_err(|_| Error::new(ErrorKind::Internal, "make a table of secrets to look for"))
        };
        let (any, all) = (table(MatchKind::LeftmostFirst)?, table(MatchKind::Standard)?);
        let longest = patterns.iter().map(|pattern| pattern.len()).max().unwrap_or_default();
        Ok(Some(Self { any, all, longest, reach: longest.next_power_of_two() }))
    }

    /// Whether one of them is in these bytes.
    pub(crate) fn finds(&self, bytes: &[u8]) -> bool {
        self.any.is_match(bytes)
    }

    /// Where they are, first and last byte and those between, overlapping ones too.
    pub(crate) fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.all.find_overlapping_iter(bytes).map(|found| found.range())
    }

    /// How many bytes at the end wait for what comes next, since one of them may begin there.
    ///
    /// It does not look at what it looks for, but at what no secret holds: a guest that chooses what an upstream sends would
    /// else learn from what is held back with which letters a secret begins, one after the other.
    pub(crate) fn open_at_end(&self, bytes: &[u8]) -> usize {
        let open = bytes.iter().rev().take(self.reach).take_while(|byte| byte.is_ascii_graphic());
        open.count()
    }
}

/// A secret in every form that is looked for.
fn encodings(secret: &[u8]) -> Vec<Pattern> {
    let mut forms = vec![Zeroizing::new(secret.to_vec()), hexadecimal(secret)];
    forms.push(text(secret.iter().map(|byte| format!("%{byte:02x}")).collect()));
    forms.push(text(percent_encode(secret, NON_ALPHANUMERIC).to_string()));
    forms.push(text(percent_encode(secret, PLAIN_KEPT).to_string()));
    forms.extend(in_json(secret));
    // Written in capitals, written small, and with small digits in what is encoded.
    let cases = forms.iter().flat_map(|form| {
        let cases = [form.to_ascii_uppercase(), form.to_ascii_lowercase(), with_small_escapes(form)];
        cases.map(Zeroizing::new)
    });
    let cases: Vec<Pattern> = cases.collect();
    forms.extend(cases);
    forms.push(reversed(secret));
    for alphabet in [&STANDARD, &URL_SAFE] {
        forms.extend((0..3).filter_map(|shift| in_base64(&GeneralPurpose::new(alphabet, NO_PAD), secret, shift)));
    }
    forms.retain(|form| form.len() >= MIN_PATTERN_BYTES);
    forms
}

/// The same with `%2f` instead of `%2F`.
fn with_small_escapes(form: &[u8]) -> Vec<u8> {
    let mut escaped = 0_u8;
    let small = form.iter().map(|&byte| {
        let in_escape = escaped > 0;
        escaped = if byte == b'%' { 2 } else { escaped.saturating_sub(1) };
        if in_escape { byte.to_ascii_lowercase() } else { byte }
    });
    small.collect()
}

/// Both halves, where they are too long to be guessed.
fn halves(secret: &[u8]) -> Vec<Pattern> {
    let (first, second) = secret.split_at(secret.len() / 2);
    let parts = [first, second].into_iter().filter(|half| half.len() >= MIN_PART_BYTES);
    parts.flat_map(|half| [Zeroizing::new(half.to_vec()), reversed(half)]).collect()
}

fn reversed(bytes: &[u8]) -> Pattern {
    Zeroizing::new(bytes.iter().rev().copied().collect())
}

fn hexadecimal(bytes: &[u8]) -> Pattern {
    text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn text(text: String) -> Pattern {
    Zeroizing::new(text.into_bytes())
}

/// As it stands in a string of JSON: with as few escapes as can be, with that of slashes, and with those of what could be read
/// as HTML, in large and in small digits. Which of them a writer uses depends on its language.
fn in_json(secret: &[u8]) -> [Pattern; 4] {
    let escaped = |escape: &dyn Fn(u8) -> Option<String>| {
        let escape = |&byte: &u8| escape(byte).unwrap_or_else(|| char::from(byte).to_string());
        text(secret.iter().map(escape).collect())
    };
    let short = |byte: u8| matches!(byte, b'"' | b'\\').then(|| format!("\\{}", char::from(byte)));
    let of_html = |byte: u8| matches!(byte, b'"' | b'&' | b'\'' | b'+' | b'<' | b'>' | b'`');
    [
        escaped(&short),
        escaped(&|byte| if byte == b'/' { Some("\\/".to_owned()) } else { short(byte) }),
        escaped(&|byte| if of_html(byte) { Some(format!("\\u00{byte:02X}")) } else { short(byte) }),
        escaped(&|byte| if of_html(byte) { Some(format!("\\u00{byte:02x}")) } else { short(byte) }),
    ]
}

/// The part of its base64 form that does not depend on what surrounds it, where `shift` bytes of a group come before it.
fn in_base64(engine: &GeneralPurpose, secret: &[u8], shift: usize) -> Option<Pattern> {
    let mut shifted = Zeroizing::new(vec![0; shift]);
    shifted.extend_from_slice(secret);
    let encoded = Zeroizing::new(engine.encode(&*shifted).into_bytes());
    // Characters that hold bits of neither neighbour: from the first that begins in the secret to the last that ends there.
    let (first, last) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
    encoded.get(first..last).map(|whole| Zeroizing::new(whole.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    const SECRET: &str = "sk-Test/0123+45\"6789";

    fn secrets() -> Secrets {
        Secrets::new([SecretString::from(SECRET)].iter()).unwrap()
    }

    #[test]
    fn a_secret_is_found_in_every_encoding() {
        let secrets = secrets();
        let forms = [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            SECRET.chars().rev().collect(),
            format!("before {SECRET} after"),
            BASE64_STANDARD.encode(SECRET),
            BASE64_STANDARD.encode(format!("user:{SECRET}")),
            BASE64_STANDARD.encode(format!("x{SECRET}yz")),
            BASE64_URL_SAFE_NO_PAD.encode(format!("xy{SECRET}z")),
            SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
            SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
            SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            SECRET.replace('/', "%2f").replace('+', "%2b").replace('"', "%22"),
            url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
            format!("{{\"key\": {SECRET:?}}}"),
            SECRET.replace('/', "\\/").replace('"', "\\\""),
            SECRET.replace('+', "\\u002B").replace('"', "\\u0022"),
            SECRET.replace('+', "\\u002b").replace('"', "\\u0022"),
        ];
        for form in forms {
            assert!(secrets.are_in(form.as_bytes()), "{form} goes out");
            assert!(secrets.incoming().unwrap().finds(form.as_bytes()), "{form} comes back");
        }
        for other in ["", "sk-Test", "bearer", "0123456789"] {
            assert!(!secrets.are_in(other.as_bytes()), "{other} is refused");
        }
    }

    #[test]
    fn a_half_is_looked_for_where_it_is_too_long_to_be_guessed() {
        let is_found = |secret: &str, part: &str| {
            Secrets::new([SecretString::from(secret)].iter()).unwrap().are_in(part.as_bytes())
        };
        let long = "sk-0123456789abcdef0123456789ABCD";
        for half in ["sk-0123456789abc", "def0123456789ABCD", "cba9876543210-ks"] {
            assert!(is_found(long, half), "{half} goes out");
        }
        for part in [&long[..15], &long[18..]] {
            assert!(!is_found(long, part), "{part} can be tried");
        }
        assert!(!is_found(&long[..30], &long[..15]));
    }

    #[test]
    fn nothing_is_looked_for_where_there_is_no_secret() {
        let none = Secrets::new([].iter()).unwrap();
        assert!(none.incoming().is_none() && !none.are_in(b"anything"));
    }

    #[test]
    fn the_tables_of_the_longest_secret_are_some_megabytes() {
        let secret = (0..8_u32 << 10).map(|number| char::from(b'!' + (number.wrapping_mul(2_654_435_761) >> 26) as u8));
        let secrets = Secrets::new([SecretString::from(secret.collect::<String>())].iter()).unwrap();
        let searches = [secrets.incoming, secrets.outgoing].map(Option::unwrap);
        let bytes: usize = searches.iter().map(|search| search.any.memory_usage() + search.all.memory_usage()).sum();
        assert!(bytes < 32 << 20, "{bytes}");
    }

    #[tokio::test]
    async fn a_secret_is_found_wherever_it_is_in_many_bytes() {
        let secrets = secrets();
        for at in [
            0,
            1,
            TURN_BYTES - SECRET.len(),
            TURN_BYTES - 1,
            TURN_BYTES,
            2 * TURN_BYTES - 3,
            3 * TURN_BYTES - SECRET.len(),
        ] {
            let mut bytes = vec![b'a'; 3 * TURN_BYTES];
            assert!(!secrets.are_in_many(&bytes).await);
            bytes.splice(at..at + SECRET.len(), SECRET.bytes());
            assert!(secrets.are_in_many(&bytes).await, "at {at}");
        }
    }

    proptest! {
        #[test]
        fn any_secret_is_found_in_base64_whatever_surrounds_it(
            secret in "[!-~]{8,40}", before in "[ -~]{0,7}", after in "[ -~]{0,7}"
        ) {
            let secrets = Secrets::new([SecretString::from(secret.as_str())].iter()).unwrap();
            let text = format!("{before}{secret}{after}");
            prop_assert!(secrets.are_in(BASE64_STANDARD.encode(&text).as_bytes()));
            prop_assert!(secrets.are_in(BASE64_URL_SAFE_NO_PAD.encode(&text).as_bytes()));
        }

        #[test]
        fn an_end_that_may_be_a_beginning_waits(text in "[sk\\-Te \n]{0,12}", cut in 1_usize..20) {
            let secrets = secrets();
            let search = secrets.incoming().unwrap();
            let whole = format!("{text}{}", SECRET.get(..cut).unwrap());
            prop_assert!(search.open_at_end(whole.as_bytes()) >= cut);
        }
    }
}
