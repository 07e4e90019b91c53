//! `palisade prices`

use palisade::{ListedPrices, ModelStatus, PriceLayers, ProviderId, Sourced, catalogue::Price};
use serde::Serialize;

use crate::{format, locate::Place};

/// What a model costs.
#[derive(Serialize)]
struct Row {
    provider: ProviderId,
    model: String,
    prices: Sourced<Option<Vec<Price>>>,
    doubts_prices: bool,
    price_layers: PriceLayers,
}

pub(crate) async fn list(place: &Place, diff: bool, json: bool) -> anyhow::Result<()> {
    let host = place.open(None).await?;
    let row = |provider: &ProviderId, model: ModelStatus| Row {
        provider: provider.clone(),
        model: model.id.to_string(),
        prices: model.prices,
        doubts_prices: model.doubts_prices,
        price_layers: model.price_layers,
    };
    let rows = host.providers().into_iter().flat_map(|provider| {
        let id = provider.id;
        provider.models.into_iter().map(move |model| row(&id, model))
    });
    let rows: Vec<_> = rows.filter(|row| !diff || differ(&row.price_layers)).collect();
    if json {
        return format::print_json(&rows);
    }
    if diff && rows.is_empty() {
        return Ok(format::print("nobody says anything else than the others")?);
    }
    Ok(format::print(if diff { layers(&rows) } else { effective(&rows) })?)
}

/// Whether two of those who say something say different things.
fn differ(layers: &PriceLayers) -> bool {
    let PriceLayers { claimed, feed, operator } = layers;
    let feed = feed.as_ref().map(|listed| &listed.prices);
    let said: Vec<_> = [claimed.as_ref(), feed, operator.as_ref()].into_iter().flatten().collect();
    said.windows(2).any(|two| matches!(two, [one, other] if one != other))
}

fn effective(rows: &[Row]) -> comfy_table::Table {
    let mut table = format::table(&["provider", "model", "price", "source"]);
    for row in rows {
        let source = match (&row.price_layers.feed, &row.price_layers.operator) {
            (Some(listed), None) => origin(listed),
            _ if row.doubts_prices => format!("{}, not believed", row.prices.source),
            _ => row.prices.source.to_string(),
        };
        table.add_row([row.provider.to_string(), row.model.clone(), cell(row.prices.value.as_deref()), source]);
    }
    table
}

/// A list of prices, with where it comes from and how old it is.
fn origin(listed: &ListedPrices) -> String {
    let source = listed.source.as_ref().map(|source| format!(": {}", palisade::text::escape(source, 200)));
    let date = listed.date.map(|date| format!(" ({date})"));
    format!("feed{}{}", source.unwrap_or_default(), date.unwrap_or_default())
}

fn layers(rows: &[Row]) -> comfy_table::Table {
    let mut table = format::table(&["provider", "model", "claimed", "feed", "operator"]);
    for row in rows {
        let PriceLayers { claimed, feed, operator } = &row.price_layers;
        let feed = feed.as_ref().map(|listed| listed.prices.as_slice());
        let said = |prices: Option<&[Price]>| prices.map_or_else(|| "-".to_owned(), |prices| cell(Some(prices)));
        let said = [said(claimed.as_deref()), said(feed), said(operator.as_deref())];
        table.add_row([row.provider.to_string(), row.model.clone()].into_iter().chain(said));
    }
    table
}

/// A line for each price. What a guest wrote may hold control characters.
fn cell(prices: Option<&[Price]>) -> String {
    match prices {
        None | Some([]) => format::prices(prices),
        Some(prices) => format::lines(prices.iter().map(|price| palisade::text::escape(&price.to_string(), 400))),
    }
}
