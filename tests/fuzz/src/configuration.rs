//! A configuration file. An operator wrote it, so its text need not be harmless, but it may be wrong in any way.

use std::path::Path;

use palisade::{Config, ErrorKind};

/// Text is read, or refused with a reason.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = Config::parse(text, Path::new("folder")) {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(!error.message().is_empty());
    }
}
