//! A guest by hand: a provider in WebAssembly text that behaves well, with holes for attacks.

use std::{path::Path, sync::LazyLock};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

use crate::bytes::{id, number, repeated, section};

/// The provider of `rerank`.
const RANKER: &str = include_str!("ranker.wat");
/// What makes it a provider of `chat` as well.
const TALKER: &str = include_str!("talker.wat");
const TALKER_IMPORTS: &str = include_str!("talker-imports.wat");

/// A provider in WebAssembly text. As it is, it behaves well; a case puts code into its holes.
#[derive(Debug, Clone)]
pub struct Guest {
    text: String,
    world: &'static str,
}

impl Guest {
    /// A provider of `rerank`, of one model, that puts the first document first.
    #[must_use]
    pub fn ranker() -> Self {
        Self { text: RANKER.to_owned(), world: "ranker" }
    }

    /// The same, with `chat`: every answer is the text `corpus`.
    #[must_use]
    pub fn talker() -> Self {
        let talker = Self::ranker().at("imports", TALKER_IMPORTS).at("module", TALKER);
        Self { world: "talker", ..talker }
    }

    /// The ranker, failing with this case of `failure-kind`, which the code may say more of.
    #[must_use]
    pub(crate) fn failing(kind: u32, code: &str) -> Self {
        let failure = put(place::RESULT, 1) + &put(place::KIND, kind) + &list(place::REASON, 0, 0);
        Self::ranker().at("rerank", &(failure + code))
    }

    /// Puts code into a hole, after what is there already.
    #[must_use]
    pub fn at(mut self, hole: &str, code: &str) -> Self {
        let hole = format!(";;@{hole}\n");
        assert_eq!(self.text.matches(&hole).count(), 1, "there is one hole {hole}");
        // The hole goes on after the code, unless the code brings one of its own.
        let rest = if code.contains(&hole) { "" } else { &hole };
        self.text = self.text.replace(&hole, &format!("{code}\n{rest}"));
        self
    }

    /// Puts other code in the place of some that is there once.
    #[must_use]
    pub fn instead(mut self, of: &str, code: &str) -> Self {
        assert_eq!(self.text.matches(of).count(), 1, "{of} is there once");
        self.text = self.text.replace(of, code);
        self
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        let (resolve, package) = &*WORLDS;
        let world = resolve.select_world(&[*package], Some(self.world)).expect("the world is there");
        let mut module = wat::parse_str(&self.text).unwrap_or_else(|error| panic!("{error}"));
        embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).expect("the module is whole");
        // What it breaks is for the host to find.
        let encoder = ComponentEncoder::default().validate(false).module(&module).expect("the metadata is right");
        let mut encoder = encoder;
        encoder.encode().unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// The component, with so many more core instances, of a module without anything in it.
    #[must_use]
    pub fn crowded(&self, instances: usize) -> Vec<u8> {
        const MODULE: &[u8] = b"\0asm\x01\0\0\0";
        const WITHOUT_ARGUMENTS: u8 = 0;
        let mut component = self.component();
        let modules = component.windows(MODULE.len()).filter(|window| *window == MODULE).count();
        let instance = [&[WITHOUT_ARGUMENTS][..], &number(modules), &[0]].concat();
        component.extend(section(id::CORE_MODULE, MODULE));
        component.extend(repeated(id::CORE_INSTANCE, instances, &instance));
        component
    }
}

/// Where the guest keeps what it gives to the host.
pub(crate) mod place {
    /// `provider-info`.
    pub(crate) const DESCRIPTION: u32 = 1024;
    /// Its summary.
    pub(crate) const SUMMARY: u32 = DESCRIPTION + 16;
    /// Its hosts.
    pub(crate) const HOSTS: u32 = DESCRIPTION + 32;
    /// The result of `rerank`.
    pub(crate) const RESULT: u32 = 1536;
    /// The list in it, when it is a success.
    pub(crate) const RANKING: u32 = RESULT + 8;
    /// The kind of the failure in it, when it is one.
    pub(crate) const KIND: u32 = RESULT + 8;
    /// The text or the list that the kind brings with it.
    pub(crate) const REASON: u32 = KIND + 4;
    /// What the failure says.
    pub(crate) const MESSAGE: u32 = KIND + 20;
}

/// The cases of `failure-kind`, by their numbers.
pub(crate) const UNSUPPORTED: u32 = 2;
pub(crate) const TIMEOUT: u32 = 9;
pub(crate) const INTERNAL: u32 = 13;

/// Code that stores a word.
pub(crate) fn put(at: u32, word: u32) -> String {
    format!("(i32.store (i32.const {at}) (i32.const {word}))\n")
}

/// Code that stores where a list or a string is, and how long.
pub(crate) fn list(at: u32, place: u32, length: u32) -> String {
    put(at, place) + &put(at + 4, length)
}

/// The worlds of the guests, with the project's own package and the few interfaces of WASI that they import.
static WORLDS: LazyLock<(Resolve, PackageId)> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    resolve.push_path(own).expect("the package of the project is right");
    let package = resolve.push_str("worlds.wit", include_str!("worlds.wit")).expect("the worlds are right");
    (resolve, package)
});
