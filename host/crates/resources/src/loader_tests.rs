//! What is read, and what is not.

use std::{fs, path::Path, sync::Mutex};

use palisade_core::BoxFuture;
use serde_json::json;

use super::*;
use crate::{ResourceId, Resources};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

async fn read(loader: &Loader, path: &Path) -> Result<Value> {
    let read = loader.read(path).await?;
    Resources::strict().resolve(&read, "a")
}

#[tokio::test]
async fn files_are_put_together_whatever_they_are_written_in() {
    let folder = folder(&[
        ("a.toml", "size = 1\nretry = { \"$ref\" = \"file:sub/b.yaml#/retry\" }\nsame = { \"$ref\" = \"#/size\" }"),
        ("sub/b.yaml", "retry:\n  attempts: 3\n  wait: { $ref: 'file:c.json' }\n"),
        ("sub/c.json", "{\"seconds\": 2}"),
    ]);
    let value = read(&Loader::default(), &folder.path().join("a.toml")).await.unwrap();
    assert_eq!(value, json!({"size": 1, "retry": {"attempts": 3, "wait": {"seconds": 2}}, "same": 1}));
}

#[tokio::test]
async fn a_file_stays_below_the_folder_of_the_file_that_names_it() {
    let folder = folder(&[
        ("secret.json", "1"),
        ("in/a.json", "{}"),
        ("in/sub/b.json", "{\"$ref\": \"file:../c.json\"}"),
        ("in/c.json", "2"),
    ]);
    let secret = folder.path().join("secret.json");
    let a = folder.path().join("in/a.json");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&secret, folder.path().join("in/link.json")).unwrap();
    let full = format!("file:{}", secret.display());
    for target in ["file:../secret.json", "file:sub/../../secret.json", "file:link.json", "file:sub/b.json", &full] {
        fs::write(&a, json!({"$ref": target}).to_string()).unwrap();
        let error = read(&Loader::default(), &a).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{target}: {error}");
        assert!(error.message().contains("below the folder"), "{target}: {error}");
        read(&Loader::default().any_file(), &a).await.unwrap_or_else(|error| panic!("{target}: {error}"));
    }
    // Those that resources of the application name are nowhere.
    let nowhere = Loader::default().gather(Arc::new(json!({"$ref": "file:a.json"})), Base::Nowhere).await.unwrap();
    let error = Resources::strict().resolve(&nowhere, "a").unwrap_err();
    assert!(error.message().contains("relative to no file"), "{error}");
}

#[tokio::test]
async fn a_way_back_through_files_is_found() {
    let folder = folder(&[
        ("a.json", "{\"b\": {\"$ref\": \"file:b.json\"}}"),
        ("b.json", "{\"a\": {\"$ref\": \"file:a.json\"}}"),
    ]);
    let error = read(&Loader::default(), &folder.path().join("a.json")).await.unwrap_err();
    assert!(error.message().contains("a way back to itself") && error.message().contains("b.json → "), "{error}");
}

