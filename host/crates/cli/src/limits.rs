//! Limits: the presets that can be named, and what a provider has, with who decided it.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::Table;
use palisade::{ComponentDetails, GUEST_STACK_BYTES, Limit, LimitGroup, LimitValue, Preset};

use crate::format;

/// Reads the name of a preset.
pub(crate) fn preset() -> impl TypedValueParser<Value = Preset> {
    let named = |name: String| Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or("no such preset");
    PossibleValuesParser::new(Preset::ALL.map(Preset::name)).try_map(named)
}

/// The limits of a component, as a configuration would have them, and where each comes from.
pub(crate) fn table(component: &ComponentDetails) -> Table {
    let mut table = format::table(&["limits", "limit", "value", "from"]);
    for group in LimitGroup::ALL {
        let limits = Limit::ALL.iter().copied().filter(|limit| limit.group() == *group);
        let mut rows: Vec<_> = limits
            .map(|limit| {
                let (value, source) = (component.limits.get(limit), component.limit_sources.of(limit));
                [limit.key().to_owned(), value.to_string(), source.to_string()]
            })
            .collect();
        if *group == LimitGroup::Memory {
            let size = LimitValue::Bytes(GUEST_STACK_BYTES as u64);
            rows.push(["stack".to_owned(), size.to_string(), "fixed by the engine".to_owned()]);
        }
        let column = |cell: fn(&[String; 3]) -> &String| format::lines(rows.iter().map(cell));
        table.add_row([
            group.title().to_owned(),
            column(|[key, _, _]| key),
            column(|[_, value, _]| value),
            column(|[_, _, source]| source),
        ]);
    }
    table
}
