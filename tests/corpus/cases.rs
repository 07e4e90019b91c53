//! The table of all cases, in groups.

mod bombs;
mod cheap_calls;
mod computing;
mod crashes;
mod features;
mod files;
mod host_calls;
mod lies;
mod memory;
mod sizes;

use crate::{case::Case, guest::Guest};

/// Cases of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    name: &'static str,
    cases: fn() -> Vec<Case>,
}

impl Group {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its cases.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        (self.cases)()
    }
}

/// All groups.
pub const GROUPS: &[Group] = &[
    Group { name: "computing", cases: computing::cases },
    Group { name: "memory", cases: memory::cases },
    Group { name: "host_calls", cases: host_calls::cases },
    Group { name: "cheap_calls", cases: cheap_calls::cases },
    Group { name: "lies", cases: lies::cases },
    Group { name: "sizes", cases: sizes::cases },
    Group { name: "crashes", cases: crashes::cases },
    Group { name: "files", cases: files::cases },
    Group { name: "features", cases: features::cases },
    Group { name: "bombs", cases: bombs::cases },
];

/// A case of a guest by hand.
fn guest(name: &'static str, guest: Guest) -> Case {
    Case::new(name, move || guest.component())
}
