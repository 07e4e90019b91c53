//! A hyper client as it is usually written: without a policy, and with a task for the connection.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(crate) struct Plain {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Plain {
    pub(crate) async fn connect(place: SocketAddr) -> Self {
        let stream = TcpStream::connect(place).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        // Ends with the connection.
        tokio::spawn(connection);
        Self { sender, host: place.to_string() }
    }

    pub(crate) async fn send(&mut self, path: &str, body: Bytes) -> Incoming {
        self.sender.ready().await.unwrap();
        let request = http::Request::post(path).header("host", &self.host).body(Full::new(body)).unwrap();
        self.sender.send_request(request).await.unwrap().into_body()
    }
}
