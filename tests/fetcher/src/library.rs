//! Requests by `wstd`, which is written for any host of WASI.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use wstd::http::{Body, Client, Error, ErrorCode, Request};
use wstd::runtime::block_on;

use crate::Wanted;

/// All there is to say of an answer.
pub(crate) fn fetch(wanted: Wanted) -> String {
    block_on(tell(wanted))
}

/// What two answers to the same request are, the second of which may be needed for the first.
pub(crate) fn fetch_two(wanted: Wanted) -> String {
    let Wanted { method, url, body, headers } = &wanted;
    let again = || Wanted { method: method.clone(), url: url.clone(), body: body.clone(), headers: headers.clone() };
    let told = block_on(async {
        let (mut one, mut two) = (pin!(tell(again())), pin!(tell(again())));
        let mut told = Vec::new();
        let mut is_done = [false, false];
        poll_fn(|context| {
            for (request, done) in [one.as_mut(), two.as_mut()].into_iter().zip(&mut is_done) {
                if !*done && let Poll::Ready(text) = request.poll(context) {
                    *done = true;
                    told.push(text);
                }
            }
            if is_done == [true, true] { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        told
    });
    told.join(" and ")
}

async fn tell(wanted: Wanted) -> String {
    try_tell(wanted).await.unwrap_or_else(|error| match error.downcast_ref::<ErrorCode>() {
        Some(code) => format!("{code:?}"),
        None => format!("{error:#}"),
    })
}

async fn try_tell(wanted: Wanted) -> Result<String, Error> {
    let mut request = Request::builder().method(wanted.method.as_str()).uri(wanted.url);
    for (name, value) in wanted.headers {
        request = request.header(name, value);
    }
    let response = Client::new().send(request.body(Body::from(wanted.body))?).await?;
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    let head = format!("{}\n{}", response.status().as_u16(), headers.collect::<String>());
    let mut body = response.into_body();
    Ok(format!("{head}{}", String::from_utf8_lossy(body.contents().await?)))
}
