//! How much of the pool one provider may have, so that none takes the places of all others.

use palisade_core::{Error, ErrorKind, Limits, Result};
use wasmtime::component::Component;

use super::{
    profile::{INSTANCES_PER_CALL, MEMORIES_PER_CALL, TABLES_PER_CALL},
    settings::Allocation,
};
use crate::{Reuse, Sandbox};

/// How many of the calls that a pool has room for one instance of this component takes.
pub(crate) fn places(component: &Component, core_instances: u64) -> u32 {
    let core_instances = u32::try_from(core_instances).unwrap_or(u32::MAX);
    // It is not told of components that are given modules, and none is.
    let (memories, tables) =
        component.resources_required().map_or((0, 0), |required| (required.num_memories, required.num_tables));
    let places = [
        core_instances.div_ceil(INSTANCES_PER_CALL),
        memories.div_ceil(MEMORIES_PER_CALL),
        tables.div_ceil(TABLES_PER_CALL),
    ];
    places.into_iter().fold(1, u32::max)
}

impl Sandbox {
    /// Cuts how many calls of a provider run and how many of its instances are kept at one time, so that together they take
    /// half of the pool at the most: at least one of each, of instances that take so many places.
    ///
    /// # Errors
    ///
    /// `resource-limit` when one instance takes more places than there are.
    pub(crate) fn cut_to_share(&self, places: u32, limits: &mut Limits, reuse: Option<&mut Reuse>) -> Result<()> {
        if self.allocation != Allocation::Pooled {
            return Ok(());
        }
        let calls = self.settings.calls;
        check_fits(calls, places)?;
        cut(calls, places, limits, reuse);
        Ok(())
    }
}

/// What can never have its places is refused, and not `host-busy` at each call, which asks to try again.
fn check_fits(calls: u32, places: u32) -> Result<()> {
    if places <= calls {
        return Ok(());
    }
    let message = format!(
        "an instance of the component takes the room of {places} calls, and the sandbox has room for {calls}: set \
         `calls` under `[sandbox]` to {places} or more"
    );
    Err(Error::new(ErrorKind::ResourceLimit, message))
}

fn cut(calls: u32, places: u32, limits: &mut Limits, reuse: Option<&mut Reuse>) {
    let most = (calls / 2 / places.max(1)).max(1);
    let kept = reuse.map_or(0, |reuse| {
        reuse.instances = reuse.instances.min((most / 2).max(1));
        reuse.instances
    });
    limits.concurrency = limits.concurrency.min(most.saturating_sub(kept).max(1));
}

#[cfg(test)]
mod tests {
    use palisade_core::Preset;

    use super::*;

    #[test]
    fn a_provider_gets_half_of_the_pool_and_never_less_than_one_place() {
        let default = Limits::default().concurrency;
        let cases = [
            // Calls of the pool, places of an instance, calls of the provider, kept; what of both is left.
            (256, 1, default, 0, default, 0),
            (256, 1, default, 4, default, 4),
            (256, 1, 256, 0, 128, 0),
            (256, 1, 256, 4, 124, 4),
            (256, 1, 256, u32::MAX, 64, 64),
            (256, 8, default, 0, 16, 0),
            (256, 8, default, 100, 8, 8),
            (256, 100, default, 4, 1, 1),
            (256, u32::MAX, default, 0, 1, 0),
            (4, 1, default, 0, 2, 0),
            (1, 1, default, 4, 1, 1),
            (256, 1, 0, 0, 0, 0),
        ];
        for (calls, places, concurrency, instances, left, kept) in cases {
            let mut limits = Limits { concurrency, ..Limits::preset(Preset::Large) };
            let mut reuse = (instances > 0).then(|| Reuse { instances, ..Reuse::default() });
            cut(calls, places, &mut limits, reuse.as_mut());
            let reused = reuse.map_or(0, |reuse| reuse.instances);
            assert_eq!((limits.concurrency, reused), (left, kept), "{calls} {places} {concurrency} {instances}");
        }
    }

    #[test]
    fn what_never_has_room_is_refused_and_told_how_much_it_needs() {
        assert!(check_fits(16, 16).is_ok());
        let error = check_fits(16, 17).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceLimit);
        assert!(error.message().contains("to 17 or more"), "{error}");
    }

    #[test]
    fn an_instance_takes_as_many_places_as_what_it_has_most_of() {
        let engine = wasmtime::Engine::new(&super::super::strict_profile(Allocation::Pooled)).unwrap();
        let component = |fields: &str, instances| {
            let instances = "(core instance (instantiate $m))".repeat(instances);
            let text = format!("(component (core module $m {fields}) {instances})");
            Component::new(&engine, wat::parse_str(text).unwrap()).unwrap()
        };
        assert_eq!(places(&component("", 1), 1), 1);
        assert_eq!(places(&component("", 17), 17), 3);
        assert_eq!(places(&component("(memory 1)", 16), 16), 8);
        assert_eq!(places(&component("(table 1 funcref) (table 1 funcref) (table 1 funcref)", 3), 3), 2);
    }
}
