//! Where secrets come from, and how they are read.

use std::{fmt, io, path::PathBuf};

use palisade_core::{Error, ErrorKind, Result};
use secrecy::SecretString;

use crate::keyring::Keyring;

/// Most bytes of a file that holds a secret.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Where a secret comes from. Read when the provider is loaded.
#[derive(Clone)]
pub enum Secret {
    /// It is this.
    Value(SecretString),
    /// This variable of the environment. Where it is not set, the credential has no value, and requests that name it are refused.
    Environment(String),
    /// The text of this file, without the line break at its end.
    File(PathBuf),
    /// What the keyring of the system has under this name. Where it has nothing, the credential has no value, as with a variable.
    Keyring(String),
}

impl Secret {
    /// Whether it has a value now.
    ///
    /// # Errors
    ///
    /// `io` where it cannot be read; `keyring-unavailable` where the keyring cannot be asked.
    pub async fn is_set(&self) -> Result<bool> {
        Ok(self.clone().read().await?.is_some())
    }

    /// The secret itself; none where nobody has set it.
    ///
    /// # Errors
    ///
    /// `io` where it cannot be read; `keyring-unavailable` where the keyring cannot be asked.
    pub(crate) async fn read(self) -> Result<Option<SecretString>> {
        match self {
            Self::Value(value) => Ok(Some(value)),
            Self::Environment(name) => {
                Ok(std::env::var(name).ok().filter(|value| !value.is_empty()).map(SecretString::from))
            }
            Self::Keyring(name) => Keyring::read(&name).await,
            Self::File(path) => {
                let failed = |error: io::Error| {
                    let message = format!("cannot read the secret in `{}`", path.display());
                    Error::new(ErrorKind::Io, message).with_source(error)
                };
                let length = tokio::fs::metadata(&path).await.map_err(failed)?.len();
                if length > MAX_FILE_BYTES {
                    return Err(failed(io::Error::other(format!("it has {length} bytes, and a secret has fewer"))));
                }
                let text = tokio::fs::read_to_string(&path).await.map_err(failed)?;
                let text = zeroize::Zeroizing::new(text);
                Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']))))
            }
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => formatter.write_str("Value(..)"),
            Self::Environment(name) => write!(formatter, "Environment({name})"),
            Self::File(path) => write!(formatter, "File({})", path.display()),
            Self::Keyring(name) => write!(formatter, "Keyring({name})"),
        }
    }
}

/// Where it is, as a configuration says it.
impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => formatter.write_str("(given)"),
            Self::Environment(name) => write!(formatter, "env:{name}"),
            Self::File(path) => write!(formatter, "file:{}", path.display()),
            Self::Keyring(name) => write!(formatter, "keyring:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    async fn read(secret: Secret) -> Result<Option<String>> {
        Ok(secret.read().await?.map(|secret| secret.expose_secret().to_owned()))
    }

    #[tokio::test]
    async fn a_secret_is_read_from_where_it_is() {
        assert_eq!(read(Secret::Environment("PALISADE_TEST_NOBODY_SETS_THIS".to_owned())).await.unwrap(), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert_eq!(read(Secret::File(path.clone())).await.unwrap_err().kind(), ErrorKind::Io);
        std::fs::write(&path, "sk-0123456789\r\n").unwrap();
        assert_eq!(read(Secret::File(path.clone())).await.unwrap().as_deref(), Some("sk-0123456789"));
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert!(read(Secret::File(path)).await.is_err());
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::Value("sk-0123456789".into())), "Value(..)");
        assert_eq!(Secret::Value("sk-0123456789".into()).to_string(), "(given)");
    }
}
