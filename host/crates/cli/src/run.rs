//! `palisade run`

use std::{io::Write as _, path::PathBuf, time::Duration};

use palisade::{CallSettings, Host, Media, Operation, State};

use crate::{
    capability::{Capability, Present, Served},
    common::Common,
    format,
    inputs::Purpose,
    invocation::Invocation,
    jobs,
    locate::Place,
    media_type,
    output::Output,
    outputs::Destination,
    progress,
    report::{File, Report},
    search,
};

pub(crate) async fn run<C: Capability>(place: &Place, invocation: Invocation<C>) -> anyhow::Result<()> {
    let (request, common) = invocation.into_request(Purpose::Run)?;
    let name = C::Operation::CAPABILITY.name();
    let destination = Destination::open(common.output.as_deref(), name, C::MAKES_FILES)?;
    let host = place.open(Some(C::Operation::CAPABILITY)).await?;
    warn_of_refused(&host);
    let result = serve::<C>(&host, request, common, destination).await;
    // What has happened is written down.
    host.shutdown(Duration::ZERO).await;
    result
}

async fn serve<C: Capability>(
    host: &Host,
    request: C::Operation,
    common: Common,
    destination: Destination,
) -> anyhow::Result<()> {
    let search = search::search(host, &request.clone().into(), &common);
    let decision = search::decide(&search, &common)?;

    let (bar, progress) = progress::call();
    let settings = CallSettings {
        timeout: common.timeout,
        idempotency_key: common.idempotency_key.clone(),
        options: common.options.iter().cloned().collect(),
        strict: common.strict,
        progress,
        ..CallSettings::default()
    };
    if common.detach {
        bar.finish_and_clear();
        let job = jobs::submit(host, search, request, settings).await?;
        return jobs::print_submitted(&job, common.json);
    }
    let live = (!common.json && destination.is_live(C::MAKES_FILES)).then_some(&bar);
    let served = C::serve(search, request.clone(), settings, live).await;
    bar.finish_and_clear();
    let Served { completion, shown } = served?;

    let response = &completion.response;
    let text = response.text(&request).filter(|_| !shown);
    let mut outputs = response.outputs();
    let media_to_stdout = destination.is_stdout() && !outputs.is_empty();
    // A file that was named is for the media, and for the text where there are none.
    let text_file = text.as_deref().filter(|_| outputs.is_empty() && destination.is_named()).map(text_media::<C>);
    outputs.extend(text_file.as_ref().map(Output::media));
    let paths = if shown { Vec::new() } else { destination.write(&outputs)? };
    warn_of_names(&outputs, &paths);
    let files = outputs.iter().enumerate().map(|(index, output)| File::new(output, paths.get(index)));
    let report = Report::<C::Operation> { decision: &decision, completion: &completion, files: files.collect() };

    let text = text.filter(|_| text_file.is_none());
    let mut stderr = std::io::stderr();
    if common.json {
        let json = format::json(&report.as_json()?)?;
        if !destination.is_stdout() {
            return Ok(format::print(json)?);
        }
        text.filter(|_| !media_to_stdout).iter().try_for_each(|text| format::print_text(text))?;
        return Ok(writeln!(stderr, "{json}")?);
    }
    match text {
        Some(text) if media_to_stdout => write!(stderr, "{}", format::plain(&text))?,
        Some(text) => format::print_text(&text)?,
        None => {}
    }
    match (C::MAKES_FILES, common.explain) {
        (true, explain) if !destination.is_stdout() => format::print(report.tables(explain))?,
        (true, explain) => write!(stderr, "{}", report.tables(explain))?,
        (false, true) => write!(stderr, "{}", report.tables(true))?,
        (false, false) => write!(stderr, "{}", report.line())?,
    }
    for path in report.paths() {
        // Where stdout is a text, it is nothing but the text.
        if C::MAKES_FILES || text_file.is_some() { format::print(path)? } else { writeln!(stderr, "{path}")? }
    }
    Ok(())
}

/// A text as the file that it becomes: what was said, to the letter, with a line break at its end.
fn text_media<C: Capability>(text: &str) -> Media {
    let media_type = <<C::Operation as Operation>::Response as Present<C::Operation>>::TEXT_TYPE;
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Media { media_type: media_type.to_owned(), data: format!("{text}{end}").into_bytes() }
}

/// Says where a file is not what its name says.
fn warn_of_names(outputs: &[Output<'_>], paths: &[PathBuf]) {
    for (output, path) in outputs.iter().zip(paths) {
        let media_type = &output.media.media_type;
        if media_type::of_name(path).is_some_and(|named| named != *media_type) {
            let media_type = palisade::text::escape(media_type, 80);
            // Nobody has to read warnings.
            let _unread = writeln!(std::io::stderr(), "warning: `{}` is {media_type}", path.display());
        }
    }
}

fn warn_of_refused(host: &Host) {
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
}
