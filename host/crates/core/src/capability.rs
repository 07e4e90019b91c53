//! What providers can do: the one table that ties a capability to its request and its response.
//!
//! A new capability is a module beside `text_to_image.rs` and a line in the tables at the end of this file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Collect as _, ErrorKind, Result, Usage, Workload, check};

/// A name that is no capability of this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCapability(String);

impl fmt::Display for UnknownCapability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Capability::ALL.iter().map(|capability| capability.name()).collect();
        write!(formatter, "unknown capability `{}`; known: {}", crate::text::escape(&self.0, 64), known.join(", "))
    }
}

impl std::error::Error for UnknownCapability {}

impl From<UnknownCapability> for crate::Error {
    fn from(unknown: UnknownCapability) -> Self {
        Self::new(ErrorKind::UnknownCapability, unknown.to_string())
    }
}

/// A request of one capability, with the type of its response.
pub trait Operation: Into<Request> + Clone + Send {
    /// What comes back.
    type Response: Clone + Send + Into<Response> + 'static;

    /// The capability that serves it.
    const CAPABILITY: Capability;

    /// A request of ordinary size, which stands for one that is not known yet. It need not be one that can be served: a
    /// file in it is empty.
    fn typical() -> Self;

    /// The response of this capability; none when it is another's.
    fn response(response: Response) -> Option<Self::Response>;
}

/// A request whose response may come piece by piece.
pub trait Streaming: Operation {
    /// A piece of the response.
    type Event: Into<Event> + Clone + Send;
    /// Puts the pieces together.
    type Collector: crate::Collect<Event = Self::Event, Response = Self::Response> + Default + Send;

    /// The piece of this capability; none when it is another's.
    fn event(event: Event) -> Option<Self::Event>;

