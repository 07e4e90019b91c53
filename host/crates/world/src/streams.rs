//! Responses that a guest gives piece by piece: the host pulls each, checks it, and passes it on before it asks for the
//! next.

use palisade_core::{Error, Event, EventSink, Pieces, Response, chat, text_to_speech, too_long};
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
) -> Answer<Response> {
    store.data_mut().expect_event(EventPlace::First);
    let stream = match guest.call_reply(&mut *store, request, options).await? {
        Ok(stream) => stream,
        Err(failure) => return Ok(Err(convert::failure(failure))),
    };
    let mut pulled = Pulled { pieces: Pieces::Chat(chat::Collector::default()), events };
    loop {
        let next = guest.chat_stream().call_next(&mut *store, stream).await?;
        let next = next.map(|event| event.map(convert::chat::event)).map_err(convert::failure);
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
) -> Answer<Response> {
    store.data_mut().expect_event(EventPlace::First);
    let stream = match guest.call_synthesize(&mut *store, request, options).await? {
        Ok(stream) => stream,
        Err(failure) => return Ok(Err(convert::failure(failure))),
    };
    let mut pulled = Pulled { pieces: Pieces::TextToSpeech(text_to_speech::Collector::default()), events };
    let media_type = guest.audio_stream().call_media_type(&mut *store, stream).await?;
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
        next = event.map(|event| event.map(convert::text_to_speech::event)).map_err(convert::failure);
    }
}

/// What was pulled so far.
struct Pulled<'a> {
    pieces: Pieces,
    events: &'a EventSink,
}

impl Pulled<'_> {
    /// Takes what the guest gave, and passes it on. Says whether more may come.
    async fn take<T: Imports>(
        &mut self,
        next: Result<Option<impl Into<Event>>, Error>,
        store: &mut Store<T>,
    ) -> Result<bool, Error> {
        let Some(event) = next? else {
            return Ok(false);
        };
        let mut event = event.into();
        event.clean()?;
        self.pieces.push(&event)?;
        store.data_mut().event_came();
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

    fn finish(self) -> Result<Response, Error> {
        self.pieces.finish()
    }
}
