//! What a host gets of the provider.

use hello_rust::HelloRust;
use palisade_guest::CallOptions;
use palisade_guest::chat::{Event, Request, reply};

#[test]
fn whoever_speaks_is_greeted() {
    let response = reply::<HelloRust>(Request::new("World"), &CallOptions::new("greeter"));
    let events: Vec<_> = response.into_iter().flatten().flatten().collect();
    assert_eq!(events[..2], [Event::text("Hello, "), Event::text("World!")]);
}
