//! What to say of a component whose interfaces have other types.

use palisade_core::{Error, ErrorKind};
use palisade_world::differences;
use wasmtime::component::Component;

/// The same error with each difference, where that is what the component was refused for.
pub(crate) fn with_differences(error: Error, component: &Component) -> Error {
    if !matches!(error.kind(), ErrorKind::WrongInterface | ErrorKind::UngrantedImport) {
        return error;
    }
    let differences = differences(component, component.engine());
    let Some(first) = differences.first() else { return error };
    if error.kind() != ErrorKind::WrongInterface {
        // The import that was not granted is what it was refused for, and it may be another.
        return error.with_differences(differences);
    }
    let more = match differences.len() - 1 {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    Error::new(ErrorKind::WrongInterface, format!("{first}{more}")).with_differences(differences)
}
