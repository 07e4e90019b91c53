//! Names of hosts that lead into the network of this machine, whatever the resolver says of them.

/// What kind of name a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of the public internet, as far as a name can tell.
    Public,
    /// One that only a local network knows.
    Local,
    /// One under which a cloud gives a machine its credentials.
    Metadata,
}

const METADATA: &[&str] = &[
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.azure.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.tencentyun.com",
    "rancher-metadata",
];

/// Ends of names that are not for the public internet: reserved, or so often used that way that nobody will give them out.
const LOCAL: &[&str] =
    &["corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private"];

/// What kind of name this is: in lower case, without a dot at its end.
pub(crate) fn kind(name: &str) -> Kind {
    let ends_with = |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if METADATA.contains(&name) {
        Kind::Metadata
    } else if !name.contains('.') || LOCAL.iter().any(|end| ends_with(end)) {
        Kind::Local
    } else {
        Kind::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_local_network_are_told_from_public_ones() {
        for name in [
            "localhost",
            "a.localhost",
            "printer.local",
            "db.prod.internal",
            "router",
            "nas.lan",
            "x.home.arpa",
            "ai.corp",
        ] {
            assert_eq!(kind(name), Kind::Local, "{name}");
        }
        for name in ["metadata.google.internal", "metadata", "instance-data", "metadata.goog"] {
            assert_eq!(kind(name), Kind::Metadata, "{name}");
        }
        for name in ["api.example.com", "notlocal.example.com", "internal.example.com", "mylocal.dev", "corp.com"] {
            assert_eq!(kind(name), Kind::Public, "{name}");
        }
    }
}
