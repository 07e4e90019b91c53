//! Where in a value something is.

use std::fmt;

use palisade_core::text::escape;

/// A place in a value: `providers.card.config.models[2].name`.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The value itself, under what people know it by; may be empty.
    Root(&'a str),
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => formatter.write_str(name),
            Self::Key(parent, key) => {
                let before = parent.to_string();
                formatter.write_str(&before)?;
                formatter.write_str(if before.is_empty() { "" } else { "." })?;
                formatter.write_str(&quoted(key))
            }
            Self::Index(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// A key as TOML has it.
fn quoted(key: &str) -> String {
    let is_bare =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare { escape(key, 80) } else { format!("\"{}\"", escape(key, 80)) }
}

/// The same for a JSON pointer below a place.
pub(crate) fn below(root: &str, pointer: &str) -> String {
    let mut path = root.to_owned();
    for segment in pointer.split('/').skip(1) {
        if segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty() {
            path += &format!("[{segment}]");
        } else {
            let key = quoted(&segment.replace("~1", "/").replace("~0", "~"));
            path += &if path.is_empty() { key } else { format!(".{key}") };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_in_toml() {
        let root = Path::Root("providers.card");
        let models = Path::Key(&root, "models");
        let second = Path::Index(&models, 2);
        assert_eq!(Path::Key(&second, "a b").to_string(), "providers.card.models[2].\"a b\"");
        assert_eq!(Path::Key(&Path::Root(""), "a").to_string(), "a");
        assert_eq!(below("config", "/a~1b/0/c"), "config.\"a/b\"[0].c");
        assert_eq!(below("", "/a"), "a");
    }
}
