//! Who is to serve a step.

use palisade::{
    CallSettings, Completion, Context, Error, ErrorKind, Fallback, FindProvider, PicoUsd, Request, Response, Result,
};
use serde_json::Value;

use crate::definition::Step;

/// The search that a step describes, for no more than is left.
pub(crate) fn search(registry: &Context, step: &Step, request: &Request, left: Option<PicoUsd>) -> FindProvider {
    let parameters = request.parameters();
    let fallback = Fallback::default();
    let mut search = registry
        .find_best_provider(request.capability())
        .for_request(request)
        .prefer(step.prefer)
        .fallback(Fallback { attempts: step.attempts.unwrap_or(fallback.attempts), ..fallback })
        .seed(parameters.get("seed").and_then(Value::as_u64).unwrap_or_default());
    let most = [step.max_price, left, step.free.then_some(PicoUsd::ZERO)].into_iter().flatten().min();
    if let Some(price) = most {
        search = search.max_price(price);
    }
    search = match (&step.provider, &step.model) {
        (Some(provider), Some(model)) => search.model(format!("{provider}/{model}")),
        (Some(name), None) | (None, Some(name)) => search.model(name),
        (None, None) => search,
    };
    if step.strict {
        search = search.strict();
    }
    for feature in &step.require {
        search = search.require(feature.clone());
    }
    for name in &step.exclude {
        search = search.exclude(name);
    }
    for region in &step.region {
        search = search.region(region);
    }
    if let Some(time) = step.within {
        search = search.within(time);
    }
    for (name, value) in &step.options {
        search = search.option(name, value.clone());
    }
    search
}

macro_rules! capabilities {
    ($($variant:ident)+) => {
        /// Has a request of any capability served.
        pub(crate) async fn call(
            search: FindProvider,
            request: Request,
            settings: CallSettings,
        ) -> Result<Completion<Response>> {
            match request {
                $(Request::$variant(request) => search.call(request, settings).await.map(any),)+
                other => {
                    let message = format!("pipelines know nothing of {}", other.capability());
                    Err(Error::new(ErrorKind::UnknownCapability, message))
                }
            }
        }
    };
}

capabilities! {
    TextToImage ImageEdit ImageUpscale Chat Embedding Rerank Moderation ImageToText TextToSpeech SpeechToText TextToVideo ImageToVideo
    Custom VectorStore KeyValueStore ObjectStore Queue Sql
}

fn any<R: Into<Response>>(completion: Completion<R>) -> Completion<Response> {
    let Completion { response, provider, model, cost, report, failed_attempts, is_repeated } = completion;
    Completion { response: response.into(), provider, model, cost, report, failed_attempts, is_repeated }
}

#[cfg(test)]
mod tests {
    use palisade::{Capability, Host};

    use super::*;

    #[tokio::test]
    async fn every_capability_can_be_called() {
        let host = Host::builder().build().await.unwrap();
        for capability in Capability::ALL {
            let request = Request::typical(*capability);
            let called = call(host.find_best_provider(*capability), request, CallSettings::default()).await;
            assert_ne!(called.unwrap_err().kind(), ErrorKind::UnknownCapability, "{capability}");
        }
    }
}