    /// The pieces of a response that came as a whole.
    fn events(response: Self::Response) -> Vec<Self::Event>;
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal in $module:ident;)+) => {
        /// Something that a provider can do: an interface of the WIT package that it exports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Capability {
            $($(#[$doc])* $variant,)+
        }

        impl Capability {
            /// All capabilities of this version.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name of its interface, for example `text-to-image`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        /// A request of any capability.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Request {
            $($(#[$doc])* $variant(crate::$module::Request),)+
        }

        impl Request {
            /// The capability that serves it.
            #[must_use]
            pub const fn capability(&self) -> Capability {
                match self { $(Self::$variant(_) => Capability::$variant,)+ }
            }

            /// A request of ordinary size, which stands for those that are not known yet.
            #[must_use]
            pub fn typical(capability: Capability) -> Self {
                match capability { $(Capability::$variant => Self::$variant(crate::$module::Request::typical()),)+ }
            }

            /// Checks what no provider can serve.
            ///
            /// # Errors
            ///
            /// `invalid-input` with the field that is wrong.
            pub fn validate(&self) -> Result<()> {
                match self { $(Self::$variant(request) => request.validate(),)+ }
            }

            /// Bytes of text and media in it.
            #[must_use]
            pub fn size_in_bytes(&self) -> u64 {
                match self { $(Self::$variant(request) => request.size_in_bytes(),)+ }
            }

            /// The parameters that it sets, by their names in a catalogue. Texts of any length, such as the prompt,
            /// are not among them.
            #[must_use]
            pub fn parameters(&self) -> std::collections::BTreeMap<&'static str, serde_json::Value> {
                match self { $(Self::$variant(request) => request.parameters(),)+ }
            }

            /// What it would use, as far as that can be told before: for an estimate of its cost.
            #[must_use]
            pub fn workload(&self) -> Workload {
                match self { $(Self::$variant(request) => request.workload(),)+ }
            }
        }

        /// A response of any capability.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Response {
            $($(#[$doc])* $variant(crate::$module::Response),)+
        }

        impl Response {
            /// Checks what no caller could use.
            ///
            /// # Errors
            ///
            /// `bad-output`.
            pub fn validate(&self, request: &Request) -> Result<()> {
                check::usage(self.usage())?;
                match (self, request) {
                    $((Self::$variant(response), Request::$variant(request)) => response.validate(request),)+
                    _ => Err(check::bad_output("the response is of another capability")),
                }
            }

            /// Quotes and cuts what a guest says beside the result itself. Once is enough.
            ///
            /// # Errors
            ///
            /// `bad-output` when there is too much of it.
            pub fn clean(&mut self) -> Result<()> {
                match self { $(Self::$variant(response) => response.clean(),)+ }
            }

            /// The capability whose response it is.
            #[must_use]
            pub const fn capability(&self) -> Capability {
                match self { $(Self::$variant(_) => Capability::$variant,)+ }
            }

            /// Bytes of text and media in it.
            #[must_use]
            pub fn size_in_bytes(&self) -> u64 {
                match self { $(Self::$variant(response) => response.size_in_bytes(),)+ }
            }

            /// What the provider says that it used.
            #[must_use]
            pub fn usage(&self) -> &Usage {
                match self { $(Self::$variant(response) => &response.usage,)+ }
            }
        }

        $(
            impl From<crate::$module::Request> for Request {
                fn from(request: crate::$module::Request) -> Self {
                    Self::$variant(request)
                }
            }

            impl From<crate::$module::Response> for Response {
                fn from(response: crate::$module::Response) -> Self {
                    Self::$variant(response)
                }
            }

            impl Operation for crate::$module::Request {
                type Response = crate::$module::Response;

                const CAPABILITY: Capability = Capability::$variant;

                fn typical() -> Self {
                    Self::typical()
                }

                fn response(response: Response) -> Option<Self::Response> {
                    match response {
                        Response::$variant(response) => Some(response),
                        _ => None,
                    }
                }
            }
        )+
    };
}

macro_rules! streams {
    ($($(#[$doc:meta])* $variant:ident in $module:ident;)+) => {
        /// A piece of a response of any capability whose responses may come piece by piece.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $variant(crate::$module::Event),)+
        }

        impl Event {
            /// The capability whose responses come in such pieces.
            #[must_use]
            pub const fn capability(&self) -> Capability {
                match self { $(Self::$variant(_) => Capability::$variant,)+ }
            }

            /// Bytes of text and media in it.
            #[must_use]
            pub fn size_in_bytes(&self) -> u64 {
                match self { $(Self::$variant(event) => event.size_in_bytes(),)+ }
            }

            /// Quotes and cuts what a guest says beside the result itself. Once is enough.
            ///
            /// # Errors
            ///
            /// `bad-output` when there is too much of it.
            pub fn clean(&mut self) -> Result<()> {
                match self { $(Self::$variant(event) => event.clean(),)+ }
            }

            /// Bytes that it takes at most where the response is put together.
            #[must_use]
            pub fn memory_in_bytes(&self) -> u64 {
                match self { $(Self::$variant(event) => event.memory_in_bytes(),)+ }
            }

            /// Whether it is the end.
            #[must_use]
            pub fn is_last(&self) -> bool {
                match self { $(Self::$variant(event) => event.is_last(),)+ }
            }
        }

        /// A response of any capability that is put together from its pieces.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Pieces {
            $($(#[$doc])* $variant(crate::$module::Collector),)+
        }

        impl Pieces {
            /// None of a response yet; nothing where the capability knows no pieces.
            #[must_use]
            pub fn of(capability: Capability) -> Option<Self> {
                match capability {
                    $(Capability::$variant => Some(Self::$variant(Default::default())),)+
                    _ => None,
                }
            }

            /// Takes the next piece.
            ///
            /// # Errors
            ///
            /// `bad-output` when it does not go with those before.
            pub fn push(&mut self, event: &Event) -> Result<()> {
                match (self, event) {
                    $((Self::$variant(collector), Event::$variant(event)) => collector.push(event),)+
                    _ => Err(check::bad_output("the piece is of another capability")),
                }
            }

            /// Ends the response.
            ///
            /// # Errors
            ///
            /// `bad-output` when something is missing, the end above all.
            pub fn finish(self) -> Result<Response> {
                match self { $(Self::$variant(collector) => Ok(Response::$variant(collector.finish()?)),)+ }
            }
        }

        $(
            impl From<crate::$module::Event> for Event {
                fn from(event: crate::$module::Event) -> Self {
                    Self::$variant(event)
                }
            }

            impl Streaming for crate::$module::Request {
                type Event = crate::$module::Event;
                type Collector = crate::$module::Collector;

                fn event(event: Event) -> Option<Self::Event> {
                    match event {
                        Event::$variant(event) => Some(event),
                        _ => None,
                    }
                }

                fn events(response: Self::Response) -> Vec<Self::Event> {
                    response.into_events()
                }
            }
        )+
    };
}

impl Capability {
    /// Those that keep something. They are served by providers of the host's own; what a component is told of them it asks its host for.
    pub const STORES: &[Self] = &[Self::VectorStore, Self::KeyValueStore, Self::ObjectStore, Self::Queue, Self::Sql];

    /// Whether it keeps something, which no other provider has: what has failed is not tried elsewhere.
    #[must_use]
    pub fn is_store(self) -> bool {
        Self::STORES.contains(&self)
    }

    /// Those that a component can serve.
    pub fn of_components() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|capability| !capability.is_store())
    }

    /// The capability that an interface serves, by its name: that of the capability, or with `-job` behind it where its work
    /// is a job.
    #[must_use]
    pub fn of_interface(name: &str) -> Option<Self> {
        name.strip_suffix("-job").unwrap_or(name).parse().ok().filter(|capability: &Self| !capability.is_store())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(name: &str) -> Result<Self, UnknownCapability> {
        let known = Self::ALL.iter().find(|capability| capability.name() == name);
        known.copied().ok_or_else(|| UnknownCapability(name.to_owned()))
    }
}

capabilities! {
    /// Makes pictures from a description.
    TextToImage = "text-to-image" in text_to_image;
    /// Changes pictures as described.
    ImageEdit = "image-edit" in image_edit;
    /// Makes a picture larger.
    ImageUpscale = "image-upscale" in image_upscale;
    /// Answers a conversation.
    Chat = "chat" in chat;
    /// Turns texts and media into vectors.
    Embedding = "embedding" in embedding;
    /// Orders documents by how well they answer a query.
    Rerank = "rerank" in rerank;
    /// Says whether texts and media are what nobody should have to see.
    Moderation = "moderation" in moderation;
    /// Reads a picture.
    ImageToText = "image-to-text" in image_to_text;
    /// Speaks a text.
    TextToSpeech = "text-to-speech" in text_to_speech;
    /// Writes down what is said.
    SpeechToText = "speech-to-text" in speech_to_text;
    /// Makes films from a description.
    TextToVideo = "text-to-video" in text_to_video;
    /// Makes films from a picture.
    ImageToVideo = "image-to-video" in image_to_video;
    /// Does a task that the provider publishes.
    Custom = "custom" in custom;
    /// Keeps vectors, and finds those that are near.
    VectorStore = "vector-store" in vector_store;
    /// Keeps values under keys.
    KeyValueStore = "key-value-store" in key_value_store;
    /// Keeps files under keys.
    ObjectStore = "object-store" in object_store;
    /// Keeps messages until they are done with.
    Queue = "queue" in queue;
    /// Keeps tables, asked and changed in SQL.
    Sql = "sql" in sql;
}

streams! {
    /// Of an answer.
    Chat in chat;
    /// Of a sound.
    TextToSpeech in text_to_speech;
}
