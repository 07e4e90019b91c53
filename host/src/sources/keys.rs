//! Keys of vendors: whose provider is there is lent the key.

use std::path::PathBuf;

use palisade_core::ErrorKind;

use super::{
    Look, id_of,
    keep::{Keeper, Named, Settings},
};
use crate::{
    config::plugin_registration,
    discovery::{LeftOut, Variables, WELL_KNOWN, WellKnown},
    found::DiscoverySource,
    usual::Usual,
};

/// The providers of vendors whose key is there, of which the component is in one of these folders.
pub(super) fn look(
    variables: &Variables,
    folders: &[PathBuf],
    usual: &Usual,
    keeper: &mut Keeper<'_>,
    look: &mut Look,
) {
    for WellKnown { variable, id, settings } in set(variables) {
        let source = DiscoverySource::WellKnownKey { variable: (*variable).to_owned() };
        let Ok(id) = id_of(id) else { continue };
        let file = format!("{id}.wasm");
        let Some(path) = folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file()) else {
            let message = format!(
                "the key is there, and no `{file}` in any folder of `[discovery]`, nor beside the configuration"
            );
            let why =
                LeftOut::new(ErrorKind::Io, message).remedy("put the component of the vendor's provider into a folder");
            look.leave_out(source, Some(id), why);
            continue;
        };
        let registration =
            || plugin_registration(settings, &path, usual).map_err(|reason| LeftOut::new(ErrorKind::Internal, reason));
        let named = Named { id, source, path: path.clone(), is_bare: false };
        look.add(keeper.candidate(named, Ok(Settings::Usual), registration));
    }
}

/// The same where nobody asks for them.
pub(super) fn leave_out(variables: &Variables, look: &mut Look) {
    for WellKnown { variable, id, .. } in set(variables) {
        let source = DiscoverySource::WellKnownKey { variable: (*variable).to_owned() };
        let why = LeftOut::new(ErrorKind::NotServing, "the key is there, and the configuration does not ask for keys")
            .remedy("write `well-known-keys = true` below `[discovery]`: calls cost money then");
        look.leave_out(source, id_of(id).ok(), why);
    }
}

fn set(variables: &Variables) -> impl Iterator<Item = &'static WellKnown> {
    WELL_KNOWN.iter().filter(|known| variables.is_set(known.variable))
}
