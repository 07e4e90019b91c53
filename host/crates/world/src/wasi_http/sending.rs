//! What a guest asks for on its way to an answer.

use std::time::Duration;

use palisade_core::http as words;
use wasmtime::{Result, bail, component::Resource};

use super::{
    bindings::wasi::http::{
        outgoing_handler,
        types::{self, ErrorCode, HeaderError, Method, Scheme},
    },
    error::{Phase, code},
    fields::{Fields, Refusal},
    request::{OutgoingRequest, Part, RequestOptions},
    response::FutureResponse,
    upload::OutgoingBody,
};
use crate::{Imports, account::Charge, http, imports::View};

/// What ends a call whose headers are more than the host keeps: the interface has no word for it.
const NO_ROOM: &str = "the guest keeps more headers than it may";

type Made<R> = Result<Result<R, ErrorCode>>;

impl<T: Imports> outgoing_handler::Host for View<'_, T> {
    fn handle(
        &mut self,
        request: Resource<OutgoingRequest>,
        options: Option<Resource<RequestOptions>>,
    ) -> Made<Resource<FutureResponse>> {
        let mut request = self.0.resources().delete(request)?;
        let options = options.map(|options| self.0.resources().delete(options)).transpose()?.unwrap_or_default();
        let words = match request.words() {
            Ok(words) => words,
            Err(error) => return Ok(Err(code(&error, Phase::Asking))),
        };
        let mut words = words::Request { first_byte: options.first_byte, deadline: Some(self.0.deadline()), ..words };
        let (outlet, alarm) = (self.0.outlet(), self.0.leak_alarm());
        let sent = async move {
            // What is charged for the request stays so until it was sent.
            let upload = request.upload.take();
            let whole = match upload {
                Some(upload) => Some(upload.whole().await?),
                None => None,
            };
            if let Some(whole) = &whole {
                words.body = whole.bytes.clone();
            }
            let answer = http::send(&outlet, words).await;
            if let Err(words::Error::Leak) = answer {
                alarm.raise();
            }
            answer
        };
        Ok(Ok(self.0.resources().push(FutureResponse::new(Box::pin(sent)))?))
    }
}

impl<T: Imports> types::HostFields for View<'_, T> {
    fn new(&mut self) -> Result<Resource<Fields>> {
        let fields = Fields::empty(self.0.account());
        Ok(self.0.resources().push(fields)?)
    }

    fn from_list(&mut self, entries: Vec<(String, Vec<u8>)>) -> Result<Result<Resource<Fields>, HeaderError>> {
        let mut fields = Fields::empty(self.0.account());
        for (name, value) in entries {
            if let Err(refusal) = fields.append(&name, value) {
                return refused(refusal);
            }
        }
        Ok(Ok(self.0.resources().push(fields)?))
    }

    fn get(&mut self, fields: Resource<Fields>, name: String) -> Result<Vec<Vec<u8>>> {
        let fields = self.0.resources().get(&fields)?;
        Ok(fields.values(&name).map(|value| value.as_bytes().to_vec()).collect())
    }

    fn has(&mut self, fields: Resource<Fields>, name: String) -> Result<bool> {
        Ok(self.0.resources().get(&fields)?.values(&name).next().is_some())
    }

    fn set(&mut self, fields: Resource<Fields>, name: String, values: Vec<Vec<u8>>) -> Result<Result<(), HeaderError>> {
        self.0.resources().get_mut(&fields)?.set(&name, values).map_or_else(refused, |()| Ok(Ok(())))
    }

    fn delete(&mut self, fields: Resource<Fields>, name: String) -> Result<Result<(), HeaderError>> {
        self.set(fields, name, Vec::new())
    }

    fn append(&mut self, fields: Resource<Fields>, name: String, value: Vec<u8>) -> Result<Result<(), HeaderError>> {
        self.0.resources().get_mut(&fields)?.append(&name, value).map_or_else(refused, |()| Ok(Ok(())))
    }

    fn entries(&mut self, fields: Resource<Fields>) -> Result<Vec<(String, Vec<u8>)>> {
        let headers = self.0.resources().get(&fields)?.headers();
        Ok(headers.iter().map(|header| (header.name.clone(), header.value.clone().into_bytes())).collect())
    }

    fn clone(&mut self, fields: Resource<Fields>) -> Result<Resource<Fields>> {
        let account = self.0.account();
        match self.0.resources().get(&fields)?.copy(account) {
            Ok(copy) => Ok(self.0.resources().push(copy)?),
            Err(_full) => bail!(NO_ROOM),
        }
    }

    fn drop(&mut self, fields: Resource<Fields>) -> Result<()> {
        self.0.resources().delete(fields)?;
        Ok(())
    }
}

