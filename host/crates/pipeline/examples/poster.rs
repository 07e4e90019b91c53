//! A pipeline that a program puts together: words for a poster, and the poster.

#![allow(clippy::print_stdout, reason = "it is what the example is for")]

use palisade::{Capability, Host, Preference};
use palisade_pipeline::{Base, Definition, Input, Inputs, Kind, Plan, RunSettings, Step};

fn main() -> anyhow::Result<()> {
    // Before a runtime starts.
    palisade::init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let host = Host::open("palisade.toml").await?;

    let idea = Step::new(Capability::Chat).with("prompt", "A title about ${inputs.topic}");
    let draw = Step::new(Capability::TextToImage).with("prompt", "${steps.idea.text}").with("size", "480x320");
    let definition = Definition::new("poster".parse()?)
        .input("topic".parse()?, Input::new(Kind::one(Base::Text)))
        .step("idea".parse()?, idea)
        .step("draw".parse()?, Step { prefer: Preference::Cheapest, retry: 1, ..draw })
        .output("poster".parse()?, "${steps.draw.image}");
    let plan = Plan::new(definition)?;

    let inputs = Inputs::default().value("topic", "a red fox");
    println!("expected to cost: {}", plan.estimate(&host, &inputs)?.total);
    let report = plan.run(&host, &inputs, RunSettings::new(".palisade/pipelines")).await?;
    for (name, made) in &report.outputs {
        println!("{name}: {}", made.kind);
    }
    report.failure.map_or(Ok(()), |failure| Err(failure.into()))
}
