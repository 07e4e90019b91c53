//! What a registry takes, what it finds, and what it says.

use std::sync::Arc;

use palisade_core::{ErrorKind, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::{Resource, Strictness};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "model", register = standard)]
struct Llama {
    #[resource(name)]
    name: String,
    #[schemars(range(min = 1))]
    context_tokens: u32,
    #[serde(default = "half")]
    temperature: f64,
    #[serde(default)]
    retry: Option<Retry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Retry {
    attempts: u32,
    #[serde(default)]
    wait: Wait,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Wait {
    #[default]
    Never,
    Seconds(u32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "voice")]
struct Voice {
    #[resource(name)]
    #[serde(rename = "called")]
    id: String,
}

fn half() -> f64 {
    0.5
}

fn standard() -> Llama {
    llama("standard", 4096)
}

fn llama(name: &str, context_tokens: u32) -> Llama {
    Llama { name: name.to_owned(), context_tokens, temperature: 0.5, retry: None }
}

fn id(text: &str) -> ResourceId {
    text.parse().unwrap()
}

fn strict() -> Resources {
    let resources = Resources::strict();
    resources.register_type::<Llama>().unwrap();
    resources
}

#[test]
fn what_is_registered_is_found_without_being_read_again() {
    let resources = strict();
    resources.register(&llama("fast", 1)).unwrap();
    resources.register_data(id("model:slow"), json!({"context_tokens": 2})).unwrap();
    let found = resources.get::<Llama>("slow").unwrap();
    assert_eq!(*found, llama("slow", 2), "it has its name, and defaults");
    assert!(Arc::ptr_eq(&found, &resources.get("slow").unwrap()));
    assert!(Arc::ptr_eq(&resources.get::<Llama>("fast").unwrap(), &resources.clone().get("fast").unwrap()));
    let ids: Vec<_> = resources.list().iter().map(|info| info.id.to_string()).collect();
    assert_eq!(ids, ["model:fast", "model:slow"]);
    assert_eq!(*resources.value(&id("model:fast")).unwrap(), serde_json::to_value(llama("fast", 1)).unwrap());
}

#[test]
fn an_empty_registry_is_one_allocation() {
    assert!(std::mem::size_of::<Shared>() <= 128, "{} bytes", std::mem::size_of::<Shared>());
    assert!(Resources::strict().0.state.load().is_none());
    assert!(Resources::lenient().is_empty());
}

#[test]
fn a_strict_registry_refuses_what_a_lenient_one_takes() {
    let extra = json!({"context_tokens": 2, "colour": "red", "retry": {"attempts": 1, "colour": "red"}});
    let lenient = Resources::lenient();
    lenient.register_type::<Llama>().unwrap();
    lenient.register_data(id("model:a"), extra.clone()).unwrap();
    lenient.register_data(id("model:a"), json!({"context_tokens": 3})).unwrap();
    assert_eq!(lenient.get::<Llama>("a").unwrap().context_tokens, 3, "the second has replaced the first");
    lenient.register_data(id("voice:alice"), json!(1)).unwrap();

    let strict = strict();
    let problems = strict.register_each([Entry::data(id("model:a"), extra).unwrap()]).remove(0);
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["model:a.colour", "model:a.retry.colour"]);
    strict.register(&llama("a", 1)).unwrap();
    assert_eq!(strict.register(&llama("a", 2)).unwrap_err().kind(), ErrorKind::AlreadyExists);
    strict.replace(&llama("a", 2)).unwrap();
    assert_eq!(strict.get::<Llama>("a").unwrap().context_tokens, 2);
    assert_eq!(strict.replace(&llama("b", 2)).unwrap_err().kind(), ErrorKind::UnknownResource);
    let unknown = strict.register_data(id("voice:alice"), json!({})).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Config);
    strict.register_type::<Voice>().unwrap();
    strict.register_data(id("voice:alice"), json!({})).unwrap();
    assert_eq!(strict.get::<Voice>("alice").unwrap().id, "alice");
    strict.declare("tone".parse().unwrap()).unwrap();
    strict.register_data(id("tone:warm"), json!("any")).unwrap();
}

#[test]
fn a_value_that_breaks_its_schema_is_refused_though_it_is_a_value() {
    let error = strict().register(&llama("none", 0)).unwrap_err();
    assert_eq!(error.message(), "`model:none.context_tokens`: 0 is not taken; it takes an integer of at least 1");
    let named = strict().register_data(id("model:a"), json!({"name": "b", "context_tokens": 1})).unwrap_err();
    assert!(named.message().contains("the name that it is registered under"), "{named}");
}

