//! `palisade explain`

use std::path::Path;

use palisade::Operation as _;

use crate::{capability::Capability, explanation, format, inputs::Purpose, invocation::Invocation, locate, search};

pub(crate) async fn explain<C: Capability>(config: Option<&Path>, invocation: Invocation<C>) -> anyhow::Result<()> {
    let (request, common) = invocation.into_request(Purpose::Explain)?;
    let host = locate::open(config, Some(C::Operation::CAPABILITY)).await?;
    let decision = search::search(&host, &request.into(), &common).explain()?;
    if common.json {
        return format::print_json(&decision);
    }
    let chosen = decision.chosen();
    format::print(format_args!("{}/{}: {}", chosen.provider, chosen.model, decision.reason))?;
    format::print(explanation::tables(&decision))?;
    Ok(())
}
