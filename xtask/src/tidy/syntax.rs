//! Rust as tidy sees it: the paths that a file names, without its comments and strings.
//!
//! Tokens are enough for that, and unlike a syntax tree they show what is inside of a macro call.

use std::{iter::Peekable, slice};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path such as `std::fs::read`, or a single name. Every part of `use a::{b, c}` is a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    /// The name that a `use … as` gives.
    pub(super) alias: Option<String>,
    pub(super) line: usize,
    pub(super) follower: Follower,
    /// The inline modules around it.
    pub(super) inside: Vec<String>,
    /// Whether it is compiled for tests only.
    pub(super) test: bool,
    pub(super) imported: bool,
}

/// What comes after a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follower {
    Arguments,
    Bang,
    Other,
}

/// What one file names.
#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) names: Vec<Named>,
    /// The modules in files of their own that are declared for tests only.
    pub(super) test_modules: Vec<String>,
    /// The lines on which the attribute `ignore` is.
    pub(super) ignored: Vec<usize>,
}

type Tokens<'a> = Peekable<slice::Iter<'a, TokenTree>>;

#[derive(Clone, Default)]
struct Scope {
    inside: Vec<String>,
    test: bool,
}

impl Syntax {
    /// Reads a file; nothing if it is no Rust.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let stream: TokenStream = text.parse().ok()?;
        let mut syntax = Self::default();
        syntax.walk(stream, &Scope::default());
        Some(syntax)
    }

    fn walk(&mut self, stream: TokenStream, scope: &Scope) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut tokens = tokens.iter().peekable();
        // A test attribute holds until the end of the item that follows.
        let mut item = scope.clone();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(&mut tokens, scope, &mut item),
                TokenTree::Punct(punct) if punct.as_char() == ';' => item = scope.clone(),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                TokenTree::Group(group) => {
                    let ends = group.delimiter() == Delimiter::Brace;
                    self.walk(group.stream(), &item);
                    if ends {
                        item = scope.clone();
                    }
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    match ident.to_string().as_str() {
                        "use" if !is_punct(tokens.peek().copied(), '<') => {
                            self.import(&mut tokens, &item);
                            item = scope.clone();
                        }
                        "mod" => self.module(&mut tokens, scope, &mut item),
                        name => self.path(name.to_owned(), line, &mut tokens, &item),
                    }
                }
            }
        }
    }

    fn attribute(&mut self, tokens: &mut Tokens<'_>, scope: &Scope, item: &mut Scope) {
        let inner = is_punct(tokens.peek().copied(), '!');
        if inner {
            tokens.next();
        }
        let Some(TokenTree::Group(group)) = tokens.peek() else { return };
        tokens.next();
        let text = group.stream().to_string().replace(' ', "");
        if text.starts_with("cfg(test") || text.starts_with("cfg(all(test") {
            item.test = true;
        }
        if text == "ignore" || text.starts_with("ignore=") {
            self.ignored.push(group.span_open().start().line);
        }
        self.walk(group.stream(), &Scope { test: scope.test || item.test, inside: scope.inside.clone() });
    }

    fn module(&mut self, tokens: &mut Tokens<'_>, scope: &Scope, item: &mut Scope) {
        let Some(TokenTree::Ident(name)) = tokens.next() else { return };
        let name = name.to_string();
        if let Some(TokenTree::Group(group)) = tokens.peek() {
            let mut inner = item.clone();
            inner.inside.push(name);
            let stream = group.stream();
            tokens.next();
            self.walk(stream, &inner);
        } else if item.test {
            self.test_modules.push(name);
        }
        *item = scope.clone();
    }

    fn path(&mut self, first: String, line: usize, tokens: &mut Tokens<'_>, scope: &Scope) {
        let mut segments = vec![first];
        while let Some(segment) = next_segment(tokens) {
            segments.push(segment);
        }
        let follower = match tokens.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Follower::Arguments,
            token if is_punct(token.copied(), '!') => Follower::Bang,
            _ => Follower::Other,
        };
        self.names.push(Named {
            segments,
            alias: None,
            line,
            follower,
            inside: scope.inside.clone(),
            test: scope.test,
            imported: false,
        });
    }

    fn import(&mut self, tokens: &mut Tokens<'_>, scope: &Scope) {
        let mut tree = Vec::new();
        for token in tokens.by_ref() {
            if is_punct(Some(token), ';') {
                break;
            }
            tree.push(token.clone());
        }
        self.import_tree(&[], &tree, scope);
    }

    /// Takes the paths out of `a::b`, `a::{b, c::d}`, `a as b` and `a::*`, whose part to the left is `prefix`.
    fn import_tree(&mut self, prefix: &[String], tree: &[TokenTree], scope: &Scope) {
        let mut segments = prefix.to_vec();
        let mut alias = None;
        let mut line = 0;
        let mut complete = false;
        let mut tokens = tree.iter();
        loop {
            let token = tokens.next();
            match token {
                Some(TokenTree::Ident(ident)) if *ident == "as" => {
                    alias = tokens.next().map(|name| name.to_string());
                }
                Some(TokenTree::Ident(ident)) => {
                    line = ident.span().start().line;
                    complete = true;
                    segments.push(ident.to_string());
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                    line = punct.span().start().line;
                    complete = true;
                    segments.push("*".into());
                }
                Some(TokenTree::Group(group)) => {
                    self.import_tree(&segments, &group.stream().into_iter().collect::<Vec<_>>(), scope);
                    complete = false;
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() != ',' => {}
                // A comma, or the end.
                _ => {
                    if complete {
                        self.names.push(Named {
                            segments: segments.clone(),
                            alias: alias.take(),
                            line,
                            follower: Follower::Other,
                            inside: scope.inside.clone(),
                            test: scope.test,
                            imported: true,
                        });
                    }
                    if token.is_none() {
                        return;
                    }
                    segments = prefix.to_vec();
                    complete = false;
                }
            }
        }
    }
}

