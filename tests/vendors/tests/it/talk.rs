//! A client that reads what is on the wire, whatever it is.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::client::WATCHDOG;

/// A connection, and what came over it.
pub(crate) struct Talk {
    stream: TcpStream,
    pub(crate) heard: Vec<u8>,
}

impl Talk {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), heard: Vec::new() }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Listens until this was said, or as much as this came. Says whether it did, rather than an end.
    pub(crate) async fn hear(&mut self, enough: impl Fn(&[u8]) -> bool) -> bool {
        let listening = async {
            while !enough(&self.heard) {
                if self.stream.read_buf(&mut self.heard).await.unwrap_or(0) == 0 {
                    return false;
                }
            }
            true
        };
        timeout(WATCHDOG, listening).await.expect("it is said, or the connection ends")
    }

    pub(crate) async fn hear_until(&mut self, text: &str) -> bool {
        self.hear(|heard| heard.windows(text.len()).any(|window| window == text.as_bytes())).await
    }

    pub(crate) async fn hear_to_the_end(&mut self) {
        assert!(!self.hear(|_| false).await);
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Whether nothing more has come, and the connection is open.
    pub(crate) fn is_quiet(&self) -> bool {
        let nothing = self.stream.try_read(&mut [0; 1]).unwrap_err();
        nothing.kind() == std::io::ErrorKind::WouldBlock
    }
}
