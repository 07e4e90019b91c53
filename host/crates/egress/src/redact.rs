//! Takes secrets out of a body that comes in pieces, also where one is cut by the end of a piece.

use std::{ops::Range, sync::Arc};

use bytes::{Bytes, BytesMut};

use crate::secrets::{Search, Secrets};

/// What stands where a secret stood: as long as it was, so that lengths that were announced stay right.
const MASK: u8 = b'*';

/// Takes secrets out of one body.
///
/// It holds back the end of a piece as far as a secret may begin there, and passes on what ends in a line break at once, as
/// the pieces of a stream of events do.
pub(crate) struct Redactor {
    secrets: Arc<Secrets>,
    /// As it came.
    held: Bytes,
    /// How much of the beginning of that belongs to a secret of which the rest was passed on, masked.
    spoiled: usize,
}

impl Redactor {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, held: Bytes::new(), spoiled: 0 }
    }

    /// Takes the next piece and gives what can be passed on; nothing, when that depends on what comes next.
    pub(crate) fn piece(&mut self, piece: Bytes) -> Bytes {
        let secrets = self.secrets.clone();
        let Some(search) = secrets.incoming() else { return piece };
        let bytes = self.with_held(piece);
        let end = bytes.len() - search.open_at_end(&bytes);
        self.pass(search, bytes, end)
    }

    /// Takes the last piece and gives all that is left.
    pub(crate) fn last(&mut self, piece: Bytes) -> Bytes {
        let secrets = self.secrets.clone();
        let Some(search) = secrets.incoming() else { return piece };
        let bytes = self.with_held(piece);
        let end = bytes.len();
        self.pass(search, bytes, end)
    }

    /// What was held back, and this.
    fn with_held(&mut self, piece: Bytes) -> Bytes {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() { piece } else { Bytes::from([held, piece].concat()) }
    }

    /// Gives the bytes up to this end without secrets, and holds back the others.
    fn pass(&mut self, search: &Search, mut bytes: Bytes, end: usize) -> Bytes {
        let spoiled = self.spoiled;
        self.spoiled = spoiled.saturating_sub(end);
        if spoiled == 0 && !search.finds(&bytes) {
            self.held = bytes.split_off(end);
            return bytes;
        }
        let mut passed = BytesMut::from(bytes.get(..end).unwrap_or_default());
        mask(&mut passed, 0..spoiled);
        for place in search.places(&bytes) {
            if place.start < end {
                self.spoiled = self.spoiled.max(place.end.saturating_sub(end));
            }
            mask(&mut passed, place);
        }
        self.held = bytes.split_off(end);
        passed.freeze()
    }
}

fn mask(bytes: &mut [u8], place: Range<usize>) {
    let end = place.end.min(bytes.len());
    if let Some(secret) = bytes.get_mut(place.start..end) {
        secret.fill(MASK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::SecretString;

    const SECRET: &str = "sk-0123456789";

    fn secrets(secret: &str) -> Arc<Secrets> {
        Arc::new(Secrets::new([SecretString::from(secret)].iter()).unwrap())
    }

    /// What is passed on of a body in pieces, for each of them and for its end.
    fn pieces(secret: &str, body: &str, ends: &[usize]) -> Vec<String> {
        let mut redactor = Redactor::new(secrets(secret));
        let mut passed = Vec::new();
        let mut start = 0;
        for &end in ends.iter().chain([&body.len()]) {
            let end = end.clamp(start, body.len());
            passed.push(redactor.piece(Bytes::copy_from_slice(&body.as_bytes()[start..end])));
            start = end;
        }
        passed.push(redactor.last(Bytes::new()));
        passed.into_iter().map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
    }

    fn pass(body: &str, ends: &[usize]) -> String {
        pieces(SECRET, body, ends).concat()
    }

    #[test]
    fn a_secret_is_masked_wherever_a_piece_ends() {
        let body = format!("{{\"authorization\": \"Bearer {SECRET}\"}}");
        let expected = body.replace(SECRET, &"*".repeat(SECRET.len()));
        for first in 0..=body.len() {
            for second in first..=body.len() {
                assert_eq!(pass(&body, &[first, second]), expected, "{first} {second}");
            }
        }
        let each_byte: Vec<usize> = (0..body.len()).collect();
        assert_eq!(pass(&body, &each_byte), expected);
    }

    #[test]
    fn an_event_is_passed_on_at_once_and_without_a_copy() {
        let mut redactor = Redactor::new(secrets(SECRET));
        let event = Bytes::from_static(b"data: {\"delta\": \"task s\"}\n\n");
        let passed = redactor.piece(event.clone());
        assert_eq!((passed.as_ptr(), passed.len()), (event.as_ptr(), event.len()));
        assert_eq!(redactor.piece("risk s".into()), "risk ");
        assert_eq!(redactor.piece("o it".into()), "so ");
        assert_eq!(redactor.piece("sk-".into()), "");
        assert_eq!(redactor.last(Bytes::new()), "itsk-");
    }

    #[test]
    fn a_secret_that_ends_with_the_last_piece_is_masked() {
        let mut redactor = Redactor::new(secrets(SECRET));
        assert_eq!(redactor.piece("is sk-012345".into()), "is ");
        assert_eq!(redactor.last("6789!".into()), "*************!");
    }

    #[test]
    fn secrets_that_overlap_are_masked_wherever_a_piece_ends() {
        let body = "abcabcabc".repeat(9);
        for end in 0..body.len() {
            let passed = pieces("abcabcabc", &body, &[end, end + 1, end + 5]).concat();
            assert_eq!(passed, "*".repeat(body.len()), "{end}");
        }
    }

    proptest! {
        #[test]
        fn pieces_change_nothing_but_secrets(
            body in "([sk\\-0-9 a]{0,10}(sk-0123456789)?){0,4}", ends in prop::collection::vec(0_usize..100, 0..6)
        ) {
            let mut ends = ends;
            ends.sort_unstable();
            prop_assert_eq!(pass(&body, &ends), body.replace(SECRET, &"*".repeat(SECRET.len())));
        }

        /// Else a guest could guess it letter by letter: what an upstream repeats to it is held back when the guess is right.
        #[test]
        fn where_pieces_end_tells_nothing_about_a_secret(
            body in "([a ]{0,3}(sk-01|sk|9876|zz-98|736b2d|%73%6B)?){0,6}", ends in prop::collection::vec(0_usize..60, 0..6)
        ) {
            let mut ends = ends;
            ends.sort_unstable();
            prop_assert_eq!(pieces(SECRET, &body, &ends), pieces("zz-9876543210", &body, &ends));
        }
    }
}
