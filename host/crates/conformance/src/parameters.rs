//! Parameters as the catalogue lists them: values that it allows, values that it does not, and how they get into a request.

use palisade_core::{
    Request,
    catalogue::{ParameterSpec, Range},
};
use serde_json::{Map, Value, json};

/// Choices that are tried of one parameter.
const MAX_CHOICES: usize = 6;

/// What a specification allows and forbids.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Values {
    /// Those that it allows, the least demanding first.
    pub(crate) allowed: Vec<Value>,
    /// Those just beyond.
    pub(crate) forbidden: Vec<Value>,
}

/// Values of a parameter, at its edges and between.
pub(crate) fn values(spec: &ParameterSpec) -> Values {
    match spec {
        ParameterSpec::Flag => Values { allowed: vec![true.into(), false.into()], forbidden: Vec::new() },
        ParameterSpec::Integer(range) => Values {
            allowed: distinct([range.min, middle(range), range.max].map(whole)),
            forbidden: beyond(range).into_iter().map(whole).collect(),
        },
        ParameterSpec::Number(range) => {
            let number = |number: f64| number.into();
            Values {
                allowed: distinct([range.min, middle(range), range.max].map(number)),
                forbidden: beyond(range).into_iter().map(number).collect(),
            }
        }
        ParameterSpec::Choice { values } => Values {
            allowed: values.iter().take(MAX_CHOICES).map(|value| value.as_str().into()).collect(),
            forbidden: vec!["no-such-choice".into()],
        },
        ParameterSpec::Text { max_length } => {
            let text = |length: u32| "x".repeat(length as usize).into();
            // Longer ones say nothing more, and the host takes no more than a mebibyte.
            let most = (*max_length).clamp(1, 10_000);
            let too_long = (*max_length < 100_000).then(|| text(max_length.saturating_add(1)));
            Values { allowed: distinct([text(1), text(most)]), forbidden: too_long.into_iter().collect() }
        }
        ParameterSpec::Schema { .. } => Values::default(),
    }
}

fn distinct<const N: usize>(values: [Value; N]) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// A number as JSON writes whole numbers; seeds have 64 bits.
fn whole(number: f64) -> Value {
    if number < 0.0 { Value::from(number as i64) } else { Value::from(number as u64) }
}

/// A value near the lower end, on a step: those in the middle of a wide range cost as much as those at its end.
fn middle(range: &Range) -> f64 {
    let aim = range.min + (range.max - range.min) / 8.0;
    let step = range.step.unwrap_or(if range.max - range.min >= 8.0 { 1.0 } else { 0.0 });
    if step > 0.0 { range.min + ((aim - range.min) / step).floor() * step } else { aim }
}

/// The numbers just outside, where there are any.
fn beyond(range: &Range) -> Vec<f64> {
    let below = (range.min > 1.0).then_some(range.min - 1.0);
    let above = (range.max < 1e9).then_some(range.max + range.step.unwrap_or(1.0).max(1.0));
    below.into_iter().chain(above).collect()
}

/// The request with a parameter set; none where it is no field of such a request, or no value that anybody may give it.
pub(crate) fn with(request: &Request, name: &str, value: &Value) -> Option<Request> {
    let mut json = serde_json::to_value(request).ok()?;
    let fields = json.as_object_mut()?.values_mut().next()?.as_object_mut()?;
    set(fields, name, value)?;
    let request: Request = serde_json::from_value(json).ok()?;
    request.validate().ok().map(|()| request)
}

fn set(fields: &mut Map<String, Value>, name: &str, value: &Value) -> Option<()> {
    let field = name.replace('-', "_");
    let (field, value) = match name {
        "factor" if fields.contains_key("scale") => ("scale".to_owned(), json!({ "factor": value })),
        "stop" => {
            let texts = ["zebra", "quartz", "walnut", "violin"].into_iter().cycle();
            (field, texts.take(value.as_u64().unwrap_or(1).clamp(1, 16) as usize).collect())
        }
        "response-schema" => (field, json!({ "type": "object" })),
        "tools" => (
            field,
            json!([{ "name": "weather", "description": "The weather now.", "parameters": { "type": "object" } }]),
        ),
        _ => (field, value.clone()),
    };
    *fields.get_mut(&field)? = value;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::{Capability, text_to_image};

    #[test]
    fn values_lie_where_the_specification_says() {
        let range = Range { min: 64.0, max: 128.0, step: Some(32.0) };
        for spec in [
            ParameterSpec::Flag,
            ParameterSpec::Integer(range),
            ParameterSpec::Number(Range { min: 0.0, max: 2.0, step: None }),
            ParameterSpec::Integer(Range { min: 0.0, max: u64::MAX as f64, step: None }),
            ParameterSpec::Choice { values: vec!["low".to_owned(), "high".to_owned()] },
            ParameterSpec::Text { max_length: 5 },
        ] {
            let Values { allowed, forbidden } = values(&spec);
            assert!(!allowed.is_empty() && allowed.iter().all(|value| spec.accepts(value)), "{spec:?}: {allowed:?}");
            assert!(!forbidden.iter().any(|value| spec.accepts(value)), "{spec:?}: {forbidden:?}");
        }
        assert_eq!(values(&ParameterSpec::Integer(range)).forbidden, [json!(63), json!(160)]);
    }

    #[test]
    fn a_parameter_is_set_where_the_request_has_it() {
        let request: Request = text_to_image::Request::new("a fox").into();
        let Some(Request::TextToImage(set)) = with(&request, "output-format", &json!("image/png")) else { panic!() };
        assert_eq!(set.output_format.as_deref(), Some("image/png"));
        assert!(with(&request, "ecc", &json!("high")).is_none(), "it is no field");
        assert!(with(&request, "n", &json!(65)).is_none(), "nobody may ask for that");
        let chat = Request::typical(Capability::Chat);
        for name in ["stop", "tools", "response-schema", "temperature"] {
            assert!(with(&chat, name, &json!(1)).is_some(), "{name}");
        }
    }
}
