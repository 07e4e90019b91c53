//! What a guest asks of an upstream: sent by the way out of its call, and charged to its memory meanwhile.

use bytes::Bytes;
use palisade_core::{
    http::{self as words, Outlet},
    text,
};
use wasmtime::{Result, component::Resource};

use crate::{
    Blob, BlobWriter, HttpResponse, Imports,
    bindings::palisade::provider::{
        blobs::{self, BlobError},
        http::{self, HttpError},
    },
    blob::MAX_READ,
    imports::View,
};

/// What every request is told where there is no way out.
const NO_ADDRESS: &str = "this provider was granted no address";
/// Most characters of a media type.
const MAX_MEDIA_TYPE: usize = 200;
/// What nobody knows the type of.
const UNKNOWN_TYPE: &str = "application/octet-stream";

impl<T: Imports> http::Host for View<'_, T> {
    async fn send(&mut self, request: http::Request) -> Result<Result<Resource<HttpResponse>, HttpError>> {
        let (body, charged) = match request.body {
            http::Body::Empty => (Bytes::new(), 0),
            http::Body::Bytes(bytes) => {
                let length = bytes.len() as u64;
                if let Err(limit) = self.0.charge_memory(length, length) {
                    return Ok(Err(HttpError::RequestTooLarge(limit)));
                }
                (bytes.into(), length)
            }
            // It was charged when it was written.
            http::Body::Stored(blob) => {
                let blob = self.0.resources().delete(blob)?;
                let length = blob.data.len() as u64;
                (blob.data.into(), length)
            }
        };
        let request = words::Request {
            method: method(request.method),
            url: request.url,
            headers: request.headers.into_iter().map(|header| words::Header::new(header.name, header.value)).collect(),
            body,
            credential: request.credential,
            first_byte: request.first_byte_ms.map(|milliseconds| std::time::Duration::from_millis(milliseconds.into())),
            deadline: None,
        };
        let sent = self.request(request).await;
        self.0.release_memory(charged);
        let response = match sent {
            Ok(response) => response,
            Err(error) => return wit_error(error).map(Err),
        };
        let charged = response.headers.iter().map(|header| (header.name.len() + header.value.len()) as u64).sum();
        if let Err(limit) = self.0.charge_memory(charged, charged) {
            return Ok(Err(HttpError::ResponseTooLarge(limit)));
        }
        Ok(Ok(self.0.resources().push(HttpResponse { response, charged })?))
    }
}

impl<T: Imports> http::HostResponse for View<'_, T> {
    fn status(&mut self, response: Resource<HttpResponse>) -> Result<u16> {
        Ok(self.0.resources().get(&response)?.response.status)
    }

    fn headers(&mut self, response: Resource<HttpResponse>) -> Result<Vec<http::Header>> {
        let headers = &self.0.resources().get(&response)?.response.headers;
        let header = |header: &words::Header| http::Header { name: header.name.clone(), value: header.value.clone() };
        Ok(headers.iter().map(header).collect())
    }

    async fn read(&mut self, response: Resource<HttpResponse>, max: u32) -> Result<Result<Vec<u8>, HttpError>> {
        let body = &mut self.0.resources().get_mut(&response)?.response.body;
        match body.read(max.min(MAX_READ) as usize).await {
            Ok(bytes) => Ok(Ok(bytes.to_vec())),
            Err(error) => wit_error(error).map(Err),
        }
    }

    async fn store(
        &mut self,
        response: Resource<HttpResponse>,
        media_type: String,
        max_bytes: u64,
    ) -> Result<Result<Resource<Blob>, HttpError>> {
        let HttpResponse { response, charged } = self.0.resources().delete(response)?;
        self.0.release_memory(charged);
        // Cut, because it is not charged to the guest's memory.
        let media_type = text::escape(&media_type, MAX_MEDIA_TYPE);
        match self.keep(response.body, media_type, max_bytes).await {
            Ok(blob) => Ok(Ok(self.0.resources().push(blob)?)),
            Err(error) => wit_error(error).map(Err),
        }
    }

    fn drop(&mut self, response: Resource<HttpResponse>) -> Result<()> {
        let response = self.0.resources().delete(response)?;
        self.0.release_memory(response.charged);
        Ok(())
    }
}

