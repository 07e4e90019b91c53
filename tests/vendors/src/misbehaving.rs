//! A vendor that does what no vendor should, whatever it is asked.

use std::{
    fmt::{Display, Formatter},
    future::pending,
    io::{self, Write as _},
    str::FromStr,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use tokio::time::interval;

use crate::{
    openai::{delta, event},
    raw::{Peer, Server, ok},
};

/// Between two letters of what comes slowly.
const PACE: Duration = Duration::from_millis(20);
/// Where machines in a cloud tell their secrets to whoever asks.
const METADATA: &str = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
/// What a stream says before something happens to it. The last letter has more than one byte.
const STREAMED: [&str; 2] = ["It was a dark ", "and stormy caf\u{e9}"];
/// How many times a megabyte the packed body is.
const BOMB: usize = 1024;

/// A vendor that misbehaves.
#[derive(Debug)]
pub struct Misbehaving;

/// What it does. The bodies are those that [`OpenAi`](crate::OpenAi) would send, as far as they are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Accepts the connection, and says nothing. To who expects encryption, a handshake that never ends.
    Silent,
    /// Reads the request, and says nothing.
    Mute,
    /// Says its headers one letter at a time, without an end.
    SlowHeaders,
    /// Says its body one letter at a time, without an end.
    SlowBody,
    /// Says headers as fast as it can, without an end.
    EndlessHeaders,
    /// Says ten thousand headers, and then a proper body.
    HeaderFlood,
    /// Says a body as fast as it can, without an end.
    EndlessBody,
    /// Sends a megabyte that is a gigabyte when it is unpacked.
    GzipBomb,
    /// Sends the client to where machines in a cloud tell their secrets.
    Redirect,
    /// Repeats all headers and the body, in headers and in a body of small pieces.
    Echo,
    /// Closes the connection in the middle of a body.
    CutBody,
    /// Closes the connection in the middle of a stream.
    CutStream,
    /// Stops in the middle of a stream, and keeps the connection.
    StalledStream,
    /// Sends a stream in pieces of one byte, which halves letters and lines.
    HalfCharacters,
    /// Says that all is well, and sends an error.
    ErrorInside,
    /// Says in a stream that began well that there was an error.
    ErrorInStream,
    /// Has too many requests.
    TooMany,
    /// Has too many requests, and says to come again in a second.
    TooManyWithHint,
    /// Says two lengths of one body.
    ConflictingLengths,
    /// Speaks another protocol.
    NotHttp,
    /// Closes the connection when it has read the request.
    HangUp,
}

impl Misbehaving {
    /// Starts one on a free port of this machine. It ends when what this returns is dropped.
    ///
    /// # Panics
    ///
    /// Where this machine has no free port.
    pub async fn start(behaviour: Behaviour) -> Server {
        Server::start(move |peer| behaviour.serve(peer)).await
    }

    /// Starts one on this port.
    ///
    /// # Errors
    ///
    /// Where the port is taken.
    pub async fn start_on(port: u16, behaviour: Behaviour) -> io::Result<Server> {
        Server::start_on(port, move |peer| behaviour.serve(peer)).await
    }
}

