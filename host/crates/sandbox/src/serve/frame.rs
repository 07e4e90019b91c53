//! Messages as bytes: a head, which can be judged before anything else is read, and so much CBOR.

use std::io::{self, Read};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::sizes;

/// Bytes of a head: the kind, the number of the call, the length of the body.
const HEAD: usize = 1 + size_of::<u64>() + size_of::<u32>();
/// What anything takes in memory, at the most, beside what follows: the slots of a list that has just grown.
const ITEM: u64 = 80;
/// What a text or a file takes beside its bytes, which the allocator rounds up.
const ALLOCATED: u64 = 32;
/// What an object takes that has any members, as JSON: it has room for eleven at once.
const OBJECT: u64 = 640;
/// What is wrong with a message that is longer than its room.
pub(super) const TOO_LONG: &str = "a message is longer than it may be";
/// Bodies longer than this are read in a thread for it: an executor has other things to do.
const LONG: usize = 1 << 20;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// From the host, the first one: what the worker may have, before it gives up the rest.
    Start,
    /// From the host, the second one: what the worker is to serve.
    Load,
    /// From the host: begins a call.
    Call,
    /// From the host: a piece was taken.
    Taken,
    /// From the host: what a guest is told that has asked.
    Reply,
    /// From the host: ends a call that nobody waits for any more. The worker answers with `Done` or `Gone`.
    Cancel,
    /// From the worker: it has given up what it does not need, and lacks what this says.
    Ready,
    /// From the worker: the component is linked.
    Loaded,
    /// From the worker: how far a call is.
    Progress,
    /// From the worker: a piece of a response. The guest goes on when it was taken.
    Piece,
    /// From the worker: its guest asks something of the host.
    Ask,
    /// From the worker: its guest wants more of an answer.
    More,
    /// From the worker: what its guest has asked is of no interest any more.
    Forget,
    /// From the worker: a call has ended, and this is the last of it.
    Done,
    /// From the worker: a call was ended because nobody waits for it, and this is the last of it.
    Gone,
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Start,
        Self::Load,
        Self::Call,
        Self::Taken,
        Self::Reply,
        Self::Cancel,
        Self::Ready,
        Self::Loaded,
        Self::Progress,
        Self::Piece,
        Self::Ask,
        Self::More,
        Self::Forget,
        Self::Done,
        Self::Gone,
    ];
}

/// What a message says of itself before its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// The call that it is about; 0 where it is about none.
    pub(super) call: u64,
    /// Bytes of its body.
    pub(super) length: u32,
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let [kind, rest @ ..] = &mut bytes;
        *kind = self.kind as u8;
        let (call, length) = rest.split_at_mut(size_of::<u64>());
        call.copy_from_slice(&self.call.to_le_bytes());
        length.copy_from_slice(&self.length.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; HEAD]) -> io::Result<Self> {
        let [kind, c0, c1, c2, c3, c4, c5, c6, c7, l0, l1, l2, l3] = bytes;
        let kind = Kind::ALL.iter().copied().find(|known| *known as u8 == kind);
        Ok(Self {
            kind: kind.ok_or_else(|| invalid("a message is none that there is"))?,
            call: u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]),
            length: u32::from_le_bytes([l0, l1, l2, l3]),
        })
    }
}

/// A message on its way.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) call: u64,
    bytes: Vec<u8>,
}

