//! `palisade run moderation`

use clap::Args;
use palisade::{
    Content, Result,
    moderation::{Category, Request, Response},
};

use super::{Capability, Present};
use crate::{
    format,
    inputs::{ITEMS, Inputs},
};

/// Characters of an item that are shown.
const SHOWN: usize = 60;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The texts; `-` reads lines from stdin.
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = ITEMS;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let items = inputs.needed_items(self.texts, |ordinary: Request| ordinary.items)?;
        Ok(Request { items })
    }
}

impl Present<Request> for Response {
    fn text(&self, request: &Request) -> Option<String> {
        let mut table = format::table(&["item", "flagged", "categories"]);
        for (item, verdict) in request.items.iter().zip(&self.verdicts) {
            let item = match item {
                Content::Text(text) => palisade::text::escape(text, SHOWN),
                Content::Media(media) => format!("{}, {}", media.media_type, format::bytes(media.data.len() as u64)),
            };
            let flagged = if verdict.flagged { "yes" } else { "no" };
            let mut categories: Vec<_> = verdict.categories.iter().filter(|category| is_noteworthy(category)).collect();
            categories.sort_by(|left, right| right.score.total_cmp(&left.score));
            table.add_row([item, flagged.to_owned(), format::list(categories.into_iter().map(category))]);
        }
        Some(format::rows(table))
    }
}

/// Whether it is flagged, or not nothing when it is rounded. JSON tells all of them.
fn is_noteworthy(category: &Category) -> bool {
    category.flagged || category.score >= 0.005
}

fn category(Category { name, score, .. }: &Category) -> String {
    format!("{} {score:.2}", palisade::text::escape(name, SHOWN))
}
