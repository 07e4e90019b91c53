//! A provider that fails, and what becomes of the requests meanwhile.
//!
//! ```text
//! cargo run -p palisade --example failover
//! ```

#![allow(clippy::print_stdout, reason = "an example prints")]

use palisade::{CallSettings, Capability, ErrorKind, Host, Preference, Registration, Submitted, chat};
use palisade_chaos::{Act, Chaos};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let host = Host::builder().build().await?;
    // The best, which fails for its calls 3 to 9; and one that is worse, and steady.
    let primary = Chaos::new(|call| match call {
        3..10 => Act::fail(ErrorKind::Upstream, Submitted::No),
        _ => Act::Serve,
    });
    host.register("primary", Registration::native(primary).quality(0.9)).await?;
    host.register("spare", Registration::native(Chaos::always(Act::Serve)).quality(0.5)).await?;

    for number in 0..12 {
        let search = host.find_best_provider(Capability::Chat).prefer(Preference::Best);
        let answer = search.call(chat::Request::new("Is all well?"), CallSettings::default()).await?;
        let failed: Vec<_> = answer.failed_attempts.iter().map(ToString::to_string).collect();
        println!("request {number}: {} {}", answer.provider, failed.join(", "));
    }
    let status = host.status("primary")?;
    for model in &status.models {
        println!("the primary is {}", serde_json::to_string(&model.health)?);
    }
    Ok(())
}