impl Behaviour {
    /// All of them, with the words that name them.
    pub const ALL: [(&'static str, Self); 21] = [
        ("silent", Self::Silent),
        ("mute", Self::Mute),
        ("slow-headers", Self::SlowHeaders),
        ("slow-body", Self::SlowBody),
        ("endless-headers", Self::EndlessHeaders),
        ("header-flood", Self::HeaderFlood),
        ("endless-body", Self::EndlessBody),
        ("gzip-bomb", Self::GzipBomb),
        ("redirect", Self::Redirect),
        ("echo", Self::Echo),
        ("cut-body", Self::CutBody),
        ("cut-stream", Self::CutStream),
        ("stalled-stream", Self::StalledStream),
        ("half-characters", Self::HalfCharacters),
        ("error-inside", Self::ErrorInside),
        ("error-in-stream", Self::ErrorInStream),
        ("too-many", Self::TooMany),
        ("too-many-with-hint", Self::TooManyWithHint),
        ("conflicting-lengths", Self::ConflictingLengths),
        ("not-http", Self::NotHttp),
        ("hang-up", Self::HangUp),
    ];

    /// Says what the stream of [`HalfCharacters`](Self::HalfCharacters) says, and what begins the streams that are cut.
    #[must_use]
    pub fn streamed() -> String {
        STREAMED.concat()
    }

    async fn serve(self, mut peer: Peer) {
        if self == Self::Silent {
            return pending().await;
        }
        while let Some(request) = peer.request().await {
            if !self.answer(&mut peer, &request).await {
                return;
            }
        }
    }

    /// Answers one request. Says whether there may be another.
    async fn answer(self, peer: &mut Peer, request: &str) -> bool {
        const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        match self {
            Self::Silent | Self::Mute => pending().await,
            Self::SlowHeaders => {
                peer.write("HTTP/1.1 200 OK\r\nx-slow: ").await && forever(peer, "a", Some(PACE)).await
            }
            Self::SlowBody => peer.write(CHUNKED).await && forever(peer, "1\r\n \r\n", Some(PACE)).await,
            Self::EndlessHeaders => {
                let header = format!("x-long: {}\r\n", "a".repeat(1000));
                peer.write("HTTP/1.1 200 OK\r\n").await && forever(peer, &header, None).await
            }
            Self::HeaderFlood => {
                let headers: String = (0..10_000).map(|number| format!("x-{number}: a\r\n")).collect();
                peer.write(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\n{{}}")).await
            }
            Self::EndlessBody => {
                peer.write(CHUNKED).await && forever(peer, &format!("1000\r\n{}\r\n", " ".repeat(4096)), None).await
            }
            Self::GzipBomb => bomb(peer).await,
            Self::Redirect => {
                peer.write(format!(
                    "HTTP/1.1 307 Temporary Redirect\r\nlocation: {METADATA}\r\ncontent-length: 0\r\n\r\n"
                ))
                .await
            }
            Self::Echo => peer.write(echo(request)).await,
            Self::CutBody => {
                peer.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"id\": ")
                    .await;
                false
            }
            Self::CutStream => {
                stream(peer, &STREAMED).await;
                false
            }
            Self::StalledStream => {
                stream(peer, &STREAMED).await;
                pending().await
            }
            Self::HalfCharacters => {
                let events: String = STREAMED.iter().map(|text| event(&delta(text))).collect();
                let mut pieces = STREAM.as_bytes().to_vec();
                for byte in (events + "data: [DONE]\n\n").bytes() {
                    pieces.extend([b"1\r\n", &[byte][..], b"\r\n"].concat());
                }
                peer.write(pieces).await && peer.write("0\r\n\r\n").await
            }
            Self::ErrorInside => peer.write(ok(&error().to_string())).await,
            Self::ErrorInStream => {
                stream(peer, &STREAMED).await
                    && peer.write(chunk(&event(&error()))).await
                    && peer.write("0\r\n\r\n").await
            }
            Self::TooMany => peer.write("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n").await,
            Self::TooManyWithHint => {
                peer.write("HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n").await
            }
            Self::ConflictingLengths => {
                peer.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 12\r\n\r\n{}HTTP/1.1 20").await;
                false
            }
            Self::NotHttp => {
                peer.write("SSH-2.0-OpenSSH_9.9\r\n").await;
                false
            }
            Self::HangUp => false,
        }
    }
}

impl Display for Behaviour {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let name = Self::ALL.iter().find(|(_, behaviour)| behaviour == self).map(|(name, _)| *name);
        formatter.write_str(name.unwrap_or_default())
    }
}

impl FromStr for Behaviour {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, behaviour)| *behaviour);
        found.ok_or_else(|| {
            format!("no behaviour is called `{name}`; there are {}", Self::ALL.map(|(name, _)| name).join(", "))
        })
    }
}

/// What begins a stream.
const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Says the same again and again, until the client goes away.
async fn forever(peer: &mut Peer, text: &str, pace: Option<Duration>) -> bool {
    let mut pace = pace.map(interval);
    while peer.write(text).await {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
    }
    false
}

/// Begins a stream that does not end.
async fn stream(peer: &mut Peer, texts: &[&str]) -> bool {
    let events: String = texts.iter().map(|text| chunk(&event(&delta(text)))).collect();
    peer.write(format!("{STREAM}{events}")).await
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn error() -> serde_json::Value {
    serde_json::json!({ "error": { "message": "The server had an error.", "type": "server_error", "code": null } })
}

/// Repeats a request: each of its headers in one, and all of it in pieces that are shorter than any secret.
fn echo(request: &str) -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n".to_vec();
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(':')) {
        answer.extend(format!("x-echo-{name}:{value}\r\n").bytes());
    }
    answer.extend(b"\r\n");
    for piece in request.as_bytes().chunks(7) {
        answer.extend(format!("{:x}\r\n", piece.len()).bytes());
        answer.extend(piece);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

/// Packs zeros, and sends them while they are packed.
async fn bomb(peer: &mut Peer) -> bool {
    peer.write(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n",
    )
    .await;
    let zeros = vec![0; 1 << 20];
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    for _ in 0..BOMB {
        if packer.write_all(&zeros).is_err() || !peer.write(std::mem::take(packer.get_mut())).await {
            return false;
        }
    }
    if let Ok(rest) = packer.finish() {
        peer.write(rest).await;
    }
    false
}
