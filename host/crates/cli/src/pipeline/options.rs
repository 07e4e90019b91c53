//! What can be typed behind `palisade pipeline`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with a pipeline.
#[derive(Debug, Subcommand)]
pub(crate) enum PipelineCommand {
    /// Runs a pipeline, and writes what comes out and its graph into a folder.
    ///
    /// What its steps make is kept: a run that is interrupted goes on from there when it is started again.
    Run(RunOptions),
    /// Says all that is wrong with a pipeline, and runs nothing.
    Check {
        /// The pipeline: TOML, YAML or JSON.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Draws a pipeline: its inputs, steps and outputs.
    Graph {
        /// The pipeline: TOML, YAML or JSON.
        file: PathBuf,
        /// The language of the drawing.
        #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
        format: GraphFormat,
        /// Where it goes. [default: stdout]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// How a pipeline is run.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The pipeline: TOML, YAML or JSON.
    pub(crate) file: PathBuf,
    /// An input; `NAME=@FILE` is what is in a file. The same name again adds to a list.
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) input: Vec<(String, String)>,
    /// The folder for what comes out. [default: the name of the pipeline]
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// The folder for what steps have made, and for runs that have not ended.
    #[arg(long, value_name = "FOLDER", default_value = ".palisade/pipelines")]
    pub(crate) work: PathBuf,
    /// Begins a new run where one was interrupted. What its finished steps have made is taken all the same.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Says who would serve each step and what it is expected to cost, and runs nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The language of Graphviz.
    Dot,
    /// A picture.
    Svg,
}

impl PipelineCommand {
    /// Whether an error is to be JSON on stdout.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Run(options) => options.json,
            Self::Check { json, .. } => *json,
            Self::Graph { .. } => false,
        }
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, or NAME=@FILE")?;
    Ok((name.to_owned(), value.to_owned()))
}