impl<T: Imports> types::HostOutgoingRequest for View<'_, T> {
    fn new(&mut self, headers: Resource<Fields>) -> Result<Resource<OutgoingRequest>> {
        let charge = Charge::of(self.0.account());
        let headers = self.0.resources().delete(headers)?;
        Ok(self.0.resources().push(OutgoingRequest::new(headers, charge))?)
    }

    fn body(&mut self, request: Resource<OutgoingRequest>) -> Result<Result<Resource<OutgoingBody>, ()>> {
        let account = self.0.account();
        let request = self.0.resources().get_mut(&request)?;
        let (None, Ok(expected)) = (&request.upload, request.expected_length()) else { return Ok(Err(())) };
        let (body, upload) = OutgoingBody::new(expected, account);
        request.upload = Some(upload);
        Ok(Ok(self.0.resources().push(body)?))
    }

    fn method(&mut self, request: Resource<OutgoingRequest>) -> Result<Method> {
        Ok(self.part(&request, Part::Method)?.map_or(Method::Get, method))
    }

    fn set_method(&mut self, request: Resource<OutgoingRequest>, method: Method) -> Result<Result<(), ()>> {
        self.change(&request, Part::Method, Some(method_name(method)))
    }

    fn path_with_query(&mut self, request: Resource<OutgoingRequest>) -> Result<Option<String>> {
        self.part(&request, Part::Path)
    }

    fn set_path_with_query(
        &mut self,
        request: Resource<OutgoingRequest>,
        path: Option<String>,
    ) -> Result<Result<(), ()>> {
        self.change(&request, Part::Path, path)
    }

    fn scheme(&mut self, request: Resource<OutgoingRequest>) -> Result<Option<Scheme>> {
        Ok(self.part(&request, Part::Scheme)?.map(|name| match name.as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => Scheme::Other(name),
        }))
    }

    fn set_scheme(&mut self, request: Resource<OutgoingRequest>, scheme: Option<Scheme>) -> Result<Result<(), ()>> {
        let name = scheme.map(|scheme| match scheme {
            Scheme::Http => "http".to_owned(),
            Scheme::Https => "https".to_owned(),
            Scheme::Other(name) => name,
        });
        self.change(&request, Part::Scheme, name)
    }

    fn authority(&mut self, request: Resource<OutgoingRequest>) -> Result<Option<String>> {
        self.part(&request, Part::Authority)
    }

    fn set_authority(
        &mut self,
        request: Resource<OutgoingRequest>,
        authority: Option<String>,
    ) -> Result<Result<(), ()>> {
        self.change(&request, Part::Authority, authority)
    }

    fn headers(&mut self, request: Resource<OutgoingRequest>) -> Result<Resource<Fields>> {
        let account = self.0.account();
        match self.0.resources().get(&request)?.headers.copy(account) {
            Ok(copy) => Ok(self.0.resources().push(copy.fix())?),
            Err(_full) => bail!(NO_ROOM),
        }
    }

    fn drop(&mut self, request: Resource<OutgoingRequest>) -> Result<()> {
        self.0.resources().delete(request)?;
        Ok(())
    }
}

/// A time that cannot be set is refused, as the interface has it: but for the first byte, the host decides.
impl<T: Imports> types::HostRequestOptions for View<'_, T> {
    fn new(&mut self) -> Result<Resource<RequestOptions>> {
        Ok(self.0.resources().push(RequestOptions::default())?)
    }

    fn connect_timeout(&mut self, _: Resource<RequestOptions>) -> Result<Option<u64>> {
        Ok(None)
    }

    fn set_connect_timeout(&mut self, _: Resource<RequestOptions>, time: Option<u64>) -> Result<Result<(), ()>> {
        Ok(if time.is_none() { Ok(()) } else { Err(()) })
    }

    fn first_byte_timeout(&mut self, options: Resource<RequestOptions>) -> Result<Option<u64>> {
        let time = self.0.resources().get(&options)?.first_byte;
        Ok(time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
    }

    fn set_first_byte_timeout(
        &mut self,
        options: Resource<RequestOptions>,
        time: Option<u64>,
    ) -> Result<Result<(), ()>> {
        self.0.resources().get_mut(&options)?.first_byte = time.map(Duration::from_nanos);
        Ok(Ok(()))
    }

    fn between_bytes_timeout(&mut self, _: Resource<RequestOptions>) -> Result<Option<u64>> {
        Ok(None)
    }

    fn set_between_bytes_timeout(&mut self, _: Resource<RequestOptions>, time: Option<u64>) -> Result<Result<(), ()>> {
        Ok(if time.is_none() { Ok(()) } else { Err(()) })
    }

    fn drop(&mut self, options: Resource<RequestOptions>) -> Result<()> {
        self.0.resources().delete(options)?;
        Ok(())
    }
}

impl<T: Imports> View<'_, T> {
    fn part(&mut self, request: &Resource<OutgoingRequest>, part: Part) -> Result<Option<String>> {
        Ok(self.0.resources().get(request)?.part(part).map(str::to_owned))
    }

    fn change(
        &mut self,
        request: &Resource<OutgoingRequest>,
        part: Part,
        text: Option<String>,
    ) -> Result<Result<(), ()>> {
        let is_changed = self.0.resources().get_mut(request)?.change(part, text);
        Ok(if is_changed { Ok(()) } else { Err(()) })
    }
}

/// What the guest is told of headers that are not changed.
fn refused<R>(refusal: Refusal) -> Result<Result<R, HeaderError>> {
    match refusal {
        Refusal::Syntax => Ok(Err(HeaderError::InvalidSyntax)),
        Refusal::Forbidden => Ok(Err(HeaderError::Forbidden)),
        Refusal::Fixed => Ok(Err(HeaderError::Immutable)),
        Refusal::TooLarge => bail!(NO_ROOM),
    }
}

fn method(name: String) -> Method {
    match name.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        _ => Method::Other(name),
    }
}

fn method_name(method: Method) -> String {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => return name,
    }
    .to_owned()
}
