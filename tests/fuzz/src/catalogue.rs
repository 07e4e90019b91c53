//! What a provider says of itself.

use arbitrary::{Arbitrary, Result, Unstructured};
use palisade::{
    Capability, Catalogue, ErrorKind, ModelId, PicoUsd, Request, Schema, Unit,
    catalogue::{
        Cancellation, Comparison, Condition, Description, FailureBilling, Model, Parameter, ParameterSpec, Price,
        Quota, Range,
    },
    custom::Task,
};
use serde_json::Value;

use super::assert_harmless;

/// A catalogue is taken or refused with a reason, and one that is taken can be worked with.
pub fn check(data: &[u8]) {
    let Ok((catalogue, exported)) = draw(&mut Unstructured::new(data)) else { return };
    match catalogue.validate(&exported) {
        Ok(()) => use_it(&catalogue),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidCatalogue, "{error}");
            assert_harmless(error.message());
        }
    }
}

fn use_it(catalogue: &Catalogue) {
    serde_json::to_string(catalogue).expect("a catalogue is shown as JSON");
    for model in &catalogue.models {
        for capability in &model.capabilities {
            if let Err(error) = catalogue.check_request(&Request::typical(*capability)) {
                assert_harmless(error.message());
            }
        }
        for Parameter { name, spec } in &model.parameters {
            // Only the provider knows what its own schemas allow.
            let takes_anything = matches!(spec, ParameterSpec::Schema { .. });
            assert_eq!(spec.accepts(&Value::Null), takes_anything, "{name}");
            assert!(takes_anything || !(spec.accepts(&1.into()) && spec.accepts(&"text".into())), "{name}");
        }
    }
}

fn draw(bytes: &mut Unstructured<'_>) -> Result<(Catalogue, Vec<Capability>)> {
    let exported = list(bytes, capability)?;
    let description = Description {
        claimed_id: word(bytes)?,
        version: word(bytes)?,
        summary: word(bytes)?,
        credential_names: list(bytes, word)?,
        hosts: list(bytes, word)?,
        config_schema: maybe(bytes, word)?,
        bills_on_failure: *bytes.choose(&[FailureBilling::Never, FailureBilling::Always, FailureBilling::Unknown])?,
        idempotent: bytes.arbitrary()?,
        cancellation: *bytes.choose(&[Cancellation::None, Cancellation::Refunded, Cancellation::Billed])?,
        resumes: list(bytes, word)?,
    };
    let catalogue = Catalogue::new(description, list(bytes, model)?);
    let tasks = list(bytes, task)?;
    let catalogue = if bytes.arbitrary()? { catalogue.with_tasks(tasks) } else { Catalogue { tasks, ..catalogue } };
    Ok((catalogue, exported))
}

fn model(bytes: &mut Unstructured<'_>) -> Result<Model> {
    let id: ModelId = word(bytes)?.parse().map_err(|_| arbitrary::Error::IncorrectFormat)?;
    let mut model = Model::new(id, &list(bytes, capability)?);
    model.model_ref = maybe(bytes, word)?;
    model.input_types = list(bytes, word)?;
    model.output_types = list(bytes, word)?;
    model.parameters = list(bytes, |bytes| Ok(Parameter { name: word(bytes)?, spec: spec(bytes)? }))?;
    model.prices = maybe(bytes, |bytes| list(bytes, price))?;
    model.quotas =
        list(bytes, |bytes| Ok(Quota { unit: unit(bytes)?, per_ms: bytes.arbitrary()?, amount: bytes.arbitrary()? }))?;
    model.max_concurrency = bytes.arbitrary()?;
    model.context_tokens = bytes.arbitrary()?;
    model.max_output_tokens = bytes.arbitrary()?;
    model.regions = list(bytes, word)?;
    model.tags = list(bytes, word)?;
    if bytes.arbitrary()? {
        model.status = word(bytes)?;
    }
    Ok(model)
}

fn spec(bytes: &mut Unstructured<'_>) -> Result<ParameterSpec> {
    Ok(match bytes.int_in_range(0..=5)? {
        0 => ParameterSpec::Flag,
        1 => ParameterSpec::Integer(range(bytes)?),
        2 => ParameterSpec::Number(range(bytes)?),
        3 => ParameterSpec::Choice { values: list(bytes, word)? },
        4 => ParameterSpec::Text { max_length: bytes.arbitrary()? },
        _ => ParameterSpec::Schema { schema: word(bytes)? },
    })
}

fn range(bytes: &mut Unstructured<'_>) -> Result<Range> {
    Ok(Range { min: bytes.arbitrary()?, max: bytes.arbitrary()?, step: bytes.arbitrary()? })
}

fn price(bytes: &mut Unstructured<'_>) -> Result<Price> {
    let price = Price::new(unit(bytes)?, PicoUsd(bytes.arbitrary()?));
    Ok(Price { when: list(bytes, condition)?, ..price })
}

fn condition(bytes: &mut Unstructured<'_>) -> Result<Condition> {
    const ALL: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];
    let value = serde_json::from_str(&word(bytes)?).unwrap_or(Value::Null);
    Ok(Condition { parameter: word(bytes)?, comparison: *bytes.choose(&ALL)?, value })
}

fn task(bytes: &mut Unstructured<'_>) -> Result<Task> {
    let schema = |bytes: &mut Unstructured<'_>| {
        Schema::parse(&word(bytes)?).or_else(|_| Schema::parse("true")).map_err(|_| arbitrary::Error::IncorrectFormat)
    };
    Ok(Task { id: word(bytes)?, summary: word(bytes)?, input: schema(bytes)?, output: schema(bytes)? })
}

fn capability(bytes: &mut Unstructured<'_>) -> Result<Capability> {
    bytes.choose(Capability::ALL).copied()
}

fn unit(bytes: &mut Unstructured<'_>) -> Result<Unit> {
    Ok(if bytes.arbitrary()? { Unit::Image } else { Unit::from(word(bytes)?) })
}

/// A text: now and then one that has a meaning somewhere, or that is too long anywhere.
fn word(bytes: &mut Unstructured<'_>) -> Result<String> {
    const KNOWN: [&str; 8] = ["m", "card", "1.0.0", "width", "task", "image/png", "live", "\u{1b}[31m"];
    Ok(match bytes.int_in_range(0..=99)? {
        0..=59 => (*bytes.choose(&KNOWN)?).to_owned(),
        60 => "x".repeat(bytes.int_in_range(0..=70_000)?),
        _ => String::arbitrary(bytes)?,
    })
}

fn maybe<T>(bytes: &mut Unstructured<'_>, draw: impl FnOnce(&mut Unstructured<'_>) -> Result<T>) -> Result<Option<T>> {
    Ok(if bytes.arbitrary()? { Some(draw(bytes)?) } else { None })
}

/// A few, and now and then more than is taken anywhere; none when the bytes have run out.
fn list<T>(bytes: &mut Unstructured<'_>, draw: impl Fn(&mut Unstructured<'_>) -> Result<T>) -> Result<Vec<T>> {
    let count = match bytes.int_in_range(0..=200)? {
        200 => 300,
        count => count % 4,
    };
    (0..count).map(|_| draw(bytes)).collect()
}
