//! Where a provider of a configuration comes from.

use std::path::{Path, PathBuf};

use palisade_core::Capability;

use crate::registration::Registration;

/// The registration of a component, or of a store of this machine.
///
/// # Errors
///
/// Says what does not go together.
pub(super) fn of(
    component: Option<PathBuf>,
    store: Option<Capability>,
    file: Option<PathBuf>,
    options: toml::Table,
    folder: &Path,
) -> Result<Registration, String> {
    match (component, store) {
        (Some(component), None) if file.is_none() && options.is_empty() => {
            Ok(Registration::path(folder.join(component)))
        }
        (Some(_), None) => {
            Err("`file` and `options` are of a `store`; a component has its settings in `config`".to_owned())
        }
        (None, Some(kind)) => {
            let settings =
                palisade_stores::Settings::read(kind, options).map_err(|error| error.message().to_owned())?;
            Ok(Registration::store(settings, file.map(|file| folder.join(file))))
        }
        (None, None) => Err("it says neither which `component` it is nor which kind of `store`".to_owned()),
        (Some(_), Some(_)) => Err("it is a `component` or a `store`: leave one of them out".to_owned()),
    }
}
