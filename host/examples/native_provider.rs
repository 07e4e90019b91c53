//! A provider that is Rust code of the application, registered and chosen like any other.
//!
//! ```text
//! cargo run -p palisade --example native_provider
//! ```

#![allow(clippy::print_stdout, reason = "an example prints")]

use palisade::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Host, Media, Outcome, Provider, Registration, Request, Result,
    Usage,
    catalogue::{Description, Model},
    text_to_image::{Image, Response},
};

/// Draws the first letter of the prompt.
struct Initial {
    catalogue: Catalogue,
}

impl Initial {
    fn new() -> Result<Self, palisade::InvalidId> {
        let mut model = Model::new("initial".parse()?, &[Capability::TextToImage]);
        // An empty list is free; without a list the price would be unknown.
        model.prices = Some(Vec::new());
        let description =
            Description { claimed_id: "initial".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
        Ok(Self { catalogue: Catalogue::new(description, vec![model]) })
    }
}

impl Provider for Initial {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::TextToImage]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            let prompt = match &*call.request {
                Request::TextToImage(request) => request.prompt.as_str(),
                _ => "",
            };
            let letter = prompt.chars().find(char::is_ascii_alphabetic).unwrap_or('?');
            let svg = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'>\
                 <text x='32' y='52' font-size='60' text-anchor='middle'>{letter}</text></svg>"
            );
            let image = Image {
                content: Media { media_type: "image/svg+xml".to_owned(), data: svg.into_bytes() },
                width: Some(64),
                height: Some(64),
                seed: None,
                revised_prompt: None,
            };
            let response = Response { images: vec![image], usage: Usage::default(), warnings: Vec::new() };
            Ok(Outcome { response: response.into(), report: CallReport::default() })
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let host = Host::builder().build().await?;
    host.register("initial", Registration::native(Initial::new()?)).await?;
    let provider = host.find_best_provider(Capability::TextToImage).await?;
    let made = provider.text_to_image("fox").await?;
    for image in &made.response.images {
        println!("{}", String::from_utf8_lossy(&image.content.data));
    }
    Ok(())
}
