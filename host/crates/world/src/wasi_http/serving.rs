//! The half of the interface for who answers requests. It has to be there, since one interface has both, and nobody gets
//! anything of it: a guest is asked by its own interfaces.

use wasmtime::{Result, bail, component::Resource};

use super::{
    bindings::wasi::http::types::{
        self, ErrorCode, IncomingRequest, Method, OutgoingResponse, ResponseOutparam, Scheme,
    },
    download::IncomingBody,
    fields::Fields,
    upload::OutgoingBody,
};
use crate::{Imports, imports::View};

fn nobody_asks<R>() -> Result<R> {
    bail!("a provider is not asked by `wasi:http`: it sends requests by it")
}

impl<T: Imports> types::HostIncomingRequest for View<'_, T> {
    fn method(&mut self, _: Resource<IncomingRequest>) -> Result<Method> {
        nobody_asks()
    }

    fn path_with_query(&mut self, _: Resource<IncomingRequest>) -> Result<Option<String>> {
        nobody_asks()
    }

    fn scheme(&mut self, _: Resource<IncomingRequest>) -> Result<Option<Scheme>> {
        nobody_asks()
    }

    fn authority(&mut self, _: Resource<IncomingRequest>) -> Result<Option<String>> {
        nobody_asks()
    }

    fn headers(&mut self, _: Resource<IncomingRequest>) -> Result<Resource<Fields>> {
        nobody_asks()
    }

    fn consume(&mut self, _: Resource<IncomingRequest>) -> Result<Result<Resource<IncomingBody>, ()>> {
        nobody_asks()
    }

    fn drop(&mut self, _: Resource<IncomingRequest>) -> Result<()> {
        nobody_asks()
    }
}

impl<T: Imports> types::HostOutgoingResponse for View<'_, T> {
    fn new(&mut self, _: Resource<Fields>) -> Result<Resource<OutgoingResponse>> {
        nobody_asks()
    }

    fn status_code(&mut self, _: Resource<OutgoingResponse>) -> Result<u16> {
        nobody_asks()
    }

    fn set_status_code(&mut self, _: Resource<OutgoingResponse>, _: u16) -> Result<Result<(), ()>> {
        nobody_asks()
    }

    fn headers(&mut self, _: Resource<OutgoingResponse>) -> Result<Resource<Fields>> {
        nobody_asks()
    }

    fn body(&mut self, _: Resource<OutgoingResponse>) -> Result<Result<Resource<OutgoingBody>, ()>> {
        nobody_asks()
    }

    fn drop(&mut self, _: Resource<OutgoingResponse>) -> Result<()> {
        nobody_asks()
    }
}

impl<T: Imports> types::HostResponseOutparam for View<'_, T> {
    fn set(&mut self, _: Resource<ResponseOutparam>, _: Result<Resource<OutgoingResponse>, ErrorCode>) -> Result<()> {
        nobody_asks()
    }

    fn drop(&mut self, _: Resource<ResponseOutparam>) -> Result<()> {
        nobody_asks()
    }
}
