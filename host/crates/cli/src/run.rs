//! `palisade run`

use std::{io::Write as _, path::Path, path::PathBuf};

use palisade::{
    CallSettings, Capability, Completion, Decision, Host, Media, ProviderHandle, Request, State, Warning, text_to_image,
};
use serde_json::{Value, json};

use crate::{arguments::Run, format, inputs, locate, outputs::Destination, progress};

pub(crate) async fn run(config: Option<&Path>, run: Run) -> anyhow::Result<()> {
    match run.capability {
        Capability::TextToImage => text_to_image(config, run).await,
        other => anyhow::bail!("{other} cannot be run from the command line yet"),
    }
}

async fn text_to_image(config: Option<&Path>, run: Run) -> anyhow::Result<()> {
    let request = inputs::text_to_image(&run)?;
    // Before providers are loaded, which takes a moment.
    Request::from(request.clone()).validate()?;
    let destination = Destination::open(run.output.as_deref(), run.capability)?;
    let to_stdout = destination.is_stdout();
    let host = locate::open(config).await?;
    let provider = find(&host, &run, &request.clone().into()).await?;

    let (bar, progress) = progress::call();
    let settings = CallSettings {
        options: run.options.iter().cloned().collect(),
        strict: run.strict,
        progress,
        ..CallSettings::default()
    };
    let completion = provider.call(request, settings).await;
    bar.finish_and_clear();
    let completion = completion?;

    let media: Vec<&Media> = completion.response.images.iter().map(|image| &image.content).collect();
    let paths = destination.write(&media)?;
    let report = Report { decision: provider.decision(), completion: &completion, paths: &paths };
    match (run.json, to_stdout) {
        // stdout is the picture.
        (true, true) => writeln!(std::io::stderr(), "{:#}", report.as_json())?,
        (true, false) => format::print_json(&report.as_json())?,
        (false, true) => write!(std::io::stderr(), "{}", report.as_text(run.explain))?,
        (false, false) => {
            format::print(report.as_text(run.explain))?;
            paths.iter().try_for_each(|path| format::print(path.display()))?;
        }
    }
    Ok(())
}

async fn find(host: &Host, run: &Run, request: &Request) -> anyhow::Result<ProviderHandle> {
    for provider in host.providers() {
        if let State::Refused { code, message, .. } = &provider.state {
            // Nobody has to read warnings.
            let _unread = writeln!(
                std::io::stderr(),
                "warning: provider `{}` was refused: {}: {message}",
                provider.id,
                code.code()
            );
        }
    }
    let mut search = host
        .find_best_provider(run.capability)
        .for_request(request)
        .prefer(run.prefer.into())
        .seed(run.seed.unwrap_or_default());
    if let Some(model) = &run.model {
        search = search.model(model);
    }
    if let Some(price) = run.max_price {
        search = search.max_price(price);
    }
    if run.strict {
        search = search.strict();
    }
    for feature in &run.require {
        search = search.require(feature.clone());
    }
    for (name, value) in &run.options {
        search = search.option(name, value.clone());
    }
    Ok(search.await?)
}

/// What there is to tell of a call.
struct Report<'a> {
    decision: Option<&'a Decision>,
    completion: &'a Completion<text_to_image::Response>,
    paths: &'a [PathBuf],
}

impl Report<'_> {
    fn as_text(&self, explain: bool) -> String {
        let completion = self.completion;
        let resources = &completion.report.resources;
        let mut text = String::new();
        if let Some(decision) = self.decision.filter(|_| explain) {
            text += &explanation(decision);
        }
        let mut facts = format::facts();
        facts.add_row(["provider", &format!("{}/{}", completion.provider, completion.model)]);
        if let Some(decision) = self.decision {
            facts.add_row(["why", &decision.reason]);
        }
        facts.add_row(["cost", &format::cost(completion.cost)]);
        facts.add_row(["time", &{
            let (wall, guest) = (format::time(resources.wall_time), format::time(resources.guest_time));
            format!("{wall}, of which the provider ran {guest}")
        }]);
        facts.add_row(["fuel", &resources.fuel.map_or_else(|| "-".to_owned(), format::count)]);
        facts.add_row(["memory", &format::bytes(resources.peak_memory_bytes)]);
        facts.add_row(["host calls", &resources.host_calls.to_string()]);
        facts.add_row(["bytes", &{
            let (bytes_in, bytes_out) = (format::bytes(resources.bytes_in), format::bytes(resources.bytes_out));
            format!("{bytes_in} in, {bytes_out} out")
        }]);
        for image in &completion.response.images {
            let size = image.width.zip(image.height).map(|(width, height)| format!("{width}x{height}"));
            let seed = image.seed.map(|seed| format!("seed {seed}"));
            facts.add_row([
                "made",
                &format::list([Some(image.content.media_type.clone()), size, seed].into_iter().flatten()),
            ]);
        }
        for warning in &completion.response.warnings {
            facts.add_row(["warning", &Warning::to_string(warning)]);
        }
        text += &facts.to_string();
        text.push('\n');
        text
    }

    fn as_json(&self) -> Value {
        let completion = self.completion;
        let output = |(index, image): (usize, &text_to_image::Image)| {
            json!({
                "path": self.paths.get(index),
                "media_type": image.content.media_type,
                "bytes": image.content.data.len(),
                "width": image.width,
                "height": image.height,
                "seed": image.seed,
                "revised_prompt": image.revised_prompt,
            })
        };
        json!({
            "provider": completion.provider,
            "model": completion.model,
            "cost_usd": completion.cost,
            "usage": completion.response.usage,
            "resources": completion.report.resources,
            "warnings": completion.response.warnings,
            "log": completion.report.log,
            "log_lines_dropped": completion.report.log_lines_dropped,
            "outputs": completion.response.images.iter().enumerate().map(output).collect::<Vec<_>>(),
            "decision": self.decision,
        })
    }
}

fn explanation(decision: &Decision) -> String {
    let mut table = format::table(&["considered", "J", "cost", "time", "risk", "quality gap", "seconds", "quality"]);
    for considered in &decision.considered {
        let score = &considered.score;
        let dollars = |amount: f64| format!("${amount:.4}");
        table.add_row([
            format!("{}/{}", considered.provider, considered.model),
            dollars(score.total),
            format::cost(considered.cost),
            dollars(score.time),
            dollars(score.risk),
            dollars(score.quality_gap),
            format!("{:.2} ({})", score.seconds, source(score.seconds_source)),
            format!("{:.2} ({})", score.quality, source(score.quality_source)),
        ]);
    }
    let mut text = format!("{table}\n");
    if !decision.rejected.is_empty() {
        let mut table = format::table(&["rejected"]);
        for rejection in &decision.rejected {
            table.add_row([rejection.to_string()]);
        }
        text += &format!("{table}\n");
    }
    text
}

fn source(source: palisade::Provenance) -> &'static str {
    match source {
        palisade::Provenance::Claimed => "claimed",
        palisade::Provenance::Operator => "operator",
        palisade::Provenance::Measured => "measured",
        palisade::Provenance::Assumed => "assumed",
    }
}