#[test]
fn each_of_several_has_its_own_result_and_they_may_refer_to_each_other() {
    let resources = strict();
    let entry = |name: &str, value| Entry::data(id(name), value).unwrap();
    let results = resources.register_many([
        entry("model:a", json!({"context_tokens": {"$ref": "config:size"}})),
        entry("config:size", json!(7)),
        entry("model:b", json!({"context_tokens": {"$ref": "model:c#/context_tokens"}})),
        entry("model:c", json!({"context_tokens": 0})),
        entry("model:d", json!({"context_tokens": 1, "$type": "Lama"})),
    ]);
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().err().map(palisade_core::Error::kind)).collect();
    // What is refused is not there for those that refer to it.
    assert_eq!(kinds[..2], [None, None]);
    assert_eq!(kinds[3..], [Some(ErrorKind::Config), Some(ErrorKind::ResourceType)]);
    assert!(kinds[2].is_some());
    assert_eq!(resources.get::<Llama>("a").unwrap().context_tokens, 7);
    assert_eq!(resources.len(), 2);

    let found = resources.get_many::<Llama>(["a", "b"]);
    assert!(found[0].is_ok() && found[1].is_err());
    let gone = resources.unregister_many(&[id("config:size"), id("config:none")]);
    assert!(gone[0].is_ok());
    assert_eq!(gone[1].as_ref().unwrap_err().kind(), ErrorKind::UnknownResource);
    assert_eq!(resources.get::<Llama>("a").unwrap_err().kind(), ErrorKind::UnknownResource, "it refers to nothing");
}

#[test]
fn what_refers_to_something_that_is_replaced_is_read_again() {
    let resources = strict();
    resources.register_data(id("config:size"), json!(7)).unwrap();
    resources.register_data(id("model:a"), json!({"context_tokens": {"$ref": "config:size"}})).unwrap();
    let before = resources.get::<Llama>("a").unwrap();
    resources.replace_data(id("config:size"), json!(8)).unwrap();
    assert_eq!((before.context_tokens, resources.get::<Llama>("a").unwrap().context_tokens), (7, 8));
}

#[test]
fn a_resource_is_of_one_type() {
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(kind = "model")]
    struct Other {
        #[resource(name)]
        name: String,
    }
    let resources = strict();
    resources.register_type::<Other>().unwrap();
    resources.register(&llama("a", 1)).unwrap();
    resources.register_data(id("model:b"), json!({"$type": "Other"})).unwrap();
    for name in ["a", "b"] {
        let wrong = if name == "a" { resources.get::<Other>(name).err() } else { resources.get::<Llama>(name).err() };
        assert_eq!(wrong.unwrap().kind(), ErrorKind::ResourceType, "{name}");
    }
    assert_eq!(resources.get::<Other>("b").unwrap().name, "b");
    let unclear = resources.register_data(id("model:c"), json!({"context_tokens": 1})).unwrap_err();
    assert_eq!(unclear.kind(), ErrorKind::ResourceType);
}

#[test]
fn a_schema_without_a_type_of_rust_checks_data() {
    let resources = Resources::strict();
    let schema = json!({"type": "object", "properties": {"text": {"type": "string"}, "language": {"default": "en"}}});
    let schema = Schema::parse(&schema.to_string()).unwrap();
    resources.register_schema(ResourceKind::Prompt, "Text", &schema).unwrap();
    resources.register_schema(ResourceKind::Prompt, "Text", &schema).unwrap();
    assert!(resources.register_data(id("prompt:a"), json!({"text": 1})).is_err());
    let complete = resources.complete(&ResourceKind::Prompt, "Text", &Loaded::plain(json!({"text": "a"}))).unwrap();
    assert_eq!(complete, json!({"text": "a", "language": "en"}));
    assert_eq!(resources.types()[0].name, "Text");
    let other = Schema::parse("{}").unwrap();
    let taken = resources.register_schema(ResourceKind::Prompt, "Text", &other).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn what_is_derived_is_known_at_start() {
    let resources = Resources::strict();
    assert!(resources.is_empty(), "nothing is registered that nobody has asked for");
    let results = resources.register_static();
    assert!(results.iter().all(|(_, result)| result.is_ok()), "{results:?}");
    assert!(results.iter().any(|(name, _)| *name == "Voice"));
    assert_eq!(*resources.get::<Llama>("standard").unwrap(), standard());
}

#[test]
fn a_configuration_becomes_a_value() {
    let resources = strict();
    resources.register_data(id("config:retry"), json!({"attempts": 3, "wait": {"seconds": 2}})).unwrap();
    let config = Loaded::plain(json!({"name": "x", "context_tokens": 5, "retry": {"$ref": "config:retry"}}));
    let made: Llama = resources.build(&config).unwrap();
    assert_eq!(made.retry, Some(Retry { attempts: 3, wait: Wait::Seconds(2) }));

    #[derive(Deserialize, JsonSchema)]
    struct Size {
        #[serde(default = "seven")]
        width: u32,
        height: u32,
    }
    fn seven() -> u32 {
        7
    }
    struct Area(u32);
    resources.register_constructor("area", |size: Size| Ok(Area(size.width * size.height))).unwrap();
    resources.register_data(id("config:height"), json!(6)).unwrap();
    let size = Loaded::plain(json!({"height": {"$ref": "config:height"}}));
    assert_eq!(resources.instantiate::<Area>("area", &size).unwrap().0, 42);
    let wrong = |name: &str, value| resources.instantiate::<Area>(name, &Loaded::plain(value)).err().unwrap();
    assert_eq!(wrong("area", json!({})).message(), "`area.height`: it is missing; it takes an integer of at least 0");
    assert_eq!(
        wrong("aera", json!({})).message(),
        "no constructor is called `aera`; there is area; did you mean `area`?"
    );
    assert_eq!(resources.instantiate::<u32>("area", &size).unwrap_err().kind(), ErrorKind::ResourceType);
    assert!(resources.constructor_schema("area").is_some());
}

#[tokio::test]
async fn a_function_is_called_by_its_name() {
    #[derive(Deserialize, JsonSchema)]
    struct Greet {
        name: String,
        #[serde(default = "hello")]
        greeting: String,
    }
    fn hello() -> String {
        "Hello".to_owned()
    }
    let resources = Resources::strict();
    let greet = |greet: Greet| async move { Ok(format!("{}, {}!", greet.greeting, greet.name)) };
    resources.register_function("greet", greet).unwrap();
    resources.register_data(id("config:name"), json!("fox")).unwrap();
    let config = Loaded::plain(json!({"name": {"$ref": "config:name"}}));
    assert_eq!(resources.execute("greet", &config).await.unwrap(), json!("Hello, fox!"));
    let wrong = resources.execute("greet", &Loaded::plain(json!({"name": 1}))).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.field()), (ErrorKind::Config, Some("greet.name")));
    assert_eq!(resources.execute("gret", &config).await.unwrap_err().kind(), ErrorKind::UnknownResource);
    assert_eq!(resources.register_function("greet", greet).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert!(resources.function_schema("greet").is_some());
}

