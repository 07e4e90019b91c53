//! `palisade run embedding`

use clap::Args;
use palisade::{
    Result,
    embedding::{Request, Response},
};

use super::{Capability, Present};
use crate::inputs::{ITEMS, Inputs};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The texts; `-` reads lines from stdin.
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Length of the vectors.
    #[arg(long, value_name = "COUNT")]
    dimensions: Option<u32>,
    /// What the vectors are for, for example `query` or `document`.
    #[arg(long)]
    task: Option<String>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = ITEMS;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let items = inputs.needed_items(self.texts, |ordinary: Request| ordinary.items)?;
        Ok(Request { items, dimensions: self.dimensions, task: self.task })
    }
}

impl Present<Request> for Response {
    const TEXT_TYPE: &'static str = "application/json";

    fn text(&self, _request: &Request) -> Option<String> {
        // Numbers cannot fail to be written.
        let lines = self.vectors.iter().map(|vector| serde_json::to_string(vector).unwrap_or_default());
        Some(format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_json_a_line_each() {
        let vectors = vec![vec![0.5, -1.0], vec![0.0, 2.0]];
        let response = Response { vectors: vectors.clone(), usage: Default::default(), warnings: vec![] };
        let text = response.text(&Request::default()).unwrap();
        assert_eq!(text, "[\n[0.5,-1.0],\n[0.0,2.0]\n]\n");
        assert_eq!(serde_json::from_str::<Vec<Vec<f32>>>(&text).unwrap(), vectors);
    }
}
