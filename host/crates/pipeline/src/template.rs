//! References inside of texts: `A poster of ${steps.idea.text}, in ${inputs.style}`.

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it stands.
    Plain(String),
    /// What stands in for a reference.
    Reference(Path),
}

/// A reference as it is written: names with dots between them, and numbers in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    /// As it was written.
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
}

/// A piece of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Name(String),
    Index(usize),
}

const OPEN: &str = "${";

/// The pieces of a text. `$${` stands for `${` itself.
///
/// # Errors
///
/// Says which reference is not written as one.
pub(crate) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, after)) = rest.split_once(OPEN) {
        if let Some(before) = before.strip_suffix('$') {
            plain += before;
            plain += OPEN;
            rest = after;
            continue;
        }
        plain += before;
        let Some((path, after)) = after.split_once('}') else {
            return Err("a reference begins with `${` and does not end: write `}` behind it, or `$${` for `${`".into());
        };
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Reference(path.parse()?));
        rest = after;
    }
    plain += rest;
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

impl std::str::FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let text = palisade::text::escape(text, 80);
            format!("`${{{text}}}` is no reference: write `${{inputs.NAME}}` or `${{steps.NAME.OUTPUT}}`")
        };
        let mut parts = Vec::new();
        for part in text.trim().split('.') {
            let (name, mut indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-')) {
                return Err(wrong());
            }
            parts.push(Part::Name(name.to_owned()));
            while !indexes.is_empty() {
                let (index, rest) =
                    indexes.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(wrong)?;
                parts.push(Part::Index(index.parse().map_err(|_| wrong())?));
                indexes = rest;
            }
        }
        Ok(Self { text: text.trim().to_owned(), parts })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        let pieces = parse(text)?.into_iter().map(|piece| match piece {
            Piece::Plain(text) => format!("[{text}]"),
            Piece::Reference(path) => format!("<{}:{}>", path.text, path.parts.len()),
        });
        Ok(pieces.collect())
    }

    #[test]
    fn references_are_found_inside_of_texts() {
        let cases = [
            ("", "[]"),
            ("a", "[a]"),
            ("${inputs.a}", "<inputs.a:2>"),
            ("a ${ steps.b.images[0] }, ${inputs.c}.", "[a ]<steps.b.images[0]:4>[, ]<inputs.c:2>[.]"),
            ("$${a} and $5 {b}", "[${a} and $5 {b}]"),
            ("${a.b[0][12].c}", "<a.b[0][12].c:5>"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
        for wrong in ["${", "a ${b", "${}", "${a..b}", "${a b}", "${a[}", "${a[x]}", "${a[0]b}", "${[0]}"] {
            assert!(shown(wrong).is_err(), "{wrong} was taken");
        }
    }

    proptest! {
        #[test]
        fn what_is_no_reference_stays_as_it_is(text in "[^$]{0,40}") {
            prop_assert_eq!(parse(&text), Ok(vec![Piece::Plain(text)]));
        }
    }
}
