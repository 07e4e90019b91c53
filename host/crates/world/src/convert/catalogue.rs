//! `catalog`.

use palisade_core::{
    PicoUsd, Unit,
    catalogue::{
        Cancellation, Condition, Description, FailureBilling, Model, Parameter, ParameterSpec, Price, Quota, Range,
    },
    text::escape,
};

use crate::bindings::exports::palisade::provider::catalog as wit;

pub(crate) fn description(info: wit::ProviderInfo) -> Description {
    Description {
        claimed_id: info.id,
        version: info.version,
        summary: info.summary,
        credential_names: info.credential_names,
        hosts: info.hosts,
        config_schema: info.config_schema,
        bills_on_failure: match info.bills_on_failure {
            wit::FailureBilling::Never => FailureBilling::Never,
            wit::FailureBilling::Always => FailureBilling::Always,
            wit::FailureBilling::Unknown => FailureBilling::Unknown,
        },
        idempotent: info.idempotent,
        cancellation: match info.cancellation {
            wit::Cancellation::None => Cancellation::None,
            wit::Cancellation::Refunded => Cancellation::Refunded,
            wit::Cancellation::Billed => Cancellation::Billed,
        },
        resumes: info.resumes,
    }
}

/// A model, or the sentence that says what is wrong with it.
pub(crate) fn model(model: wit::Model) -> Result<Model, String> {
    let id = model.id.parse().map_err(|error| format!("model: {error}"))?;
    let in_model = |reason: String| format!("model `{id}`: {reason}");
    Ok(Model {
        model_ref: model.model_ref,
        // Capabilities of a later version are no concern of this host.
        capabilities: model.capabilities.iter().filter_map(|name| name.parse().ok()).collect(),
        input_types: model.input_types,
        output_types: model.output_types,
        parameters: model.params.into_iter().map(parameter).collect(),
        prices: model
            .prices
            .map(|prices| prices.into_iter().map(price).collect::<Result<_, _>>())
            .transpose()
            .map_err(in_model)?,
        quotas: model.quotas.into_iter().map(quota).collect(),
        max_concurrency: model.max_concurrency,
        context_tokens: model.context_tokens,
        max_output_tokens: model.max_output_tokens,
        regions: model.regions,
        tags: model.tags,
        status: model.status,
        id,
    })
}

/// The bytes that a model takes in the host, with all that belongs to it.
pub(crate) fn model_bytes(model: &wit::Model) -> usize {
    let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
    let parameter = |param: &wit::Param| {
        let spec = match &param.spec {
            wit::ParamSpec::Choice(values) => texts(values),
            wit::ParamSpec::Schema(schema) => schema.len(),
            _ => 0,
        };
        size_of::<wit::Param>() + param.name.len() + spec
    };
    let condition =
        |when: &wit::PriceWhen| size_of::<wit::PriceWhen>() + when.param.len() + when.op.len() + when.value.len();
    let price = |price: &wit::Price| {
        size_of::<wit::Price>() + price.unit.len() + price.when.iter().map(condition).sum::<usize>()
    };
    let quota = |quota: &wit::Quota| size_of::<wit::Quota>() + quota.unit.len();
    let lists = [&model.capabilities, &model.input_types, &model.output_types, &model.regions, &model.tags];
    size_of::<wit::Model>()
        + model.id.len()
        + model.status.len()
        + model.model_ref.as_ref().map_or(0, String::len)
        + lists.into_iter().map(|list| texts(list)).sum::<usize>()
        + model.params.iter().map(parameter).sum::<usize>()
        + model.prices.iter().flatten().map(price).sum::<usize>()
        + model.quotas.iter().map(quota).sum::<usize>()
}

fn parameter(param: wit::Param) -> Parameter {
    let range = |range: wit::Range| Range { min: range.min, max: range.max, step: range.step };
    let spec = match param.spec {
        wit::ParamSpec::Flag => ParameterSpec::Flag,
        wit::ParamSpec::IntRange(integers) => ParameterSpec::Integer(range(integers)),
        wit::ParamSpec::FloatRange(numbers) => ParameterSpec::Number(range(numbers)),
        wit::ParamSpec::Choice(values) => ParameterSpec::Choice { values },
        wit::ParamSpec::Text(max_length) => ParameterSpec::Text { max_length },
        wit::ParamSpec::Schema(schema) => ParameterSpec::Schema { schema },
    };
    Parameter { name: param.name, spec }
}

fn price(price: wit::Price) -> Result<Price, String> {
    let condition = |when: wit::PriceWhen| {
        Ok(Condition {
            comparison: when.op.parse().map_err(|error| format!("prices: when: {error}"))?,
            value: condition_value(&when.value)?,
            parameter: when.param,
        })
    };
    let when = price.when.into_iter().map(condition).collect::<Result<_, String>>()?;
    Ok(Price { when, ..Price::new(Unit::from(price.unit), PicoUsd(price.pico_usd)) })
}

/// The length comes first: JSON takes many times its length in memory.
fn condition_value(json: &str) -> Result<serde_json::Value, String> {
    const MAX: usize = Condition::MAX_VALUE_BYTES;
    if json.len() > MAX {
        return Err(format!("prices: when: a value of {} bytes, and at most {MAX} are taken", json.len()));
    }
    serde_json::from_str(json).map_err(|_| format!("prices: when: `{}` is no JSON", escape(json, 80)))
}

fn quota(quota: wit::Quota) -> Quota {
    Quota { unit: Unit::from(quota.unit), per_ms: quota.per_ms, amount: quota.amount }
}
