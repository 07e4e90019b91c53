//! Resources of a host, and providers whose settings refer to them.

mod files;

use std::{fs, path::Path};

use palisade::{
    Config, Error, ErrorKind, Host, Registration, State,
    resources::{Loaded, Resource, Resources},
};
use palisade_vendors::raw::{Server, ok};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{builder, providers};

#[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "prompt", crate = "palisade::resources")]
struct Footer {
    #[resource(name)]
    name: String,
    text: String,
}

/// What the component paints, which depends on its footer.
async fn paints(host: &Host, id: &str) -> Vec<u8> {
    let mut request = palisade::text_to_image::Request::new("a fox");
    request.seed = Some(1);
    let made = host.get(id).unwrap().text_to_image(request).await.unwrap();
    made.response.images[0].content.data.clone()
}

fn card() -> Registration {
    Registration::path(providers().join("card.wasm"))
}

/// A host of this configuration, in a folder with the component and these files.
async fn open(config: &str, files: &[(&str, &str)]) -> Result<Host, Error> {
    let folder = folder(config, files);
    builder().config(Config::read(&folder.path().join("palisade.toml")).await?).build().await
}

fn folder(config: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files.iter().chain(&[("palisade.toml", config)]) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::copy(providers().join("card.wasm"), folder.path().join("card.wasm")).unwrap();
    folder
}

#[tokio::test]
async fn the_settings_of_a_component_come_through_references() {
    let plain = builder().build().await.unwrap();
    plain.register("with", card().config("footer", "from the house")).await.unwrap();
    plain.register("without", card()).await.unwrap();
    let expected = paints(&plain, "with").await;
    assert_ne!(expected, paints(&plain, "without").await, "the footer is seen");

    let config = r#"
        [resources]
        files = ["shared/*.yaml"]

        [resources.config.card]
        footer = { "$ref" = "prompt:house#/text" }

        [providers.whole]
        component = "card.wasm"
        config = { "$ref" = "config:card" }

        [providers.part]
        component = "card.wasm"
        config = { footer = { "$ref" = "prompt:house#/text" } }

        [providers.file]
        component = "card.wasm"
        config = { "$ref" = "file:shared/footer.json" }

        [providers.lost]
        component = "card.wasm"
        config = { footer = { "$ref" = "prompt:hose#/text" } }

        [providers.wrong]
        component = "card.wasm"
        config = { footer = { "$ref" = "config:long" } }
    "#;
    let long = format!("config:\n  long: {}\nprompt:\n  house: {{ text: from the house }}\n", "x".repeat(61));
    let files = [("shared/a.yaml", long.as_str()), ("shared/footer.json", "{\"footer\": \"from the house\"}")];
    let host = open(config, &files).await.unwrap();
    for id in ["whole", "part", "file"] {
        assert_eq!(paints(&host, id).await, expected, "{id}");
    }
    let refused = |id: &str| match host.status(id).unwrap().state {
        State::Refused { code, message, .. } => (code, message),
        other => panic!("{other:?}"),
    };
    let (code, message) = refused("lost");
    assert_eq!(code, ErrorKind::UnknownResource);
    let expected = "`providers.lost.config.footer`: there is no `prompt:hose`; there is house; did you mean `house`?";
    assert_eq!(message, expected);
    let (code, message) = refused("wrong");
    assert_eq!(code, ErrorKind::Config);
    assert!(message.contains("is longer than 60 characters"), "the schema of the catalogue is kept to: {message}");
}

#[tokio::test]
async fn a_provider_is_made_of_a_component_and_settings() {
    let resources = Resources::strict();
    resources.register(&Footer { name: "house".to_owned(), text: "from the house".to_owned() }).unwrap();
    let host = builder().resources(resources.clone()).build().await.unwrap();
    let settings = json!({"footer": {"$ref": "prompt:house#/text"}});
    host.instantiate("card", card(), settings.clone()).await.unwrap();
    host.register("direct", card().config("footer", "from the house")).await.unwrap();
    assert_eq!(paints(&host, "card").await, paints(&host, "direct").await);

    // What is replaced is taken up by the next that is made of it.
    host.resources().replace(&Footer { name: "house".to_owned(), text: "another".to_owned() }).unwrap();
    host.replace("card", card().configure(settings)).await.unwrap();
    assert_ne!(paints(&host, "card").await, paints(&host, "direct").await);
    assert_eq!(resources.get::<Footer>("house").unwrap().text, "another");

    let wrong = host.instantiate("other", card(), json!({"footer": "x".repeat(61)})).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.provider().unwrap().as_str()), (ErrorKind::Config, "other"));
    let wrong = host.instantiate("other", card(), json!("no table")).await.unwrap_err();
    assert_eq!(wrong.message(), "`providers.other.config`: \"no table\" is not taken; it takes a table");
    assert!(!host.has("other"));
}

