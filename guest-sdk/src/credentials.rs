//! Which secrets the operator has given to this provider. It never sees one: it names it in a request, and the host
//! attaches it on the way out.

use crate::{Failure, FailureKind, Result};

/// Whether a value is set for the credential `name`, one of those that the provider's
/// [`Description`](crate::Description) asks for. Costs nothing, so that a provider can fail with `auth` before it sends
/// anything.
///
/// # Errors
/// `auth` when the operator did not grant this credential to this provider; natively, when
/// `set_in_test` did not name it.
pub fn has(name: &str) -> Result<bool> {
    #[cfg(target_arch = "wasm32")]
    let answer = {
        use crate::bindings::palisade::provider::credentials::{CredentialError, has};
        has(name).map_err(|CredentialError::Denied(what)| what)
    };
    #[cfg(not(target_arch = "wasm32"))]
    let answer = native::has(name);
    answer.map_err(|what| Failure::new(FailureKind::Auth, what))
}

/// Grants a credential for the tests of this thread, and says whether it has a value.
#[cfg(not(target_arch = "wasm32"))]
pub fn set_in_test(name: impl Into<String>, has_value: bool) {
    native::set(name.into(), has_value);
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static GRANTED: RefCell<BTreeMap<String, bool>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(super) fn has(name: &str) -> Result<bool, String> {
        GRANTED
            .with_borrow(|granted| granted.get(name).copied())
            .ok_or_else(|| format!("credential {name:?} is not granted"))
    }

    pub(super) fn set(name: String, has_value: bool) {
        GRANTED.with_borrow_mut(|granted| granted.insert(name, has_value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_granted_before_it_is_set() {
        set_in_test("full", true);
        set_in_test("empty", false);
        assert!(has("full").unwrap());
        assert!(!has("empty").unwrap());
        let failure = has("other").unwrap_err();
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (FailureKind::Auth, "credential \"other\" is not granted")
        );
    }
}
