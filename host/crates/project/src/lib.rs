//! Projects of providers: made from templates, and built as components with the tools of their language.
//!
//! A project is a folder that its language's own people would recognise: `pyproject.toml`, `package.json` or `Cargo.toml` say what it
//! is, and `provider.toml` where the language has no such file, its tests run with the language's own runner, and `vendor/` holds the interface and the SDK, so that nothing of this project has
//! to be published anywhere.
//!
//! ```no_run
//! use palisade_project::{Language, New, Settings, build, create};
//!
//! # fn main() -> palisade_core::Result<()> {
//! let new = New { language: Language::Python, name: "hello", capability: "chat" };
//! create("hello".as_ref(), &new)?;
//! let built = build("hello".as_ref(), &Settings::default())?;
//! println!("{}", built.component.display());
//! # Ok(()) }
//! ```

mod build;
mod c;
mod component;
mod create;
mod files;
mod go;
mod go_tool;
mod javascript;
mod job;
mod language;
mod manifest;
mod python;
mod rust;
mod sdk;
mod tool;
mod world;
mod zig;
mod zig_tool;

pub use build::{Built, Settings, build};
pub use create::{New, create};
pub use language::Language;
pub use sdk::vendor;