#[tokio::test]
async fn an_address_is_read_where_it_was_granted() {
    let server = Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            let is_known = request.starts_with("GET /footer.json ");
            peer.write(if is_known { ok("{\"footer\": \"from afar\"}") } else { missing() }).await;
        }
    })
    .await;
    let address = server.address;
    let granted = format!("allow = [{{ url = \"http://{address}/*\", allow-private = [\"{address}\"] }}]");
    let config = |allow: &str, path: &str| {
        format!(
            "[resources]\n{allow}\n[providers.card]\ncomponent = \"card.wasm\"\n\
             config = {{ \"$ref\" = \"http://{address}/{path}\" }}\n"
        )
    };
    let host = open(&config(&granted, "footer.json"), &[]).await.unwrap();
    host.register("direct", card().config("footer", "from afar")).await.unwrap();
    assert_eq!(paints(&host, "card").await, paints(&host, "direct").await);

    for (allow, path, kind, says) in [
        ("", "footer.json", ErrorKind::Config, "none was granted to resources"),
        ("allow = [{ url = \"https://example.com/*\" }]", "footer.json", ErrorKind::Auth, "not granted"),
        (&granted, "none.json", ErrorKind::Upstream, "the status 404"),
    ] {
        let host = open(&config(allow, path), &[]).await.unwrap();
        let error = host.get("card").unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(says), "{says:?} is not in {error}");
    }
}

#[tokio::test]
async fn what_an_application_registers_checks_what_an_operator_writes() {
    let resources = Resources::strict();
    resources.register_type::<Footer>().unwrap();
    let parse = |text: &str| Config::parse(text, Path::new("")).unwrap();
    let right = parse("[resources.prompt.house]\ntext = \"from the house\"");
    let host = builder().resources(resources.clone()).config(right).build().await.unwrap();
    assert_eq!(host.resources().get::<Footer>("house").unwrap().text, "from the house");

    for (wrong, says) in [
        ("[resources.prompt.other]\ntxt = \"a\"", "did you mean `text`?"),
        ("[resources.custom.voice.alice]\npitch = 1", "no kind is called `voice`"),
        ("[resources]\nfiles = [\"none/*.toml\"]", "`none/*.toml` names no file"),
    ] {
        let host = builder().resources(resources.clone()).config(parse(wrong)).build().await;
        let error = host.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains(says), "{says:?} is not in {error}");
    }
    // Where nobody else says which kinds there are, the configuration does.
    let own = builder().config(parse("[resources.custom.voice.alice]\npitch = 1")).build().await.unwrap();
    assert_eq!(own.resources().list()[0].id.to_string(), "voice:alice");
}

fn missing() -> String {
    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()
}

/// A client of the application's, which is no resource.
struct Client {
    attempts: u32,
}

#[derive(Deserialize, JsonSchema)]
struct ClientSettings {
    retry: Retry,
}

#[derive(Deserialize, JsonSchema)]
struct Retry {
    #[serde(default = "three")]
    attempts: u32,
}

fn three() -> u32 {
    3
}

#[tokio::test]
async fn functions_and_constructors_take_what_an_operator_writes() {
    let config = "[resources.config.retry]\n[resources.config.client]\nretry = { \"$ref\" = \"config:retry\" }";
    let host = builder().config(Config::parse(config, Path::new("")).unwrap()).build().await.unwrap();
    let resources = host.resources();
    let construct = |settings: ClientSettings| Ok(Client { attempts: settings.retry.attempts });
    resources.register_constructor("client", construct).unwrap();
    let settings = Loaded::plain(json!({"$ref": "config:client"}));
    assert_eq!(resources.instantiate::<Client>("client", &settings).unwrap().attempts, 3);

    resources.register_function("double", |retry: Retry| async move { Ok(2 * retry.attempts) }).unwrap();
    let doubled = resources.execute("double", &Loaded::plain(json!({"$ref": "config:retry"}))).await;
    assert_eq!(doubled.unwrap(), json!(6));
}
