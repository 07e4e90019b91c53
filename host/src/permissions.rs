//! What a provider asks for in its catalogue, of what an operator can grant, and how much of it is new.

use std::collections::BTreeSet;

use palisade_core::catalogue::Description;
use serde::{Deserialize, Serialize};

/// Hosts and credentials that a provider asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Hosts that it wants to reach, in lower case.
    pub hosts: BTreeSet<String>,
    /// Names of the credentials that it wants to be lent.
    pub credentials: BTreeSet<String>,
}

impl Permissions {
    /// What a catalogue asks for.
    #[must_use]
    pub fn asked_for(description: &Description) -> Self {
        Self {
            hosts: description.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            credentials: description.credential_names.iter().cloned().collect(),
        }
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.credentials.is_empty()
    }

    /// What of this is not in the other.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        Self {
            hosts: self.hosts.difference(&other.hosts).cloned().collect(),
            credentials: self.credentials.difference(&other.credentials).cloned().collect(),
        }
    }

    /// Adds what the other has.
    pub fn add(&mut self, other: Self) {
        self.hosts.extend(other.hosts);
        self.credentials.extend(other.credentials);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(hosts: &[&str], credentials: &[&str]) -> Permissions {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Permissions::asked_for(&Description {
            hosts: owned(hosts),
            credential_names: owned(credentials),
            ..Description::default()
        })
    }

    #[test]
    fn what_is_new_is_what_the_other_has_not() {
        let (before, now) =
            (permissions(&["A.example"], &["key"]), permissions(&["a.EXAMPLE", "b.example"], &["token"]));
        assert_eq!(now.beyond(&before), permissions(&["b.example"], &["token"]));
        assert!(before.beyond(&before).is_empty() && !before.is_empty());
        let mut both = before.clone();
        both.add(now.clone());
        assert!(now.beyond(&both).is_empty() && before.beyond(&both).is_empty());
        assert_eq!(both.credentials.len(), 2);
    }
}
