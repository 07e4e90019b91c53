//! A method of the handle for each capability.

use palisade_core::{
    Result, chat, custom, embedding, image_edit, image_to_text, image_to_video, image_upscale, key_value_store,
    moderation, object_store, queue, rerank, speech_to_text, sql, text_to_image, text_to_speech, text_to_video,
    vector_store,
};

use crate::{
    call::{CallSettings, Completion},
    handle::ProviderHandle,
    stream::CallStream,
};

macro_rules! methods {
    (
        whole { $($(#[$doc:meta])* $module:ident;)+ }
        streamed { $($(#[$stream_doc:meta])* $stream:ident in $stream_module:ident;)+ }
    ) => {
        impl ProviderHandle {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// As [`call`](Self::call).
                pub async fn $module(
                    &self,
                    request: impl Into<$module::Request>,
                ) -> Result<Completion<$module::Response>> {
                    self.call(request.into(), CallSettings::default()).await
                }
            )+
            $(
                $(#[$stream_doc])*
                ///
                /// # Errors
                ///
                /// As [`stream`](Self::stream).
                pub fn $stream(
                    &self,
                    request: impl Into<$stream_module::Request>,
                ) -> Result<CallStream<$stream_module::Request>> {
                    self.stream(request.into(), CallSettings::default())
                }
            )+
        }
    };
}

methods! {
    whole {
        /// Makes pictures from a description.
        text_to_image;
        /// Changes pictures as described.
        image_edit;
        /// Makes a picture larger.
        image_upscale;
        /// Answers a conversation, as a whole.
        chat;
        /// Turns texts and media into vectors.
        embedding;
        /// Orders documents by how well they answer a query.
        rerank;
        /// Says whether texts and media are what nobody should have to see.
        moderation;
        /// Reads a picture.
        image_to_text;
        /// Speaks a text, as a whole.
        text_to_speech;
        /// Writes down what is said.
        speech_to_text;
        /// Makes films from a description. Waits for an hour at the most: what takes longer is found again.
        text_to_video;
        /// Makes films from a picture. Waits for an hour at the most: what takes longer is found again.
        image_to_video;
        /// Does a task that the provider publishes.
        custom;
        /// Keeps vectors, and finds those that are near.
        vector_store;
        /// Keeps values under keys.
        key_value_store;
        /// Keeps files under keys.
        object_store;
        /// Keeps messages until they are done with.
        queue;
        /// Asks tables, and changes them.
        sql;
    }
    streamed {
        /// Answers a conversation as it comes.
        chat_stream in chat;
        /// Speaks a text as it comes.
        text_to_speech_stream in text_to_speech;
    }
}
