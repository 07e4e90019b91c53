//! Native providers stream as well, whether they give pieces or not, and from whatever task.

use futures_util::{FutureExt as _, StreamExt as _};
use palisade::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Error, ErrorKind, Outcome, Provider, Registration, Result,
    catalogue::{Description, Model},
    chat::{Event, Finish, Response},
};

use crate::support::builder;

/// How a provider hands its pieces over.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Whole,
    Pieces,
    PiecesAndEnd,
    FromAnotherTask,
    WithoutWaiting,
    OnAfterTheEnd,
    DetachedAndLate,
    PieceAndFailure,
}

/// Says `a b`.
struct Speaker {
    catalogue: Catalogue,
    manner: Manner,
}

impl Speaker {
    fn new(manner: Manner) -> Self {
        let description =
            Description { claimed_id: "speaker".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
        let model = Model::new("speaker".parse().unwrap(), &[Capability::Chat]);
        Self { catalogue: Catalogue::new(description, vec![model]), manner }
    }
}

async fn say(call: Call) {
    for text in ["a", " b"] {
        call.events.send(Event::Text(text.to_owned())).await;
    }
}

impl Provider for Speaker {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::Chat]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            match self.manner {
                Manner::Whole => {}
                Manner::Pieces => say(call).await,
                Manner::PiecesAndEnd => {
                    say(call.clone()).await;
                    call.events.send(Event::Finish(Finish::default())).await;
                }
                Manner::FromAnotherTask => tokio::spawn(say(call)).await.unwrap(),
                Manner::OnAfterTheEnd => {
                    say(call.clone()).await;
                    call.events.send(Event::Finish(Finish::default())).await;
                    call.events.send(Event::Text("c".to_owned())).await;
                }
                Manner::PieceAndFailure => {
                    let _untaken = call.events.send(Event::Text("a".to_owned())).now_or_never();
                    return Err(Error::new(ErrorKind::Upstream, "it broke off"));
                }
                Manner::DetachedAndLate => drop(tokio::spawn(say(call))),
                Manner::WithoutWaiting => {
                    for text in ["a", " b"] {
                        let handed_over = call.events.send(Event::Text(text.to_owned()));
                        assert!(handed_over.now_or_never().is_none(), "nobody has taken it yet");
                    }
                }
            }
            Ok(Outcome { response: Response::text("a b").into(), report: CallReport::default() })
        })
    }
}

#[tokio::test]
async fn pieces_come_once_in_order_and_with_an_end_however_they_are_handed_over() {
    let cases = [
        (Manner::Whole, &["a b"][..]),
        (Manner::Pieces, &["a", " b"]),
        (Manner::PiecesAndEnd, &["a", " b"]),
        (Manner::FromAnotherTask, &["a", " b"]),
        (Manner::WithoutWaiting, &["a", " b"]),
        (Manner::OnAfterTheEnd, &["a", " b"]),
        (Manner::DetachedAndLate, &["a b"]),
    ];
    for (manner, texts) in cases {
        let host = builder().build().await.unwrap();
        host.register("speaker", Registration::native(Speaker::new(manner))).await.unwrap();
        let stream = host.get("speaker").unwrap().chat_stream("say it").unwrap();
        let events: Vec<_> = stream.map(|event| event.unwrap()).collect().await;
        let mut expected: Vec<_> = texts.iter().map(|text| Event::Text((*text).to_owned())).collect();
        expected.push(Event::Finish(Finish::default()));
        assert_eq!(events, expected, "{manner:?}");
    }
}

#[tokio::test]
async fn nothing_comes_after_an_error() {
    let host = builder().build().await.unwrap();
    host.register("speaker", Registration::native(Speaker::new(Manner::PieceAndFailure))).await.unwrap();
    let stream = host.get("speaker").unwrap().chat_stream("say it").unwrap();
    let events: Vec<_> = stream.collect().await;
    let [Err(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.kind(), ErrorKind::Upstream);
}