impl Frame {
    /// A message with a body.
    pub(super) fn new(kind: Kind, call: u64, body: &impl Serialize) -> io::Result<Self> {
        let mut bytes = vec![0; HEAD];
        ciborium::into_writer(body, &mut bytes).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len() - HEAD).map_err(|_| invalid("a message is larger than 4 GiB"))?;
        Ok(Self { kind, call, bytes }.headed(length))
    }

    /// A message that says all by being there.
    pub(super) fn bare(kind: Kind, call: u64) -> Self {
        Self { kind, call, bytes: vec![0; HEAD] }.headed(0)
    }

    /// The same about a call whose number was not known.
    pub(super) fn about(mut self, call: u64) -> Self {
        self.call = call;
        let length = self.body().len();
        self.headed(u32::try_from(length).unwrap_or(u32::MAX))
    }

    fn headed(mut self, length: u32) -> Self {
        if let Some(head) = self.bytes.first_chunk_mut() {
            *head = Head { kind: self.kind, call: self.call, length }.to_bytes();
        }
        self
    }

    /// What is written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn body(&self) -> &[u8] {
        self.bytes.get(HEAD..).unwrap_or_default()
    }

    /// Bytes of its body.
    pub(super) fn length(&self) -> u64 {
        self.body().len() as u64
    }

    /// Whether who reads it within so much memory will take it.
    pub(super) fn fits(&self, room: u64) -> bool {
        fits(self.body(), room)
    }
}

/// Whether who reads this within so much memory will take it.
pub(super) fn fits(body: &[u8], room: u64) -> bool {
    weigh(body, room).is_ok()
}

/// What goes into a message as it is, to be read later or not at all.
pub(super) fn to_bytes(body: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Reads a message of somebody who is trusted; none at the end.
pub(super) fn read(input: &mut impl Read) -> io::Result<Option<(Head, Vec<u8>)>> {
    let mut head = [0; HEAD];
    match input.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let head = Head::from_bytes(head)?;
    let mut body = vec![0; head.length as usize];
    input.read_exact(&mut body)?;
    Ok(Some((head, body)))
}

/// The body of a message of somebody who is trusted.
pub(super) fn parse<M: DeserializeOwned>(body: &[u8]) -> io::Result<M> {
    let mut rest = body;
    let message = ciborium::from_reader(&mut rest).map_err(|error| invalid(&error.to_string()))?;
    if rest.is_empty() { Ok(message) } else { Err(invalid("there is more than a message")) }
}

/// Reads the head of a message of somebody who is not trusted; none at the end.
pub(super) async fn receive_head(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Head>> {
    let mut head = [0; HEAD];
    match input.read_exact(&mut head).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        result => result.and_then(|_all| Head::from_bytes(head).map(Some)),
    }
}

/// Takes the body of a message of somebody who is not trusted, which is to be read within so much memory.
pub(super) async fn receive_body(input: &mut (impl AsyncRead + Unpin), length: u32, room: u64) -> io::Result<Vec<u8>> {
    if !sizes::may_be_read(length, room) {
        return Err(invalid(TOO_LONG));
    }
    let mut body = Vec::with_capacity(length as usize);
    input.take(length.into()).read_to_end(&mut body).await?;
    if body.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

/// Reads what somebody wrote who is not trusted. It and what it is read into take no more memory than `room`.
pub(super) async fn parse_within<M: DeserializeOwned + Send + 'static>(body: Vec<u8>, room: u64) -> io::Result<M> {
    if body.len() <= LONG {
        return weigh(&body, room).and_then(|()| parse(&body));
    }
    parse_apart(body, room).await
}

/// The same in a thread for it: for what is work to read however short it is.
pub(super) async fn parse_apart<M: DeserializeOwned + Send + 'static>(body: Vec<u8>, room: u64) -> io::Result<M> {
    let read = tokio::task::spawn_blocking(move || weigh(&body, room).and_then(|()| parse(&body)));
    read.await.map_err(io::Error::other)?
}

