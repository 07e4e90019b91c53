//! Opens a host and lets the best provider make a picture.
//!
//! ```text
//! cargo xtask guests && cargo run -p palisade --example hello -- target/providers/palisade.toml
//! ```

#![allow(clippy::print_stdout, reason = "an example prints")]

use anyhow::Context as _;
use palisade::{Capability, Feature, Host};

fn main() -> anyhow::Result<()> {
    // The host runs this program again to compile components, in a process that gives up everything else. It can while no
    // runtime runs.
    palisade::init();
    run()
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> anyhow::Result<()> {
    let config = std::env::args().nth(1).context("name a palisade.toml")?;
    let host = Host::open(config).await?;
    let provider = host.find_best_provider(Capability::TextToImage).require(Feature::Seed).free().await?;
    let made = provider.text_to_image("a red fox in fresh snow").await?;
    for image in &made.response.images {
        println!("{} bytes of {} from {}", image.content.data.len(), image.content.media_type, made.provider);
    }
    println!("{} of fuel, {:?}", made.report.resources.fuel.unwrap_or_default(), made.report.resources.wall_time);
    Ok(())
}
