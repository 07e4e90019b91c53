//! Takes secrets out of a body that comes in pieces, also where one is cut by the end of a piece.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::secrets::{Search, Secrets};

/// What stands where a secret stood: as long as it was, so that lengths that were announced stay right.
const MASK: u8 = b'*';

/// Takes secrets out of one body.
///
/// It holds back only what may be the beginning of a secret: pieces that end in a line break, as those of a stream of
/// events, go on at once.
pub(crate) struct Redactor {
    secrets: Arc<Secrets>,
    held: Bytes,
}

impl Redactor {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, held: Bytes::new() }
    }

    /// Takes the next piece and gives what can be passed on; nothing, when that depends on what comes next.
    pub(crate) fn piece(&mut self, piece: Bytes) -> Bytes {
        let Some(search) = self.secrets.incoming() else { return piece };
        let held = std::mem::take(&mut self.held);
        let bytes = if held.is_empty() { piece } else { Bytes::from([held, piece].concat()) };
        let hold = search.begun_at_end(&bytes);
        let mut bytes = masked(search, bytes);
        self.held = bytes.split_off(bytes.len() - hold);
        bytes
    }

    /// Gives what was held back: there is no more.
    pub(crate) fn end(&mut self) -> Bytes {
        std::mem::take(&mut self.held)
    }
}

fn masked(search: &Search, bytes: Bytes) -> Bytes {
    if !search.finds(&bytes) {
        return bytes;
    }
    let mut masked = BytesMut::from(&*bytes);
    for place in search.places(&bytes) {
        if let Some(secret) = masked.get_mut(place) {
            secret.fill(MASK);
        }
    }
    masked.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::SecretString;

    const SECRET: &str = "sk-0123456789";

    fn secrets() -> Arc<Secrets> {
        Arc::new(Secrets::new([SecretString::from(SECRET)].iter()).unwrap())
    }

    fn pass(body: &str, ends: &[usize]) -> String {
        let mut redactor = Redactor::new(secrets());
        let mut passed = Vec::new();
        let mut start = 0;
        for &end in ends.iter().chain([&body.len()]) {
            let end = end.clamp(start, body.len());
            passed.extend(redactor.piece(Bytes::copy_from_slice(&body.as_bytes()[start..end])));
            start = end;
        }
        passed.extend(redactor.end());
        String::from_utf8(passed).unwrap()
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
        let mut redactor = Redactor::new(secrets());
        let event = Bytes::from_static(b"data: {\"delta\": \"task s\"}\n\n");
        let passed = redactor.piece(event.clone());
        assert_eq!((passed.as_ptr(), passed.len()), (event.as_ptr(), event.len()));
        assert_eq!(redactor.piece("risk s".into()), "risk ");
        assert_eq!(redactor.piece("o".into()), "so");
        assert_eq!(redactor.piece("sk-".into()), "");
        assert_eq!(redactor.end(), "sk-");
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
    }
}
