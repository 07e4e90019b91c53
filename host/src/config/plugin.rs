//! What is said of a plugin in the file beside it: what `[providers.<id>]` would say, without `component`.

use std::{borrow::Cow, path::Path};

use palisade_core::text::nearest;
use serde::Deserialize as _;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{ProviderTable, contexts::Reader};
use crate::{
    registration::{Origin, Registration},
    usual::Usual,
};

/// What says elsewhere which component a provider is.
const COMPONENT: &str = "component";
/// What is said of stores, which no plugin is.
const OF_STORES: [&str; 3] = ["store", "file", "options"];

/// The registration of a component of which this is said. Paths in it are relative to the component's folder.
///
/// # Errors
///
/// Says what is wrong, with the line.
pub(crate) fn plugin_registration(text: &str, component: &Path, usual: &Usual) -> Result<Registration, String> {
    let at = |span: Option<std::ops::Range<usize>>, message: &str| match span {
        Some(span) => format!("line {}: {}", super::check::line(text, span.start), message.trim_end()),
        None => message.trim_end().to_owned(),
    };
    let mut table = DeTable::parse(text).map_err(|error| at(error.span(), error.message()))?.into_inner();
    if let Some((key, _)) = table.get_key_value(COMPONENT) {
        return Err(at(Some(key.span()), "`component` is the file of the same name: take it away"));
    }
    if let Some((key, _)) = OF_STORES.iter().find_map(|key| table.get_key_value(*key)) {
        let message = format!("`{}` is said of a store, and this is a component: take it away", key.get_ref());
        return Err(at(Some(key.span()), &message));
    }
    let value = DeValue::String(Cow::Borrowed(COMPONENT));
    table.insert(Spanned::new(0..0, Cow::Borrowed(COMPONENT)), Spanned::new(0..0, value));
    let root = Spanned::new(0..text.len(), table);
    let table = ProviderTable::deserialize(toml::Deserializer::from(root))
        .map_err(|error| at(error.span(), &said(error.message())))?;
    let folder = component.parent().unwrap_or(Path::new(""));
    let mut registration = Reader { usual, folder }.registration(table)?;
    registration.origin = Origin::Path(component.to_owned());
    Ok(registration)
}

/// What is wrong; of a name that nobody knows, with what was probably meant instead of all that there are.
fn said(message: &str) -> String {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let Some((wrong, known)) = message.split_once(", expected one of ") else { return message.to_owned() };
    let (name, known) = (quoted(wrong).pop().unwrap_or_default(), quoted(known));
    let known = || known.iter().map(String::as_str).filter(|known| *known != COMPONENT && !OF_STORES.contains(known));
    match nearest(&name, known()) {
        Some(meant) => format!("{wrong}, perhaps `{meant}` is meant"),
        None => format!("{wrong}; known: {}", known().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Config, Limits, Preset,
        discovery::WELL_KNOWN,
        found::{DiscoverySource, Found},
    };

    fn read(text: &str) -> Result<Registration, String> {
        plugin_registration(text, Path::new("plugins/card.wasm"), &Usual::default())
    }

    #[test]
    fn it_is_what_a_configuration_says_of_a_provider() {
        let text =
            "quality = 0.7\nlimits = \"tight\"\nconfig = { footer = \"f\" }\n[[allow]]\nurl = \"https://a.example/*\"";
        let own = read(text).unwrap();
        let whole = "[providers.card]\ncomponent = \"card.wasm\"\nquality = 0.7\nlimits = \"tight\"\nconfig = { footer = \"f\" }\n\
                     [[providers.card.allow]]\nurl = \"https://a.example/*\"";
        let config = Config::parse(whole, Path::new("plugins")).unwrap();
        let settings = |registration: &Registration| {
            Found::new(DiscoverySource::Folder { path: "plugins".into() }, registration).settings
        };
        assert_eq!(settings(&own), settings(&config.registrations[0].1), "{own:#?}");
        assert_ne!(settings(&own), settings(&read("").unwrap()));
    }

    #[test]
    fn what_a_file_says_of_all_providers_holds_for_plugins() {
        let config = Config::parse("[limits]\npreset = \"tight\"\nfuel = \"1G\"", Path::new("")).unwrap();
        let limits = |text: &str| plugin_registration(text, Path::new("a.wasm"), &config.usual).unwrap().options.limits;
        assert_eq!(limits(""), Limits { fuel: 1_000_000_000, ..Limits::preset(Preset::Tight) });
        assert_eq!(limits("limits = \"large\""), Limits::preset(Preset::Large));
        assert_eq!(limits(""), config.usual.registration(Registration::path("a.wasm")).options.limits);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("quality = 0.7\nqualty = 1.0", "line 2: unknown field `qualty`, perhaps `quality` is meant"),
            ("\ncomponent = \"other.wasm\"", "line 2: `component` is the file of the same name"),
            ("wings = 2", "line 1: unknown field `wings`; known: config, quality, "),
            ("\nstore = \"queue\"", "line 2: `store` is said of a store, and this is a component"),
            ("quality = 7.0", "line 1: a quality of 7 is not between 0 and 1"),
            ("\n\n[quality", "line 3"),
            (
                "[[allow]]\nurl = \"https://a.example/*\"\ncredential = { secret = \"sk-0123456789\", header = \"a\" }",
                "write \"env:NAME\"",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{expected:?} is not in {error:?}");
            assert!(!error.contains("0123"), "{error}");
        }
    }

    #[test]
    fn keys_get_what_the_examples_give_them() {
        let examples = include_str!("../../../example-providers/palisade.toml");
        let config = Config::parse(examples, Path::new("folder")).unwrap();
        for known in WELL_KNOWN {
            let path = Path::new("folder").join(format!("{}.wasm", known.id));
            let own = plugin_registration(known.settings, &path, &Usual::default()).unwrap();
            let (_, example) = config.registrations.iter().find(|(id, _)| id.as_str() == known.id).unwrap();
            let example = example.clone().enabled(true);
            assert_eq!(format!("{own:#?}"), format!("{example:#?}"), "{}", known.id);
            assert!(known.settings.contains(&format!("env:{}", known.variable)));
        }
    }
}