#[tokio::test]
async fn bounds_of_files_hold() {
    let many: String = (0..20).map(|number| format!("- $ref: file:{number}.json\n")).collect();
    let folder = folder(&[("a.yaml", &many), ("large.json", &format!("\"{}\"", "x".repeat(200)))]);
    (0..20).for_each(|number| fs::write(folder.path().join(format!("{number}.json")), "1").unwrap());
    let few = Loader::default().bounds(Bounds { files: 10, file_bytes: 100, ..Bounds::default() });
    let large = read(&few, &folder.path().join("large.json")).await.unwrap_err();
    assert!(large.message().contains("more than 100 bytes"), "{large}");
    let many = Loader::default().bounds(Bounds { files: 10, ..Bounds::default() });
    let error = read(&many, &folder.path().join("a.yaml")).await.unwrap_err();
    assert!(error.message().contains("more than 10 files"), "{error}");
    read(&Loader::default(), &folder.path().join("a.yaml")).await.unwrap();
    let missing = read(&Loader::default(), &folder.path().join("none.json")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    let no_file = read(&Loader::default(), folder.path()).await.unwrap_err();
    assert_eq!(no_file.kind(), ErrorKind::Io);
}

/// Addresses of a test, and which were asked for.
struct Addresses(Arc<Mutex<Vec<String>>>);

impl Fetch for Addresses {
    fn fetch<'a>(&'a self, url: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>>> {
        self.0.lock().unwrap().push(url.to_owned());
        let body = match url {
            "https://example.com/a" => json!({"b": {"$ref": "https://example.com/b.yaml?v=1"}}).to_string(),
            "https://example.com/b.yaml?v=1" => "size: 5".to_owned(),
            "https://example.com/bad" => json!([{"$ref": "file:/etc/hostname"}, {"$ref": "config:a"}]).to_string(),
            _ => return Box::pin(async { Err(Error::new(ErrorKind::Auth, "not granted")) }),
        };
        Box::pin(async move { Ok(body.into_bytes()) })
    }
}

#[tokio::test]
async fn addresses_are_read_by_who_is_lent_for_it() {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let loader = Loader::default().fetch(Addresses(Arc::clone(&asked)));
    let resources = Resources::strict();
    resources.register_data("config:a".parse().unwrap(), json!(1)).unwrap();
    let resolve = async |loader: &Loader, target: &str| {
        let value = Arc::new(json!([{"$ref": target}, {"$ref": target}]));
        resources.resolve(&loader.gather(value, Base::Nowhere).await.unwrap(), "v")
    };
    let expected = json!({"b": {"size": 5}});
    assert_eq!(resolve(&loader, "https://example.com/a").await.unwrap(), json!([expected, expected]));
    assert_eq!(*asked.lock().unwrap(), ["https://example.com/a", "https://example.com/b.yaml?v=1"], "each once");
    let bad = resolve(&loader, "https://example.com/bad").await.unwrap_err();
    assert!(bad.message().contains("which nothing from an address may name"), "{bad}");
    assert_eq!(resolve(&loader, "https://example.com/other").await.unwrap_err().kind(), ErrorKind::Auth);
    let nobody = resolve(&Loader::default(), "https://example.com/a").await.unwrap_err();
    assert!(nobody.message().contains("none was granted to resources"), "{nobody}");
}

#[tokio::test]
async fn a_language_of_ones_own_is_read() {
    struct Lines;
    impl Format for Lines {
        fn name(&self) -> &str {
            "lines"
        }

        fn extensions(&self) -> &[&str] {
            &["txt"]
        }

        fn parse(&self, text: &str, _: &Bounds) -> Result<Value, String> {
            Ok(text.lines().collect())
        }
    }
    let folder = folder(&[("a.txt", "one\ntwo\n")]);
    let value = read(&Loader::default().format(Lines), &folder.path().join("a.txt")).await.unwrap();
    assert_eq!(value, json!(["one", "two"]));
}

#[tokio::test]
async fn a_file_of_resources_is_registered_item_by_item() {
    let folder = folder(&[(
        "all.toml",
        "[model.fast]\ntokens = { \"$ref\" = \"config:size\" }\n[config]\nsize = 5\n[model.bad]\nat = { \"$ref\" = \"config:sise\" }\n[custom.voice.alice]\npitch = 1\n",
    )]);
    let (resources, path) = (Resources::lenient(), folder.path().join("all.toml"));
    let results = resources.load(&Loader::default(), &path).await.unwrap();
    let told: Vec<_> = results.iter().map(|(id, result)| (id.to_string(), result.is_ok())).collect();
    let expected = [("model:bad", false), ("model:fast", true), ("config:size", true), ("voice:alice", true)];
    let mut sorted = expected.map(|(id, is_ok)| (id.to_owned(), is_ok)).to_vec();
    sorted.sort();
    let mut found = told;
    found.sort();
    assert_eq!(found, sorted);
    let fast: ResourceId = "model:fast".parse().unwrap();
    assert_eq!(*resources.value(&fast).unwrap(), json!({"tokens": 5}));
    fs::write(&path, "[modle.fast]\n").unwrap();
    let error = resources.load(&Loader::default(), &path).await.unwrap_err();
    assert!(error.message().contains("did you mean `model`?"), "{error}");
}
