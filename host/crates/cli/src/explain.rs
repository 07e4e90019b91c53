//! `palisade explain`, `palisade replay`

use std::path::Path;

use palisade::{Decision, DecisionRecord, Error, ErrorKind, Operation as _};

use crate::{
    capability::Capability, explanation, format, inputs::Purpose, invocation::Invocation, locate::Place, search,
};

pub(crate) async fn explain<C: Capability>(place: &Place, invocation: Invocation<C>) -> anyhow::Result<()> {
    let (request, common) = invocation.into_request(Purpose::Explain)?;
    let host = place.open(Some(C::Operation::CAPABILITY)).await?;
    let decision = search::decide(&search::search(&host, &request.into(), &common), &common)?;
    print(&decision, common.json)
}

pub(crate) fn replay(file: &Path, json: bool) -> anyhow::Result<()> {
    let failed = |error| {
        let path = palisade::text::escape(&file.display().to_string(), 1000);
        Error::new(ErrorKind::Io, format!("cannot read `{path}`")).with_source(error)
    };
    let record = DecisionRecord::from_bytes(&std::fs::read(file).map_err(failed)?)?;
    print(&record.explain()?, json)
}

fn print(decision: &Decision, json: bool) -> anyhow::Result<()> {
    if json {
        return format::print_json(decision);
    }
    let chosen = decision.chosen();
    format::print(format_args!("{}/{}: {}", chosen.provider, chosen.model, decision.reason()))?;
    format::print(explanation::tables(decision))?;
    Ok(())
}