#[test]
fn who_reads_waits_for_nobody_and_sees_whole_states() {
    let resources = Resources::lenient();
    let pair = |number: u32| {
        [("config:a", number), ("config:b", number)].map(|(name, number)| Entry::data(id(name), json!(number)).unwrap())
    };
    let _first = resources.register_many(pair(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (1..200).for_each(|number| assert!(resources.register_many(pair(number)).iter().all(Result::is_ok)))
        });
        scope.spawn(|| {
            for _ in 0..2000 {
                let both = Loaded::plain(json!([{"$ref": "config:a"}, {"$ref": "config:b"}]));
                let both = resources.resolve(&both, "both").unwrap();
                assert_eq!(both[0], both[1]);
            }
        });
    });
}

#[test]
fn what_is_wrong_is_told_with_its_path_what_is_taken_and_what_was_meant() {
    let resources = strict();
    resources.register(&llama("fast", 1)).unwrap();
    resources.register_data(id("prompt:greeting"), json!({"text": "Hello!"})).unwrap();
    let refused = |name: &str, value| resources.register_data(id(name), value).unwrap_err().to_string();
    let base = json!({"context_tokens": 1});
    let with = |key: &str, value: Value| {
        let mut base = base.clone();
        base[key] = value;
        base
    };
    let told = [
        refused("model:a", json!({"contxt_tokens": 1})),
        refused("model:a", with("context_tokens", json!("many"))),
        refused("model:a", with("retry", json!({"attempts": -1}))),
        refused("model:a", with("retry", json!({"attempts": 1, "wait": "allways"}))),
        refused("model:a", json!(["no", "table"])),
        refused("model:a", with("$type", json!("Lama"))),
        refused("model:fast", base.clone()),
        refused("modle:a", base.clone()),
        refused("config:a", json!({"engine": {"$ref": "model:fats"}})),
        refused("config:a", json!({"engine": {"$ref": "model:greeting"}})),
        refused("config:a", json!({"engine": {"$ref": "model:fast#/tokens"}})),
        refused("config:a", json!({"engine": {"$ref": "model:fast", "more": 1}})),
        refused("config:a", json!({"engine": {"$ref": "file:a.toml"}})),
        refused("config:a", json!({"again": [{"$ref": "config:a"}]})),
        resources.get::<Llama>("fats").unwrap_err().to_string(),
        resources.get::<Llama>("greeting").unwrap_err().to_string(),
        resources.get::<Voice>("alice").unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_modes_are_what_they_are_called() {
    assert_eq!(Resources::default().strictness(), Strictness::Lenient);
    assert_eq!(Resources::strict().strictness(), Strictness::Strict);
    assert_eq!(format!("{:?}", Resources::strict()), "Resources { strictness: Strict, count: 0 }");
}
