//! The keyring of the system: Keychain on macOS, Credential Manager on Windows, and on Linux what answers as the Secret Service on the
//! D-Bus of the session, as GNOME Keyring, KWallet and KeePassXC do.
//!
//! ```text
//! name ─► a thread of its own ─► the store of this system (service `palisade`, user: the name) ─► SecretString
//! ```
//!
//! A store may ask its user to unlock it, and answers when that has been done. So it is asked in a thread of its own, which nobody
//! waits for when the time is over: one of the runtime's would keep a program from ending.

use std::time::Duration;

use palisade_core::{Error, ErrorKind, Result};
use secrecy::SecretString;
use tokio::sync::oneshot;

/// How long a keyring has to answer, with the time in which its user unlocks it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Most bytes of a name.
const MAX_NAME_BYTES: usize = 200;

/// The secrets that `keyring:NAME` of a configuration names.
///
/// What is kept there outlives this program and belongs to the user who runs it.
#[derive(Debug, Clone, Copy)]
pub struct Keyring;

impl Keyring {
    /// The secret of this name, none where there is none.
    ///
    /// # Errors
    ///
    /// `keyring-unavailable` where the system has no keyring, it is locked, or nobody unlocks it within a minute.
    pub async fn read(name: &str) -> Result<Option<SecretString>> {
        asked(name, store::read).await
    }

    /// Keeps a secret under this name, in place of the one that was there.
    ///
    /// # Errors
    ///
    /// `invalid-input` for an empty secret, or a name that is empty, longer than 200 bytes or has control characters;
    /// `keyring-unavailable` as for [`read`](Self::read).
    pub async fn set(name: &str, secret: SecretString) -> Result<()> {
        check_name(name)?;
        if secrecy::ExposeSecret::expose_secret(&secret).is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "the secret is empty"));
        }
        asked(name, move |name| store::set(name, &secret)).await
    }

    /// Removes the secret of this name. Says whether there was one.
    ///
    /// # Errors
    ///
    /// `keyring-unavailable` as for [`read`](Self::read).
    pub async fn remove(name: &str) -> Result<bool> {
        asked(name, store::remove).await
    }
}

/// Whether an entry can be called this.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let wrong = match name {
        "" => "is empty",
        _ if name.len() > MAX_NAME_BYTES => "is longer than 200 bytes",
        _ if name.chars().any(char::is_control) => "has control characters",
        _ => return Ok(()),
    };
    let name = palisade_core::text::escape(name, 50);
    Err(Error::new(ErrorKind::InvalidInput, format!("the name `{name}` of a secret {wrong}")))
}

async fn asked<T: Send + 'static>(name: &str, ask: impl FnOnce(&str) -> Result<T> + Send + 'static) -> Result<T> {
    let (sender, answer) = oneshot::channel();
    let owned = name.to_owned();
    let thread = std::thread::Builder::new().name("palisade-keyring".to_owned());
    thread
        .spawn(move || {
            // Nobody waits for it any longer.
            let _late = sender.send(ask(&owned));
        })
        .map_err(|error| unavailable("it cannot be asked").with_source(error))?;
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(_panicked)) => Err(Error::new(ErrorKind::Internal, "whoever asked the keyring panicked")),
        Err(_late) => Err(unavailable("it has not answered for a minute, and may wait for somebody who unlocks it")),
    }
}

fn unavailable(why: &str) -> Error {
    Error::new(ErrorKind::KeyringUnavailable, format!("the keyring of this system: {why}"))
}

#[cfg(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows)))]
mod store {
    use std::sync::Arc;

    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    use keyring_core::{Entry, api::CredentialStoreApi as _};
    use palisade_core::{Error, ErrorKind, Result};
    use secrecy::{ExposeSecret as _, SecretString};
    #[cfg(windows)]
    use windows_native_keyring_store::Store;
    #[cfg(target_os = "linux")]
    use zbus_secret_service_keyring_store::Store;
    use zeroize::Zeroizing;

    use super::unavailable;

    /// What the entries of this program have in common, as other programs show them.
    const SERVICE: &str = "palisade";

    pub(super) fn read(name: &str) -> Result<Option<SecretString>> {
        let bytes = match entry(name)?.get_secret() {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(keyring_core::Error::NoEntry) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match str::from_utf8(&bytes) {
            Ok("") => Ok(None),
            Ok(text) => Ok(Some(SecretString::from(text))),
            Err(_) => Err(Error::new(ErrorKind::KeyringUnavailable, format!("the secret `{name}` is no text"))),
        }
    }

    pub(super) fn set(name: &str, secret: &SecretString) -> Result<()> {
        entry(name)?.set_password(secret.expose_secret()).map_err(failed)
    }

    pub(super) fn remove(name: &str) -> Result<bool> {
        match entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring_core::Error::NoEntry) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    fn entry(name: &str) -> Result<Entry> {
        let store: Arc<Store> = Store::new().map_err(failed)?;
        store.build(SERVICE, name, None).map_err(failed)
    }

    /// What went wrong in words. The error itself may hold the secret, and show it.
    #[allow(clippy::needless_pass_by_value, reason = "it ends here")]
    fn failed(error: keyring_core::Error) -> Error {
        match error {
            keyring_core::Error::NoStorageAccess(_) => unavailable("it is locked, or whoever was asked has refused"),
            keyring_core::Error::Ambiguous(entries) => {
                unavailable(&format!("it has {} entries of this name", entries.len()))
            }
            keyring_core::Error::TooLong(_, most) => unavailable(&format!("it takes {most} characters")),
            keyring_core::Error::PlatformFailure(error) => unavailable(&error.to_string()),
            _ => unavailable("it answers in a way that is not understood"),
        }
    }
}

#[cfg(not(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows))))]
mod store {
    use palisade_core::Result;
    use secrecy::SecretString;

    use super::unavailable;

    const WHY: &str = "this program was built without it (the feature `keyring`)";

    pub(super) fn read(_name: &str) -> Result<Option<SecretString>> {
        Err(unavailable(WHY))
    }

    pub(super) fn set(_name: &str, _secret: &SecretString) -> Result<()> {
        Err(unavailable(WHY))
    }

    pub(super) fn remove(_name: &str) -> Result<bool> {
        Err(unavailable(WHY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_can_be_read() {
        assert!(check_name("openai").is_ok() && check_name("OpenAI, of the team").is_ok());
        for (name, expected) in [("", "is empty"), ("a\nb", "control characters"), (&"x".repeat(201), "200 bytes")] {
            let error = check_name(name).unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains(expected), "{error}");
        }
    }

    #[tokio::test]
    async fn an_empty_secret_is_refused_before_anybody_is_asked() {
        let error = Keyring::set("openai", SecretString::from("")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
