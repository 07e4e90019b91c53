//! `palisade run rerank`

use clap::Args;
use palisade::{
    Content, Error, Result,
    rerank::{Request, Response},
};

use super::{Capability, Present};
use crate::{
    format,
    inputs::{Inputs, non_empty},
};

/// Characters of a document that are shown.
const SHOWN: usize = 80;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What is looked for; `-` reads it from stdin.
    query: Option<String>,
    /// The documents.
    #[arg(value_name = "DOCUMENT")]
    documents: Vec<String>,
    /// How many of the best to give. [default: all]
    #[arg(long, value_name = "COUNT")]
    top: Option<u32>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file of documents, one in each line that is not blank";

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let query = self.query.map(|query| inputs.argument(query)).transpose()?;
        let documents = inputs.items(self.documents)?.into_iter().map(document).collect::<Result<_>>()?;
        let query =
            inputs.needed(query, |ordinary: Request| ordinary.query, "query", "write it behind the capability")?;
        let documents = inputs.needed(
            non_empty(documents),
            |ordinary: Request| ordinary.documents,
            "documents",
            "write them behind the query, or name a file with --input",
        )?;
        Ok(Request { query, documents, top_n: self.top })
    }
}

impl Present<Request> for Response {
    fn text(&self, request: &Request) -> Option<String> {
        let mut table = format::table(&["rank", "score", "document"]);
        for (rank, ranked) in (1_u32..).zip(&self.ranking) {
            let document = request.documents.get(ranked.index as usize).map_or("", String::as_str);
            let document = palisade::text::escape(document, SHOWN);
            table.add_row([rank.to_string(), format!("{:.4}", ranked.score), document]);
        }
        Some(format::rows(table))
    }
}

fn document(content: Content) -> Result<String> {
    match content {
        Content::Text(text) => Ok(text),
        Content::Media(media) => {
            Err(Error::invalid_input("input", format!("a file is {} where texts are wanted", media.media_type)))
        }
    }
}
