//! Variables that name a component each.

use palisade_core::ErrorKind;

use super::{
    Look, id_of,
    keep::{Keeper, Named, Settings},
};
use crate::{
    discovery::{LeftOut, Variables},
    found::DiscoverySource,
    registration::Registration,
    usual::Usual,
};

/// The components that are named.
pub(super) fn look(variables: &Variables, usual: &Usual, keeper: &mut Keeper<'_>, look: &mut Look) {
    for (variable, name, path) in variables.providers() {
        let source = DiscoverySource::Environment { variable };
        let id = match id_of(&name) {
            Ok(id) => id,
            Err(why) => {
                look.leave_out(source, None, why);
                continue;
            }
        };
        if path.as_os_str().is_empty() {
            let why = LeftOut::new(ErrorKind::Io, "it is empty").remedy("name the file of a component in it");
            look.leave_out(source, Some(id), why);
            continue;
        }
        let registration = || Ok(usual.registration(Registration::path(&path)));
        let named = Named { id, source, path: path.clone(), is_bare: false };
        look.add(keeper.candidate(named, Ok(Settings::Usual), registration));
    }
}

/// The same where nobody asks for them.
pub(super) fn leave_out(variables: &Variables, look: &mut Look) {
    let why = || {
        LeftOut::new(ErrorKind::NotServing, "the configuration does not ask for what the environment names")
            .remedy("write `environment = true` below `[discovery]`")
    };
    for (variable, name, _) in variables.providers() {
        look.leave_out(DiscoverySource::Environment { variable }, id_of(&name).ok(), why());
    }
}
