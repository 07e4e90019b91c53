//! What a guest asks for of an answer.

use palisade_core::{LogLevel, http as words};
use wasmtime::{Error, Result, bail, component::Resource};
use wasmtime_wasi_io::{
    poll::{DynPollable, subscribe},
    streams::{DynInputStream, DynOutputStream},
};

use super::{
    bindings::wasi::http::types::{self, ErrorCode},
    download::{FutureTrailers, IncomingBody, Reader},
    error::{Phase, code},
    fields::Fields,
    response::{FutureResponse, IncomingResponse},
    upload::OutgoingBody,
};
use crate::{Imports, account::Charge, imports::View};

impl<T: Imports> types::Host for View<'_, T> {
    fn http_error_code(&mut self, error: Resource<Error>) -> Result<Option<ErrorCode>> {
        let error = self.0.resources().get(&error)?;
        Ok(error.downcast_ref::<words::Error>().map(|error| code(error, Phase::Reading)))
    }
}

impl<T: Imports> types::HostOutgoingBody for View<'_, T> {
    fn write(&mut self, body: Resource<OutgoingBody>) -> Result<Result<Resource<DynOutputStream>, ()>> {
        let Some(stream) = self.0.resources().get_mut(&body)?.stream() else { return Ok(Err(())) };
        Ok(Ok(self.0.resources().push_child(stream, &body)?))
    }

    fn finish(
        &mut self,
        body: Resource<OutgoingBody>,
        trailers: Option<Resource<Fields>>,
    ) -> Result<Result<(), ErrorCode>> {
        let body = self.0.resources().delete(body)?;
        let trailers = trailers.map(|trailers| self.0.resources().delete(trailers)).transpose()?;
        if trailers.is_some_and(|trailers| !trailers.headers().is_empty()) {
            return Ok(Err(ErrorCode::HttpRequestTrailerSectionSize(Some(0))));
        }
        Ok(body.finish().map_err(|length| ErrorCode::HttpRequestBodySize(Some(length))))
    }

    fn drop(&mut self, body: Resource<OutgoingBody>) -> Result<()> {
        self.0.resources().delete(body)?;
        Ok(())
    }
}

impl<T: Imports> types::HostFutureIncomingResponse for View<'_, T> {
    fn subscribe(&mut self, response: Resource<FutureResponse>) -> Result<Resource<DynPollable>> {
        subscribe(self.0.resources(), response)
    }

    fn get(
        &mut self,
        response: Resource<FutureResponse>,
    ) -> Result<Option<Result<Result<Resource<IncomingResponse>, ErrorCode>, ()>>> {
        let answer = match self.0.resources().get_mut(&response)?.take() {
            None => return Ok(None),
            Some(Err(())) => return Ok(Some(Err(()))),
            Some(Ok(answer)) => answer,
        };
        let words::Response { status, headers, body } = match answer {
            Ok(response) => response,
            // It ends the call, and tells the guest nothing.
            Err(error @ words::Error::Leak) => return Err(error.into()),
            Err(error) => {
                // Its code alone would not tell the author of the guest what to ask the operator for.
                self.0.log(LogLevel::Warn, &error.to_string());
                return Ok(Some(Ok(Err(code(&error, Phase::Asking)))));
            }
        };
        let mut charge = Charge::of(self.0.account());
        let bytes = headers.iter().map(|header| (header.name.len() + header.value.len()) as u64).sum();
        if let Err(_limit) = charge.set(bytes) {
            return Ok(Some(Ok(Err(ErrorCode::HttpResponseHeaderSectionSize(None)))));
        }
        let response = IncomingResponse { status, headers, body: Some(body), _charge: charge };
        Ok(Some(Ok(Ok(self.0.resources().push(response)?))))
    }

    fn drop(&mut self, response: Resource<FutureResponse>) -> Result<()> {
        self.0.resources().delete(response)?;
        Ok(())
    }
}

impl<T: Imports> types::HostIncomingResponse for View<'_, T> {
    fn status(&mut self, response: Resource<IncomingResponse>) -> Result<u16> {
        Ok(self.0.resources().get(&response)?.status)
    }

    fn headers(&mut self, response: Resource<IncomingResponse>) -> Result<Resource<Fields>> {
        let account = self.0.account();
        let headers = self.0.resources().get(&response)?.headers.clone();
        match Fields::fixed(headers, account) {
            Ok(fields) => Ok(self.0.resources().push(fields)?),
            Err(_full) => bail!("there is no room for the headers of an answer"),
        }
    }

    fn consume(&mut self, response: Resource<IncomingResponse>) -> Result<Result<Resource<IncomingBody>, ()>> {
        let Some(body) = self.0.resources().get_mut(&response)?.body.take() else { return Ok(Err(())) };
        Ok(Ok(self.0.resources().push(IncomingBody(Some(body)))?))
    }

    fn drop(&mut self, response: Resource<IncomingResponse>) -> Result<()> {
        self.0.resources().delete(response)?;
        Ok(())
    }
}

impl<T: Imports> types::HostIncomingBody for View<'_, T> {
    fn stream(&mut self, body: Resource<IncomingBody>) -> Result<Result<Resource<DynInputStream>, ()>> {
        let account = self.0.account();
        let Some(taken) = self.0.resources().get_mut(&body)?.0.take() else { return Ok(Err(())) };
        let stream: DynInputStream = Box::new(Reader::new(taken, account));
        Ok(Ok(self.0.resources().push_child(stream, &body)?))
    }

    fn finish(&mut self, body: Resource<IncomingBody>) -> Result<Resource<FutureTrailers>> {
        self.0.resources().delete(body)?;
        Ok(self.0.resources().push(FutureTrailers::default())?)
    }

    fn drop(&mut self, body: Resource<IncomingBody>) -> Result<()> {
        self.0.resources().delete(body)?;
        Ok(())
    }
}

impl<T: Imports> types::HostFutureTrailers for View<'_, T> {
    fn subscribe(&mut self, trailers: Resource<FutureTrailers>) -> Result<Resource<DynPollable>> {
        subscribe(self.0.resources(), trailers)
    }

    fn get(
        &mut self,
        trailers: Resource<FutureTrailers>,
    ) -> Result<Option<Result<Result<Option<Resource<Fields>>, ErrorCode>, ()>>> {
        let was_taken = std::mem::replace(&mut self.0.resources().get_mut(&trailers)?.is_taken, true);
        Ok(Some(if was_taken { Err(()) } else { Ok(Ok(None)) }))
    }

    fn drop(&mut self, trailers: Resource<FutureTrailers>) -> Result<()> {
        self.0.resources().delete(trailers)?;
        Ok(())
    }
}
