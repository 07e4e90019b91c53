//! A capability with all that was typed behind it.

use std::path::PathBuf;

use clap::Args;
use palisade::{Error, Result};

use crate::{
    capability::Capability,
    common::Common,
    inputs::{Inputs, Purpose},
};

#[derive(Debug, Args)]
pub(crate) struct Invocation<C: Capability> {
    #[command(flatten)]
    pub(crate) capability: C,
    #[arg(long, value_name = "FILE", help = C::INPUT)]
    pub(crate) input: Vec<PathBuf>,
    /// The whole request as JSON, instead of all that is above; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "input", conflicts_with_all = C::GROUPS)]
    pub(crate) request: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Options of every capability")]
    pub(crate) common: Common,
}

impl<C: Capability> Invocation<C> {
    /// The request, and what goes with every capability. What no provider can serve is refused here, before providers
    /// are loaded, which takes a moment.
    pub(crate) fn into_request(self, purpose: Purpose) -> Result<(C::Operation, Common)> {
        let mut inputs = Inputs::open(&self.input, self.common.output.as_deref(), purpose)?;
        let request = match &self.request {
            Some(path) => serde_json::from_str(&inputs.text_file(path)?)
                .map_err(|error| Error::invalid_input("request", palisade::text::escape(&error.to_string(), 1000)))?,
            None => self.capability.request(&mut inputs)?,
        };
        inputs.all_taken()?;
        // What stands for something that is not known yet need not be a file that can be read.
        if !inputs.stood_in() {
            let request: palisade::Request = request.clone().into();
            request.validate()?;
        }
        Ok((request, self.common))
    }
}
