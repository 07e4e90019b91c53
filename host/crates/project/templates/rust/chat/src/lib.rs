//! Greets whoever speaks to it.

use palisade_guest::{CallOptions, Chat, Description, Model, Provider, Result, chat};

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        Description::new("my-provider").summary("Greets whoever speaks to it.").model(Model::new("greeter").free())
    }
}
impl Chat for MyProvider {
    fn reply(request: chat::Request, _: &CallOptions) -> Result<chat::Response> {
        Ok(chat::Response::pieces(["Hello, ".to_owned(), format!("{}!", request.prompt())]))
    }
}
palisade_guest::export!(MyProvider: chat);
