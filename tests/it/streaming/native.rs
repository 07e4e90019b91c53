//! Native providers stream as well, whether they give pieces or not.

use futures_util::StreamExt as _;
use palisade::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Host, Outcome, Provider, Registration, Result,
    catalogue::{Description, Model},
    chat::{Event, Finish, Response},
};

/// Says `a b`, in one piece or in two.
struct Speaker {
    catalogue: Catalogue,
    pieces: bool,
}

impl Speaker {
    fn new(pieces: bool) -> Self {
        let description =
            Description { claimed_id: "speaker".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
        let model = Model::new("speaker".parse().unwrap(), &[Capability::Chat]);
        Self { catalogue: Catalogue::new(description, vec![model]), pieces }
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
            if self.pieces {
                for text in ["a", " b"] {
                    call.events.send(Event::Text(text.to_owned())).await;
                }
            }
            Ok(Outcome { response: Response::text("a b").into(), report: CallReport::default() })
        })
    }
}

#[tokio::test]
async fn who_gives_no_pieces_gives_the_whole_in_one() {
    for (pieces, expected) in [(false, vec!["a b"]), (true, vec!["a", " b"])] {
        let host = Host::builder().build().await.unwrap();
        host.register("speaker", Registration::native(Speaker::new(pieces))).await.unwrap();
        let stream = host.get("speaker").unwrap().chat_stream("say it").unwrap();
        let events: Vec<_> = stream.map(|event| event.unwrap()).collect().await;
        let mut expected: Vec<_> = expected.into_iter().map(|text| Event::Text(text.to_owned())).collect();
        expected.push(Event::Finish(Finish::default()));
        assert_eq!(events, expected);
    }
}
