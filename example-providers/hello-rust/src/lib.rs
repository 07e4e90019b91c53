//! Greets whoever speaks to it.

use palisade_guest::{CallOptions, Chat, Description, Model, Provider, Result, chat};

/// The provider.
pub struct HelloRust;

impl Provider for HelloRust {
    fn describe() -> Description {
        Description::new("hello-rust").summary("Greets whoever speaks to it.").model(Model::new("greeter").free())
    }
}
impl Chat for HelloRust {
    fn reply(request: chat::Request, _: &CallOptions) -> Result<chat::Response> {
        Ok(chat::Response::pieces(["Hello, ".to_owned(), format!("{}!", request.prompt())]))
    }
}
palisade_guest::export!(HelloRust: chat);
