//! The ways to ask: for a picture, for an answer in pieces, for one by whoever can, and for a film that takes its time.
//!
//! ```text
//! cargo run -p palisade --example asking     # in a folder with a palisade.toml
//! ```

#![allow(clippy::print_stdout, reason = "an example prints")]

use palisade::{CallSettings, Capability, Host, ProgressSink, Result, text_to_video};

fn main() -> Result<()> {
    palisade::init();
    run()
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> Result<()> {
    let host = Host::open("palisade.toml").await?;
    let provider = host.find_best_provider(Capability::TextToImage).await?;
    let made = provider.text_to_image("a red fox in fresh snow").await?;
    println!(
        "{} bytes from {}",
        made.response.images.iter().map(|image| image.content.data.len()).sum::<usize>(),
        made.provider
    );

    in_pieces(&host).await?;
    by_whoever_can(&host).await?;
    as_a_job(&host).await?;
    without_waiting(&host).await
}

async fn in_pieces(host: &Host) -> Result<()> {
    use futures_util::StreamExt as _;

    let mut answer = host.find_best_provider(Capability::Chat).await?.chat_stream("I feel sad about my work")?;
    while let Some(event) = answer.next().await {
        if let palisade::chat::Event::Text(text) = event? {
            print!("{text}");
        }
    }
    Ok(())
}

async fn by_whoever_can(host: &Host) -> Result<()> {
    let request = palisade::text_to_image::Request::new("a red fox in fresh snow");
    let made = host.find_best_provider(Capability::TextToImage).call(request, CallSettings::default()).await?;
    for attempt in &made.failed_attempts {
        println!("before {}: {attempt}", made.provider);
    }
    Ok(())
}

async fn as_a_job(host: &Host) -> Result<()> {
    let request = text_to_video::Request::new("a red fox runs through fresh snow");
    let films = host.find_best_provider(Capability::TextToVideo).call(request, CallSettings::default()).await?;
    println!("{} films", films.response.videos.len());
    Ok(())
}

async fn without_waiting(host: &Host) -> Result<()> {
    let request = text_to_video::Request::new("a red fox runs through fresh snow");
    let settings = CallSettings::default();
    let job = host.find_best_provider(Capability::TextToVideo).submit(request, settings).await?;
    println!("{}", job.id());
    // Later, or in another process:
    let made = host.job("4f0c19").await?.wait(None, ProgressSink::default()).await?;
    println!("{made:?}");
    Ok(())
}
