//! A server in a thread of its own that does as little as it can.

use std::{io, net::SocketAddr, sync::mpsc, thread};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

const SMALL: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{\"text\": \"ok\"}";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// What a chat model says at a time.
const EVENT: &str = "data: {\"id\": \"c1\", \"choices\": [{\"index\": 0, \"delta\": {\"content\": \" fox\"}}]}\n\n";

pub(crate) struct Server {
    pub(crate) place: SocketAddr,
}

impl Server {
    /// Ends with the process.
    pub(crate) fn start() -> Self {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    // Ends when the client has gone.
                    tokio::spawn(serve(stream));
                }
            });
        });
        Self { place: told.recv().unwrap() }
    }
}

async fn serve(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let (mut length, mut streams) = (0, false);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line if line.starts_with("POST /stream") => streams = true,
                line => length = line.strip_prefix("content-length: ").map_or(length, |length| length.parse().unwrap()),
            }
        }
        tokio::io::copy(&mut (&mut stream).take(length), &mut tokio::io::sink()).await?;
        if streams {
            stream.write_all(HEAD).await?;
            let chunk = format!("{:x}\r\n{EVENT}\r\n", EVENT.len());
            loop {
                stream.write_all(chunk.as_bytes()).await?;
            }
        }
        stream.write_all(SMALL).await?;
    }
}
