//! What can be run and explained: the one table of all capabilities.
//!
//! A new capability is a module in `capability/` and a line in the table at the end of this file.

use clap::Subcommand;
use palisade::{Usage, Warning};

use crate::{
    capability::{
        Told, chat, custom, embedding, image_edit, image_to_text, image_to_video, image_upscale, key_value_store,
        moderation, object_store, queue, rerank, speech_to_text, sql, text_to_image, text_to_speech, text_to_video,
        vector_store,
    },
    common::Common,
    explain,
    invocation::Invocation,
    locate::Place,
    run,
};

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident in $module:ident;)+) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Task {
            $($(#[$doc])* $variant(Box<Invocation<$module::Arguments>>),)+
        }

        impl Task {
            pub(crate) fn common(&self) -> &Common {
                match self { $(Self::$variant(invocation) => &invocation.common,)+ }
            }

            pub(crate) async fn run(self, place: &Place) -> anyhow::Result<()> {
                match self { $(Self::$variant(invocation) => run::run(place, *invocation).await,)+ }
            }

            pub(crate) async fn explain(self, place: &Place) -> anyhow::Result<()> {
                match self { $(Self::$variant(invocation) => explain::explain(place, *invocation).await,)+ }
            }
        }

        $(
            impl Told for palisade::$module::Response {
                fn usage(&self) -> &Usage {
                    &self.usage
                }

                fn warnings(&self) -> &[Warning] {
                    &self.warnings
                }
            }
        )+
    };
}

capabilities! {
    /// Makes pictures from a description.
    TextToImage in text_to_image;
    /// Changes pictures as described.
    ImageEdit in image_edit;
    /// Makes a picture larger.
    ImageUpscale in image_upscale;
    /// Answers a question, or goes on with a conversation.
    Chat in chat;
    /// Turns texts and media into vectors.
    Embedding in embedding;
    /// Orders documents by how well they answer a query.
    Rerank in rerank;
    /// Says whether texts and media are what nobody should have to see.
    Moderation in moderation;
    /// Reads a picture.
    ImageToText in image_to_text;
    /// Speaks a text.
    TextToSpeech in text_to_speech;
    /// Writes down what is said.
    SpeechToText in speech_to_text;
    /// Makes films from a description.
    TextToVideo in text_to_video;
    /// Makes films from a picture.
    ImageToVideo in image_to_video;
    /// Does a task that a provider publishes.
    Custom in custom;
    /// Keeps vectors, and finds those that are near.
    VectorStore in vector_store;
    /// Keeps values under keys.
    KeyValueStore in key_value_store;
    /// Keeps files under keys.
    ObjectStore in object_store;
    /// Keeps messages until they are done with.
    Queue in queue;
    /// Asks tables, and changes them.
    Sql in sql;
}
