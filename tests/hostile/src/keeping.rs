//! Keeps values between its calls. The prompt says what: `set key value`, `fill key bytes`, `get key`, `delete key`, `keys prefix`.

use palisade_guest::chat::{Request, Response};
use palisade_guest::{Failure, Result, key_value};

/// Has to note something.
pub(crate) fn note() -> Result<Response> {
    key_value::set("called", b"yes")?;
    Ok(Response::text("noted"))
}

pub(crate) fn reply(request: &Request) -> Result<Response> {
    let prompt = request.prompt();
    let mut words = prompt.splitn(3, ' ');
    let (what, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let value = words.next().unwrap_or_default();
    let said = match what {
        "set" => key_value::set(key, value.as_bytes()).map(|()| "kept".to_owned()),
        "fill" => key_value::set(key, &vec![7; value.parse().unwrap_or(0)]).map(|()| "kept".to_owned()),
        "get" => key_value::get(key).map(|value| match value {
            Some(value) => String::from_utf8_lossy(&value).into_owned(),
            None => "nothing".to_owned(),
        }),
        "delete" => key_value::delete(key).map(|()| "forgotten".to_owned()),
        "keys" => key_value::keys(key, None).map(|keys| keys.join(" ")),
        _ => Err(Failure::invalid_input("prompt", "say what to do")),
    };
    Ok(Response::text(said.unwrap_or_else(|failure| failure.message)))
}
