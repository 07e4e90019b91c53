//! Providers that are Rust code of the application are held to the same contract.

use std::time::Duration;

use palisade::{Capability, ErrorKind, Limits, Registration};

use super::{check, host};
use crate::{
    native::{Doing, Native},
    support::{behaving, within},
};

#[tokio::test]
async fn a_native_provider_and_a_component_stand_beside_each_other() {
    let host = host().await;
    host.register("native", Registration::native(Native::new(Doing::Answer)).quality(0.9)).await.unwrap();
    host.register("component", behaving("well-behaved").quality(0.1)).await.unwrap();
    let find = |name: &str| host.find_best_provider(Capability::TextToImage).model(name);
    for name in ["native", "component"] {
        let made = find(name).await.unwrap().text_to_image("a fox").await.unwrap();
        assert_eq!(made.provider.as_str(), name);
        assert_eq!(made.report.resources.fuel.is_some(), name == "component");
        assert!(made.report.resources.bytes_out > 0 && made.report.resources.bytes_in == 5);
    }
}

#[tokio::test]
async fn a_native_provider_that_misbehaves_ends_that_one_call() {
    let cases = [
        (Doing::AnswerNothing, ErrorKind::BadOutput, "0 pictures"),
        (Doing::Fail, ErrorKind::RateLimited, "too many pictures"),
        (Doing::Panic, ErrorKind::Trap, "panicked"),
        (Doing::PanicBeforeTheFuture, ErrorKind::Trap, "panicked"),
        (Doing::Hang, ErrorKind::Deadline, "longer than 50ms"),
    ];
    let host = host().await;
    host.register("good", Registration::native(Native::new(Doing::Answer))).await.unwrap();
    for (doing, kind, says) in cases {
        let limits = Limits { timeout: Duration::from_millis(50), ..Limits::default() };
        host.register("bad", Registration::native(Native::new(doing)).limits(limits)).await.unwrap();
        let made = within(Duration::from_secs(1), host.get("bad").unwrap().text_to_image("a fox")).await;
        check(made, kind, says);
        host.unregister("bad").await.unwrap();
        host.get("good").unwrap().text_to_image("a fox").await.unwrap();
    }
}

#[tokio::test]
async fn the_catalogue_of_a_native_provider_is_checked_too() {
    let host = host().await;
    let bad = Native::new(Doing::Answer).change(|catalogue| catalogue.models.clear());
    check(host.register("bad", Registration::native(bad)).await, ErrorKind::InvalidCatalogue, "there are none");
}