/// Takes `::name` from the tokens, if that is what follows.
fn next_segment(tokens: &mut Tokens<'_>) -> Option<String> {
    let mut ahead = tokens.clone();
    let colons = [ahead.next(), ahead.next()];
    if !colons.iter().all(|token| is_punct(*token, ':')) {
        return None;
    }
    let Some(TokenTree::Ident(name)) = ahead.next() else { return None };
    *tokens = ahead;
    Some(name.to_string())
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let syntax = Syntax::parse(text).unwrap();
        syntax.names.iter().filter(|name| name.segments.len() > 1).map(|name| name.segments.join("::")).collect()
    }

    #[test]
    fn comments_and_strings_name_nothing() {
        assert!(names("// std::fs::read\n/* a::b */ const A: &str = \"std::fs::read\";").is_empty());
    }

    #[test]
    fn imports_are_expanded() {
        assert_eq!(
            names("use std::{fs, io::{self as i, Read}, net::*};"),
            ["std::fs", "std::io::self", "std::io::Read", "std::net::*"]
        );
    }

    #[test]
    fn an_alias_is_kept() {
        let syntax = Syntax::parse("pub use a::B as C;").unwrap();
        assert_eq!(syntax.names[1].alias.as_deref(), Some("C"));
    }

    #[test]
    fn calls_and_macros_are_told_apart() {
        let syntax = Syntax::parse("fn f() { a::sleep(1); b::todo!(); select! { x = c::d() => {} } }").unwrap();
        let named = |path: &str| syntax.names.iter().find(|name| name.segments.join("::") == path).unwrap().follower;
        assert_eq!(named("a::sleep"), Follower::Arguments);
        assert_eq!(named("b::todo"), Follower::Bang);
        assert_eq!(named("c::d"), Follower::Arguments);
    }

    #[test]
    fn test_code_is_marked() {
        let text = "#[cfg(test)] mod helpers;\n#[cfg(test)] mod tests { use a::b; }\n#[cfg(test)] use c::{d};\nfn f() { e::f() }";
        let syntax = Syntax::parse(text).unwrap();
        assert_eq!(syntax.test_modules, ["helpers"]);
        let test = |path: &str| syntax.names.iter().find(|name| name.segments.join("::") == path).unwrap().test;
        assert!(test("a::b") && test("c::d"));
        assert!(!test("e::f"));
    }

    #[test]
    fn inline_modules_are_known() {
        let syntax = Syntax::parse("mod a { mod b { use super::c; } }").unwrap();
        assert_eq!(syntax.names[0].inside, ["a", "b"]);
    }
}
