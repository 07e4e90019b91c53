//! Keeps a session for an hour, and finds what is near: `cargo run --release --example stores`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use palisade::{
    Capability, Host,
    key_value_store::{self, Answer, Entry},
    stores::{KeyValueStore, VectorStore},
    vector_store::{self, Condition, Operation, Point, Query},
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let host = Host::builder().build().await?;
    host.register("sessions", palisade::Registration::native(KeyValueStore::in_memory())).await?;
    host.register("memory", palisade::Registration::native(VectorStore::in_memory())).await?;

    let sessions = host.find_best_provider(Capability::KeyValueStore).await?;
    let hour = Some(3_600_000);
    let entry = Entry { ttl_ms: hour, ..Entry::new("user/7", "red fox") };
    sessions.key_value_store(key_value_store::Request::set([entry])).await?;
    let found = sessions.key_value_store(key_value_store::Request::get(["user/7"])).await?;
    if let Answer::Values(values) = found.response.answer {
        println!("{} session", values.iter().flatten().count());
    }

    let memory = host.find_best_provider(Capability::VectorStore).await?;
    let points = [
        Point::new("fox", [0.9, 0.1]).with("kind", "animal"),
        Point::new("oak", [0.1, 0.9]).with("kind", "tree"),
        Point::new("wolf", [0.8, 0.3]).with("kind", "animal"),
    ];
    memory.vector_store(vector_store::Request::upsert(points).within("woods")).await?;
    let near = Query { filter: vec![Condition::equal("kind", "animal")], ..Query::new([1.0, 0.0], 2) };
    let request = vector_store::Request::new(Operation::Query(near)).within("woods");
    if let vector_store::Answer::Matches(matches) = memory.vector_store(request).await?.response.answer {
        for found in matches {
            println!("{} {:.3}", found.id, found.score);
        }
    }
    Ok(())
}
