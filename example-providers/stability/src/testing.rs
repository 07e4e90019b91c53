//! Stability AI, for tests.

use std::cell::RefCell;
use std::rc::Rc;

use palisade_guest::http::{Answer, Sent, answer_in_test};
use palisade_guest::{Media, credentials};

use crate::upstream;

/// A picture of one pixel.
pub(crate) const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 58, 126, 155,
    85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 156, 99, 96, 0, 0, 0, 2, 0, 1, 72, 175, 164, 113, 0, 0, 0, 0, 73, 69, 78, 68,
    174, 66, 96, 130,
];

/// Has Stability AI answer requests to this path, and keeps what was sent.
pub(crate) fn stability(path: &str, answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    credentials::set_in_test(upstream::CREDENTIAL, true);
    answer_in_test(&format!("{}/{path}", upstream::upstream().base_url()), [answer])
}

/// An answer that is a picture.
pub(crate) fn picture() -> Answer {
    finished("SUCCESS")
}

/// An answer that is a picture, finished for this reason.
pub(crate) fn finished(reason: &str) -> Answer {
    Answer::new(200).header("content-type", "image/png").header("finish-reason", reason).cut(PNG, 9)
}

pub(crate) fn png() -> Media {
    Media::new("image/png", PNG.to_vec()).unwrap()
}

/// A picture that says that it has more than a megapixel: 1024 x 1025.
pub(crate) fn large_png() -> Media {
    let mut file = PNG.to_vec();
    file[16..33].copy_from_slice(&[0, 0, 4, 0, 0, 0, 4, 1, 8, 0, 0, 0, 0, 145, 42, 167, 250]);
    Media::new("image/png", file).unwrap()
}