/// Reads past the body of a message that is of no use any more.
pub(super) async fn skip_body(input: &mut (impl AsyncRead + Unpin), length: u32) -> io::Result<()> {
    let mut body = input.take(length.into());
    let skipped = tokio::io::copy(&mut body, &mut tokio::io::sink()).await?;
    if skipped == u64::from(length) { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Refuses what would take more memory than this with what it is read into. A byte can become a list, and a list an object.
fn weigh(mut body: &[u8], room: u64) -> io::Result<()> {
    let mut weight = body.len() as u64;
    while let Some((head, rest)) = body.split_first() {
        body = rest;
        let (major, info) = (head >> 5, head & 0x1f);
        let argument = match info {
            0..24 => u64::from(info),
            24..28 => {
                let size = 1_usize << (info - 24);
                let bytes = body.split_off(..size).ok_or(io::ErrorKind::UnexpectedEof)?;
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            // A list of any length, and its end. A text of any length would be put together from its pieces.
            31 if matches!(major, 4 | 5 | 7) => 0,
            _ => return Err(invalid("a message is not CBOR as it is written here")),
        };
        weight = weight.saturating_add(ITEM);
        match major {
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                body.split_off(..length).ok_or(io::ErrorKind::UnexpectedEof)?;
                weight = weight.saturating_add(argument).saturating_add(ALLOCATED);
            }
            5 if argument > 0 || info == 31 => weight = weight.saturating_add(OBJECT),
            _ => {}
        }
        if weight > room {
            return Err(invalid("a message takes more memory than it may"));
        }
    }
    Ok(())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use palisade_core::{
        Catalogue, Image, LogLevel, LogLine, Media, PicoUsd, Schema, Unit, Usage, UsageItem, Warning,
        catalogue::{Comparison, Condition, Description, Model, Parameter, ParameterSpec, Price, Quota},
        chat, custom, image_to_text, moderation, rerank, speech_to_text,
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn receive(mut bytes: &[u8], room: u64) -> io::Result<Option<Value>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let Some(head) = receive_head(&mut bytes).await? else { return Ok(None) };
            let body = receive_body(&mut bytes, head.length, room).await?;
            parse_within(body, room).await.map(Some)
        })
    }

    fn frame(body: &impl Serialize) -> Vec<u8> {
        Frame::new(Kind::Done, 7, body).unwrap().bytes
    }

    #[test]
    fn a_message_arrives_as_it_was_and_the_next_one_behind_it() {
        let message = json!({ "text": "hello", "numbers": [1, -2, 0.1, null, true], "deep": [[[{}]]] });
        let frames = [frame(&message), frame(&json!(2)), Frame::bare(Kind::Gone, 8).bytes].concat();
        let mut input = frames.as_slice();
        let (head, body) = read(&mut input).unwrap().unwrap();
        assert_eq!((head.kind, head.call, parse::<Value>(&body).unwrap()), (Kind::Done, 7, message.clone()));
        assert_eq!(parse::<Value>(&read(&mut input).unwrap().unwrap().1).unwrap(), json!(2));
        let (head, _) = read(&mut input).unwrap().unwrap();
        assert_eq!(head, Head { kind: Kind::Gone, call: 8, length: 0 });
        assert!(read(&mut input).unwrap().is_none());
        assert_eq!(receive(&frame(&message), 4096).unwrap().unwrap(), message);
    }

    #[test]
    fn a_message_is_about_the_call_that_it_is_given() {
        let frame = Frame::new(Kind::Call, 0, &"body").unwrap().about(u64::MAX - 1);
        let (head, body) = read(&mut frame.bytes()).unwrap().unwrap();
        assert_eq!((head.call, parse::<String>(&body).unwrap().as_str()), (u64::MAX - 1, "body"));
    }

    #[test]
    fn every_kind_is_known_by_its_number() {
        for kind in Kind::ALL {
            let head = Head { kind, call: 1, length: 2 };
            assert_eq!(Head::from_bytes(head.to_bytes()).unwrap(), head);
        }
        assert!(Head::from_bytes([255; HEAD]).is_err());
    }

    #[test]
    fn what_is_small_on_the_way_and_large_in_memory_is_refused() {
        // Half a number of half the usual precision, too, is a value like any other.
        for nothing in [b"\xf6".as_slice(), b"\x80", b"\x60", b"\x00", b"\xf9\x38\x00", b"\xf8\x16"] {
            let body = [b"\x9a\x00\x01\x86\xa0".as_slice(), &nothing.repeat(100_000)].concat();
            assert!(body.len() < 400_000);
            assert!(weigh(&body, 7 << 20).is_err(), "{nothing:?}");
            assert!(weigh(&body, 12 << 20).is_ok(), "{nothing:?}");
        }
    }

    #[test]
    fn an_object_weighs_what_its_nodes_take() {
        // Of a tree of the standard library: eleven members, who is above it, and how many there are.
        let member = size_of::<String>() + size_of::<Value>();
        let node = (11 * member + 2 * size_of::<usize>()) as u64;
        assert!(node <= OBJECT);
        // A node that was split is half full, and has its share of those above it; a name of one byte takes what the
        // smallest allocation takes.
        let each = node.div_ceil(5) + node.div_ceil(25) + 32;
        assert!(each <= 2 * ITEM + ALLOCATED, "{each}");
        let heavy = |value: &Value| {
            let body = to_bytes(value).unwrap();
            (1_u64..).map(|kib| kib << 10).find(|&room| weigh(&body, room).is_ok()).unwrap()
        };
        let small: Value = vec![json!({ "": 0 }); 1000].into();
        assert!(heavy(&small) > 1000 * (node + 2 * size_of::<Value>() as u64));
        let wide: Value =
            (0..1000).map(|number| (number.to_string(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
        assert!(heavy(&wide) > 1000 * each);
    }

    #[test]
    fn nothing_takes_more_memory_than_it_weighs() {
        #[track_caller]
        fn check<T: Serialize>(smallest: T) {
            let body = to_bytes(&smallest).unwrap();
            // A list that has just grown has room for twice as many.
            let room = 2 * size_of::<T>() as u64 + body.len() as u64;
            assert!(weigh(&body, room - 1).is_err(), "{} bytes for {body:?}", size_of::<T>());
        }
        let text = String::new;
        let media = || Media { media_type: text(), data: vec![] };
        let schema = || Schema::parse("true").unwrap();
        check(Value::Null);
        check(Image { content: media(), width: None, height: None, seed: None, revised_prompt: None });
        check(media());
        check(UsageItem { unit: Unit::Image, quantity: 0.0 });
        check(Usage::default());
        check(Warning::Note { text: text() });
        check(LogLine { level: LogLevel::Info, text: text() });
        check(chat::ToolCall { id: text(), name: text(), arguments: json!({}) });
        check(moderation::Category { name: text(), flagged: false, score: 0.0 });
        check(moderation::Verdict { flagged: false, categories: vec![] });
        check(rerank::Ranked { index: 0, score: 0.0 });
        check(speech_to_text::Segment { text: text(), start: 0.0, end: 0.0, speaker: None });
        check(image_to_text::Finding { text: text(), kind: text(), confidence: None, region: None });
        check(custom::Task { id: text(), summary: text(), input: schema(), output: schema() });
        check(Model::new("m".parse().unwrap(), &[]));
        check(Parameter { name: text(), spec: ParameterSpec::Flag });
        check(Price::new(Unit::Image, PicoUsd(0)));
        check(Condition { parameter: text(), comparison: Comparison::Equal, value: Value::Null });
        check(Quota { unit: Unit::Image, per_ms: 0, amount: 0 });
        check(Catalogue::new(Description::default(), vec![]));
    }

    #[test]
    fn what_is_cut_off_or_too_long_or_too_deep_is_refused() {
        let whole = frame(&json!(["a text", { "key": 1 }]));
        for length in HEAD..whole.len() {
            assert!(receive(&whole[..length], 4096).is_err(), "{length}");
        }
        let head = Head { kind: Kind::Done, call: 0, length: u32::MAX };
        assert!(receive(&head.to_bytes(), 4096).is_err());
        let longer = [&whole[HEAD..], &[0]].concat();
        assert!(parse::<Value>(&longer).is_err());
        let deep = [vec![0x81; 100_000], vec![0]].concat();
        assert!(parse::<Value>(&deep).is_err(), "a list in a list in a list");
        let pieces = b"\x7f\x61a\x61b\xff";
        assert!(weigh(pieces, 4096).is_err(), "a text in pieces");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _any = receive(&bytes, 1 << 20);
            let head = Head { kind: Kind::Done, call: 0, length: u32::try_from(bytes.len()).unwrap() };
            let _any = receive(&[&head.to_bytes()[..], &bytes].concat(), 1 << 20);
        }
    }
}
