//! Two tenants of one host, each with a provider `painter`, a budget of its own, and nothing in common.
//!
//! ```text
//! cargo run -p palisade --example multi_tenant
//! ```

#![allow(clippy::print_stdout, reason = "an example prints")]

use palisade::{Budget, ContextSettings, Host, Period, Registration, catalogue::FailureBilling, text_to_image};
use palisade_chaos::{Act, Chaos};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let host = Host::builder().build().await?;
    let dollar = Budget {
        name: "pictures".to_owned(),
        scope: None,
        capability: None,
        provider: None,
        limit: "1.00".parse()?,
        period: Period::FOREVER,
    };
    host.create_context("acme", ContextSettings::default().budget(dollar)).await?;

    let cents = "0.40".parse()?;
    let painter = || Registration::native(Chaos::always(Act::Serve).billing(cents, FailureBilling::Never));
    for tenant in ["acme", "globex"] {
        let context = host.context(tenant)?;
        context.register("painter", painter()).await?;
        for number in 1..=3 {
            match context.call(text_to_image::Request::new("a red fox in fresh snow")).await {
                Ok(made) => println!("{tenant}: picture {number} from {}", made.provider),
                Err(error) => println!("{tenant}: {}: {error}", error.kind().code()),
            }
        }
    }
    println!("whoever has no name has none of it: {:?}", host.names());
    Ok(())
}
