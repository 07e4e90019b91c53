//! Moderators.

use palisade::{Capability, ErrorClass, ErrorKind, Media, ProviderHandle, moderation::Request};

use super::{assert_field, those_who};
use crate::support::{behaving, with};

fn moderators() -> Vec<ProviderHandle> {
    those_who(Capability::Moderation)
}

#[tokio::test]
async fn a_threat_is_flagged_and_a_town_is_not() {
    let texts = ["Have a classic day in Scunthorpe.", "I will k1ll you, you f.u.c.k.i.n.g idiot", ""];
    for moderator in moderators() {
        let verdicts = moderator.moderation(Request::new(texts)).await.unwrap().response.verdicts;
        let flagged: Vec<_> = verdicts.iter().map(|verdict| verdict.flagged).collect();
        assert_eq!(flagged, [false, true, false], "{}", moderator.id());
        let violence = verdicts[1].categories.iter().find(|category| category.name == "violence").unwrap();
        assert!(violence.flagged && violence.score > 0.5, "{}", moderator.id());
    }
}

#[tokio::test]
async fn ten_thousand_texts_have_as_many_verdicts() {
    for moderator in moderators() {
        let made = moderator.moderation(Request::new(vec!["a fox in the snow"; 10_000])).await.unwrap();
        assert_eq!(made.response.verdicts.len(), 10_000);
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_with_its_field() {
    let cases = [
        ("items", Request::new::<&str>([])),
        ("items[0]", Request::new(["x".repeat(10_000_000)])),
        ("items[0]", Request::new([Media { media_type: "picture".to_owned(), data: vec![1] }])),
    ];
    for moderator in moderators() {
        for (field, request) in &cases {
            assert_field(&moderator, &moderator.moderation(request.clone()).await.unwrap_err(), field);
        }
    }
}

#[tokio::test]
async fn any_item_is_looked_at_or_refused_and_never_crashes() {
    let picture = Media { media_type: "image/png".to_owned(), data: b"\x89PNG nonsense".to_vec() };
    for moderator in moderators() {
        for text in ["\0", "\u{202e}", "e\u{301}\u{301}", &"x".repeat(1 << 20), &"\u{fdfa}".repeat(100_000)] {
            moderator.moderation(Request::new([text])).await.unwrap();
        }
        if let Err(error) = moderator.moderation(Request::new([picture.clone()])).await {
            assert_eq!(error.kind().class(), ErrorClass::Request, "{}: {error}", moderator.id());
        }
    }
}

#[tokio::test]
async fn a_verdict_that_makes_no_sense_is_bad_output() {
    for (behaviour, says) in [("contradicts-itself", "contradicts"), ("surer-than-sure", "score of 2")] {
        with(behaving(behaviour), async |moderator| {
            let error = moderator.moderation(Request::new(["a"])).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadOutput, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {error}");
        })
        .await;
    }
    let made =
        with(behaving("red-category"), async |moderator| moderator.moderation(Request::new(["a"])).await.unwrap());
    assert_eq!(made.await.response.verdicts[0].categories[0].name, "\\u{1b}[31mred");
}