impl<T: Imports> blobs::Host for View<'_, T> {
    async fn import_url(&mut self, url: String, max_bytes: u64) -> Result<Result<Resource<Blob>, BlobError>> {
        let response = match self.request(words::Request::new(words::Method::Get, url)).await {
            Ok(response) if (200..300).contains(&response.status) => response,
            Ok(response) => return Ok(Err(no_file(response.status))),
            Err(error) => return blob_error(error).map(Err),
        };
        let said = response.headers.iter().find(|header| header.name == "content-type");
        let said = said.and_then(|header| header.value.split(';').next()).map(|said| said.trim().to_owned());
        let said = said.filter(|said| !said.is_empty()).unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
        match self.keep(response.body, text::escape(&said, MAX_MEDIA_TYPE), max_bytes).await {
            Ok(mut blob) => {
                // What it is, rather than what somebody says that it is.
                if let Some(found) = infer::get(&blob.data) {
                    found.mime_type().clone_into(&mut blob.media_type);
                }
                Ok(Ok(self.0.resources().push(blob)?))
            }
            Err(error) => blob_error(error).map(Err),
        }
    }
}

/// What an upstream says that has no file to give.
fn no_file(status: u16) -> BlobError {
    match status {
        404 => BlobError::NotFound,
        410 => BlobError::Expired,
        _ => BlobError::Io(format!("the upstream answered {status}")),
    }
}

/// Sends a request by a way out, where there is one.
///
/// # Errors
///
/// Any case of [`words::Error`].
pub(crate) async fn send(outlet: &Outlet, request: words::Request) -> Result<words::Response, words::Error> {
    match outlet.client() {
        Some(client) => client.send(request).await,
        None => Err(words::Error::Denied(NO_ADDRESS.to_owned())),
    }
}

impl<T: Imports> View<'_, T> {
    /// Sends a request by the way out of the call, until the end of which all of the answer has to have come.
    async fn request(&mut self, request: words::Request) -> Result<words::Response, words::Error> {
        let request = words::Request { deadline: Some(self.0.deadline()), ..request };
        send(&self.0.outlet(), request).await
    }

    /// Keeps what is left of a body, charged to the memory of the call.
    async fn keep(
        &mut self,
        mut body: Box<dyn words::Body>,
        media_type: String,
        max_bytes: u64,
    ) -> Result<Blob, words::Error> {
        let mut writer = BlobWriter::new(media_type);
        let kept = self.fill(&mut writer, &mut *body, max_bytes).await;
        let reserved = writer.reserved();
        let blob = kept.map(|()| writer.finish());
        let left = blob.as_ref().map_or(0, |blob| blob.data.len() as u64);
        self.0.release_memory(reserved.saturating_sub(left));
        blob
    }

    async fn fill(
        &mut self,
        writer: &mut BlobWriter,
        body: &mut dyn words::Body,
        max_bytes: u64,
    ) -> Result<(), words::Error> {
        let mut left = max_bytes;
        loop {
            let piece = body.read(MAX_READ as usize).await?;
            if piece.is_empty() {
                return Ok(());
            }
            left = left.checked_sub(piece.len() as u64).ok_or(words::Error::ResponseTooLarge(max_bytes))?;
            let [doubled, exact] = writer.growth(piece.len());
            let growth = self.0.charge_memory(doubled, exact).map_err(words::Error::ResponseTooLarge)?;
            writer.append(&piece, growth);
        }
    }
}

fn method(method: http::Method) -> words::Method {
    match method {
        http::Method::Get => words::Method::Get,
        http::Method::Head => words::Method::Head,
        http::Method::Post => words::Method::Post,
        http::Method::Put => words::Method::Put,
        http::Method::Patch => words::Method::Patch,
        http::Method::Delete => words::Method::Delete,
    }
}

/// What a guest is told. It is told nothing of what ends its call.
fn wit_error(error: words::Error) -> Result<HttpError> {
    Ok(match error {
        words::Error::Denied(what) => HttpError::Denied(what),
        words::Error::InvalidRequest(why) => HttpError::InvalidRequest(why),
        words::Error::Connect(why) => HttpError::Connect(why),
        words::Error::Timeout => HttpError::Timeout,
        words::Error::RequestTooLarge(limit) => HttpError::RequestTooLarge(limit),
        words::Error::RateLimited(wait) => {
            HttpError::RateLimited(u32::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u32::MAX))
        }
        words::Error::ResponseTooLarge(limit) => HttpError::ResponseTooLarge(limit),
        words::Error::Protocol(why) => HttpError::Protocol(why),
        words::Error::Leak => return Err(error.into()),
    })
}

fn blob_error(error: words::Error) -> Result<BlobError> {
    Ok(match error {
        words::Error::Denied(what) => BlobError::Denied(what),
        words::Error::ResponseTooLarge(limit) => BlobError::TooLarge(limit),
        words::Error::Leak => return Err(error.into()),
        other => BlobError::Io(other.to_string()),
    })
}
