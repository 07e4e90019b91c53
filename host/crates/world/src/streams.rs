//! Responses that a guest gives piece by piece: the host pulls each, checks it, and passes it on before it asks for the
//! next.

use palisade_core::{Collect as _, Error, ErrorKind, EventSink, Streaming, chat, text_to_speech};
use wasmtime::Store;

use crate::{
    bindings::{exports::palisade::provider as wit, palisade::provider::types::CallOptions},
    convert,
    imports::{EventPlace, Imports},
    package::Answer,
};

pub(crate) async fn chat<T: Imports>(
    guest: &wit::chat::Guest,
    store: &mut Store<T>,
    request: &wit::chat::Request,
    options: &CallOptions,
    events: &EventSink,
) -> Answer<chat::Response> {
    store.data_mut().expect_event(EventPlace::First);
    let stream = match guest.call_reply(&mut *store, request, options).await? {
        Ok(stream) => stream,
        Err(failure) => return Ok(Err(convert::failure(failure))),
    };
    let mut pulled = Pulled::<chat::Request>::new(events);
    loop {
        let next = guest.chat_stream().call_next(&mut *store, stream).await?;
        let next = next.map_err(convert::failure).and_then(|event| event.map(convert::chat::event).transpose());
        match pulled.take(next, store).await {
            Ok(true) => {}
            Ok(false) => {
                // The guest's destructor is part of the call.
                stream.resource_drop_async(&mut *store).await?;
                return Ok(pulled.finish());
            }
            Err(error) => return Ok(Err(error)),
        }
    }
}

pub(crate) async fn text_to_speech<T: Imports>(
    guest: &wit::text_to_speech::Guest,
    store: &mut Store<T>,
    request: &wit::text_to_speech::Request,
    options: &CallOptions,
    events: &EventSink,
) -> Answer<text_to_speech::Response> {
    store.data_mut().expect_event(EventPlace::First);
    let stream = match guest.call_synthesize(&mut *store, request, options).await? {
        Ok(stream) => stream,
        Err(failure) => return Ok(Err(convert::failure(failure))),
    };
    let mut pulled = Pulled::<text_to_speech::Request>::new(events);
    let media_type = convert::name(&guest.audio_stream().call_media_type(&mut *store, stream).await?);
    let mut next = Ok(Some(text_to_speech::Event::MediaType(media_type)));
    loop {
        match pulled.take(next, store).await {
            Ok(true) => {}
            Ok(false) => {
                // The guest's destructor is part of the call.
                stream.resource_drop_async(&mut *store).await?;
                return Ok(pulled.finish());
            }
            Err(error) => return Ok(Err(error)),
        }
        let event = guest.audio_stream().call_next(&mut *store, stream).await?;
        next = event.map_err(convert::failure).and_then(|event| event.map(convert::text_to_speech::event).transpose());
    }
}

/// What was pulled so far.
struct Pulled<'a, R: Streaming> {
    collector: R::Collector,
    events: &'a EventSink,
}

impl<'a, R: Streaming> Pulled<'a, R> {
    fn new(events: &'a EventSink) -> Self {
        Self { collector: R::Collector::default(), events }
    }

    /// Takes what the guest gave, and passes it on. Says whether more may come.
    async fn take<T: Imports>(
        &mut self,
        next: Result<Option<R::Event>, Error>,
        store: &mut Store<T>,
    ) -> Result<bool, Error> {
        let Some(event) = next? else {
            return Ok(false);
        };
        self.collector.push(&event)?;
        store.data_mut().event_came();
        let event = event.into();
        let bytes = event.memory_in_bytes();
        store.data_mut().charge_memory(bytes, bytes).map_err(too_long)?;
        store.data_mut().hand_over_memory(bytes);
        let last = event.is_last();
        self.events.send(event).await;
        if !last {
            store.data_mut().expect_event(EventPlace::Later);
        }
        Ok(!last)
    }

    fn finish(self) -> Result<R::Response, Error> {
        self.collector.finish()
    }
}

fn too_long(limit: u64) -> Error {
    Error::new(ErrorKind::MemoryLimit, format!("the response is more than fits into the {limit} bytes of the provider"))
}
