//! Models, prompts and settings of an application: registered, found, and put together.
//!
//! `cargo run -p palisade --example resources`

#![allow(clippy::print_stdout, reason = "an example shows something")]

use std::path::Path;

use palisade::{
    Config, Host,
    resources::{Entry, Loaded, Loader, Resource, ResourceId, Resources},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "model", crate = "palisade::resources")]
struct Llama {
    #[resource(name)]
    name: String,
    #[schemars(range(min = 1))]
    context_tokens: u32,
    #[serde(default)]
    retry: Retry,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Retry {
    attempts: u32,
    jitter: f64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 3, jitter: 0.5 }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "prompt", register = greeting, crate = "palisade::resources")]
struct Greeting {
    #[resource(name)]
    name: String,
    text: String,
}

fn greeting() -> Greeting {
    Greeting { name: "hello".to_owned(), text: "Say hello to {name}.".to_owned() }
}

/// Something of the application's own that is made of settings.
struct Client {
    attempts: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let resources = Resources::strict();

    // Values of Rust types.
    resources.register(&Llama { name: "fast".to_owned(), context_tokens: 8192, retry: Retry::default() })?;
    let fast = resources.get::<Llama>("fast")?;
    println!("fast reads {} tokens", fast.context_tokens);

    // What `#[derive(Resource)]` has made known.
    for (_, result) in resources.register_static() {
        result?;
    }
    println!("{}", resources.get::<Greeting>("hello")?.text);

    // Data, of which each has its own result; in any order.
    let id = |text: &str| text.parse::<ResourceId>();
    let entries = [
        Entry::data(id("model:slow")?, json!({"context_tokens": 2048, "retry": {"$ref": "config:retry"}}))?,
        Entry::data(id("config:retry")?, json!({"attempts": 5}))?,
        Entry::data(id("model:wrong")?, json!({"contxt_tokens": 1, "context_tokens": 1}))?,
    ];
    for result in resources.register_many(entries) {
        match result {
            Ok(()) => println!("registered"),
            Err(error) => println!("refused: {error}"),
        }
    }
    println!("slow tries {} times", resources.get::<Llama>("slow")?.retry.attempts);

    // A configuration that becomes something.
    resources.register_constructor("client", |retry: Retry| Ok(Client { attempts: retry.attempts }))?;
    let settings = Loaded::plain(json!({"$ref": "model:slow#/retry"}));
    let client: Client = resources.instantiate("client", &settings)?;
    println!("the client tries {} times", client.attempts);

    // A function by its name.
    resources.register_function("waits", |retry: Retry| async move { Ok(f64::from(retry.attempts) * retry.jitter) })?;
    println!("it waits {} s", resources.execute("waits", &settings).await?);

    // A file of resources.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resources.yaml");
    for (id, result) in resources.load(&Loader::default(), &file).await? {
        println!("{id}: {}", if result.is_ok() { "registered" } else { "refused" });
    }

    // The settings of providers in a palisade.toml refer to them, too.
    let config = Config::parse("[resources.prompt.bye]\ntext = \"Say goodbye.\"", Path::new(""))?;
    let host = Host::builder().resources(resources).config(config).build().await?;
    println!("{}", host.resources().get::<Greeting>("bye")?.text);
    host.shutdown(Host::DRAIN).await;
    Ok(())
}
