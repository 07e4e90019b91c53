//! A plain client.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Request,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use palisade_vendors::{Running, Vendor};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

/// What a test waits for at most. Ten times what anything here takes.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(30);

/// Where a form is cut.
const BOUNDARY: &str = "----0123456789";

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// Names and data of the events of a stream.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        assert_eq!((self.status, self.header("content-type")), (200, "text/event-stream"));
        let text = self.text();
        let event = |event: &str| {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").to_owned();
            (field("event: "), field("data: "))
        };
        text.split_terminator("\n\n").map(event).collect()
    }
}

/// Sends a request, and reads the answer.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(HOST, address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).unwrap();
    let exchange = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let (head, body) = client.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    };
    timeout(WATCHDOG, exchange).await.expect("a vendor answers")
}

/// The headers that a vendor wants of who has the credential.
pub(crate) trait Keyed: Vendor {
    fn headers() -> Vec<(&'static str, String)>;
}

/// Sends JSON with the credential.
pub(crate) async fn ask<V: Keyed>(vendor: &Running<V>, method: &str, path: &str, body: impl Into<Bytes>) -> Answer {
    let headers = V::headers();
    let mut all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.push((CONTENT_TYPE.as_str(), "application/json"));
    send(vendor.address, method, path, &all, body).await
}

pub(crate) async fn post<V: Keyed>(vendor: &Running<V>, path: &str, body: &Value) -> Answer {
    ask(vendor, "POST", path, body.to_string()).await
}

pub(crate) async fn get<V: Keyed>(vendor: &Running<V>, path: &str) -> Answer {
    ask(vendor, "GET", path, "").await
}

/// Fetches a file that an answer points to, without the credential.
pub(crate) async fn download<V: Vendor>(vendor: &Running<V>, url: &Value) -> Answer {
    let path = url.as_str().unwrap().strip_prefix(&vendor.url("")).expect("it is a file of this vendor");
    let answer = send(vendor.address, "GET", path, &[], "").await;
    assert_eq!(answer.status, 200, "{url}");
    answer
}

/// A part of a form: its name, the name of its file where it is one, and what it holds.
pub(crate) type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

pub(crate) async fn post_form<V: Keyed>(vendor: &Running<V>, path: &str, accept: &str, parts: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = V::headers();
    let mut all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([(CONTENT_TYPE.as_str(), kind.as_str()), ("accept", accept)]);
    send(vendor.address, "POST", path, &all, body).await
}

/// Width and height of a picture.
pub(crate) fn sides(bytes: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(bytes).unwrap();
    (picture.width(), picture.height())
}

/// What all pieces of one member of a stream come to.
pub(crate) fn joined<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().filter_map(Value::as_str).collect()
}
