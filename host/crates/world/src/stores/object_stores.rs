use palisade_core::{
    Media,
    object_store::{Answer, Condition, Description, Object, Operation, Range},
};
use wasmtime::Result;

use super::page;
use crate::{
    bindings::palisade::provider::{
        object_stores as wit,
        stores::StoreError,
        types::{InlineMedia, Media as WitMedia},
    },
    convert::media_for_guest,
    imports::{Imports, View},
};

impl<T: Imports> wit::Host for View<'_, T> {
    async fn put(
        &mut self,
        store: String,
        key: String,
        content: WitMedia,
        only_if: Option<wit::Condition>,
    ) -> Result<Result<Option<wit::Description>, StoreError>> {
        let (content, charged) = match content {
            WitMedia::Inline(InlineMedia { media_type, data }) => (Media { media_type, data }, 0),
            // It was charged when it was written.
            WitMedia::Stored(blob) => {
                let blob = self.0.resources().delete(blob)?;
                let charged = blob.data.len() as u64;
                (Media { media_type: blob.media_type, data: blob.data }, charged)
            }
        };
        let condition = |condition| match condition {
            wit::Condition::Absent => Condition::Absent,
            wit::Condition::Etag(tag) => Condition::Etag(tag),
        };
        let operation = Operation::Put { key, content, only_if: only_if.map(condition) };
        let wanted = |answer| if let Answer::Put(written) = answer { Some(written.map(description)) } else { None };
        let put = self.ask(store, operation, wanted).await;
        self.0.release_memory(charged);
        Ok(put)
    }

    async fn get(
        &mut self,
        store: String,
        key: String,
        range: Option<wit::Range>,
    ) -> Result<Result<Option<wit::Object>, StoreError>> {
        let range = range.map(|wit::Range { offset, length }| Range { offset, length });
        let wanted = |answer| if let Answer::Object(object) = answer { Some(object) } else { None };
        let object = match self.ask(store, Operation::Get { key, range }, wanted).await {
            Ok(object) => object,
            Err(error) => return Ok(Err(error)),
        };
        let Some(Object { mut content, description: own }) = object else { return Ok(Ok(None)) };
        Ok(match media_for_guest("content", &mut content, self.0) {
            Ok(content) => Ok(Some(wit::Object { content, description: description(own) })),
            Err(error) => Err(StoreError::TooLarge(error.message().to_owned())),
        })
    }

    async fn describe(
        &mut self,
        store: String,
        keys: Vec<String>,
    ) -> Result<Result<Vec<Option<wit::Description>>, StoreError>> {
        let wanted = |answer| match answer {
            Answer::Descriptions(all) => Some(all.into_iter().map(|own| own.map(description)).collect()),
            _ => None,
        };
        Ok(self.ask(store, Operation::Describe { keys }, wanted).await)
    }

    async fn delete(&mut self, store: String, keys: Vec<String>) -> Result<Result<u64, StoreError>> {
        let wanted = |answer| if let Answer::Deleted(count) = answer { Some(count) } else { None };
        Ok(self.ask(store, Operation::Delete { keys }, wanted).await)
    }

    async fn objects(
        &mut self,
        store: String,
        prefix: String,
        after: Option<String>,
        limit: Option<u32>,
    ) -> Result<Result<Vec<wit::Description>, StoreError>> {
        let wanted = |answer| match answer {
            Answer::Listed(all) => Some(all.into_iter().map(description).collect()),
            _ => None,
        };
        Ok(self.ask(store, Operation::List(page(prefix, after, limit)), wanted).await)
    }
}

fn description(Description { key, bytes, media_type, etag, modified_ms }: Description) -> wit::Description {
    wit::Description { key, bytes, media_type, etag, modified_ms }
}
