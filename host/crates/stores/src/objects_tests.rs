use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use palisade_core::{
    Media, Provider as _,
    object_store::{Answer, Condition, Description, Operation, Range, Request},
};

use super::*;
use crate::test_support::{ask, clock, ms, places, refused};

fn media(text: &str) -> Media {
    Media { media_type: "text/plain".to_owned(), data: text.into() }
}

async fn put(store: &ObjectStore, key: &str, text: &str) -> Description {
    put_if(store, key, text, None).await.unwrap()
}

async fn put_if(store: &ObjectStore, key: &str, text: &str, only_if: Option<Condition>) -> Option<Description> {
    let operation = Operation::Put { key: key.to_owned(), content: media(text), only_if };
    match ask(store, Request::new(operation)).await.answer {
        Answer::Put(written) => written,
        other => panic!("{other:?}"),
    }
}

async fn object(store: &ObjectStore, key: &str, range: Option<(u64, u64)>) -> Option<Object> {
    let range = range.map(|(offset, length)| Range { offset, length });
    match ask(store, Request::new(Operation::Get { key: key.to_owned(), range })).await.answer {
        Answer::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

async fn text(store: &ObjectStore, key: &str, range: Option<(u64, u64)>) -> Option<String> {
    object(store, key, range).await.map(|object| String::from_utf8(object.content.data).unwrap())
}

async fn list(store: &ObjectStore, prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
    let operation = Operation::List(Page { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit });
    match ask(store, Request::new(operation)).await.answer {
        Answer::Listed(all) => all.into_iter().map(|description| description.key).collect(),
        other => panic!("{other:?}"),
    }
}

/// Files of a store in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let shelves = std::fs::read_dir(folder.join("files")).unwrap();
    let of = |shelf: std::io::Result<std::fs::DirEntry>| std::fs::read_dir(shelf.unwrap().path()).unwrap();
    shelves.flat_map(of).map(|file| file.unwrap().path()).collect()
}

#[tokio::test]
async fn objects_are_kept_replaced_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let clock = clock();
        let store = ObjectStore::new(place.clone()).clocked(clock.clone());
        assert_eq!(object(&store, "a", None).await, None);
        let first = put(&store, "a", "fox").await;
        assert_eq!((first.bytes, first.media_type.as_str()), (3, "text/plain"));
        clock.advance(ms(5));
        let second = put(&store, "a", "foxes").await;
        assert_ne!(first.etag, second.etag);
        assert_eq!(second.modified_ms, first.modified_ms + 5);
        let read = object(&store, "a", None).await.unwrap();
        assert_eq!((read.content, read.description), (media("foxes"), second.clone()));
        put(&store, "empty", "").await;
        assert_eq!(text(&store, "empty", None).await.as_deref(), Some(""));
        let described = ask(&store, Request::describe(["a", "b"])).await.answer;
        assert_eq!(described, Answer::Descriptions(vec![Some(second), None]));
        if let Place::Path(folder) = &place {
            assert_eq!(files(folder).len(), 2, "what was replaced is gone");
        }
        assert_eq!(ask(&store, Request::delete(["a", "b", "empty"])).await.answer, Answer::Deleted(2));
        assert_eq!(object(&store, "a", None).await, None);
        store.check(Default::default()).await.unwrap();
        if let Place::Path(folder) = &place {
            assert!(files(folder).is_empty(), "{:?}", files(folder));
        }
    }
}

#[tokio::test]
async fn a_part_of_an_object_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let store = ObjectStore::new(place);
        put(&store, "a", "0123456789").await;
        for (range, expected) in [
            ((0, 1), "0"),
            ((3, 4), "3456"),
            ((8, 100), "89"),
            ((10, 1), ""),
            ((11, 5), ""),
            ((u64::MAX, u64::MAX), ""),
            ((1, u64::MAX), "123456789"),
        ] {
            assert_eq!(text(&store, "a", Some(range)).await.as_deref(), Some(expected), "{range:?}");
        }
        assert_eq!(object(&store, "a", Some((3, 4))).await.unwrap().description.bytes, 10);
        assert_eq!(text(&store, "b", Some((3, 4))).await, None);
    }
}

#[tokio::test]
async fn an_object_is_written_under_its_condition() {
    let folder = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(folder.path());
    let first = put_if(&store, "a", "1", Some(Condition::Absent)).await.unwrap();
    assert_eq!(put_if(&store, "a", "2", Some(Condition::Absent)).await, None);
    assert_eq!(put_if(&store, "b", "2", Some(Condition::Etag(first.etag.clone()))).await, None);
    let second = put_if(&store, "a", "2", Some(Condition::Etag(first.etag.clone()))).await.unwrap();
    assert_eq!(put_if(&store, "a", "3", Some(Condition::Etag(first.etag))).await, None, "it is another one now");
    assert_eq!(object(&store, "a", None).await.unwrap().description, second);
    assert_eq!(files(folder.path()).len(), 1, "what was not to be written is gone");
}

#[tokio::test]
async fn keys_are_no_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(folder.path());
    let long = "n".repeat(1000);
    let keys = ["A", "a", "a/b", "a/b/c", "con", "files", "index.db", "\u{fc}ber/gr\u{fc}n.png", &long];
    for key in keys {
        put(&store, key, key).await;
    }
    for key in keys {
        assert_eq!(text(&store, key, None).await.as_deref(), Some(key));
    }
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(list(&store, "", None, 100).await, sorted);
    assert_eq!(list(&store, "a/", None, 100).await, ["a/b", "a/b/c"]);
    assert_eq!(list(&store, "a", Some("a"), 1).await, ["a/b"]);
    assert_eq!(list(&store, "a", Some("z"), 1).await, [""; 0]);
}

#[tokio::test]
async fn namespaces_share_nothing() {
    let store = ObjectStore::in_memory();
    put(&store, "a", "mine").await;
    let other = |request: Request| request.within("other");
    assert_eq!(ask(&store, other(Request::get("a"))).await.answer, Answer::Object(None));
    assert_eq!(ask(&store, other(Request::list(""))).await.answer, Answer::Listed(vec![]));
    assert_eq!(ask(&store, other(Request::delete(["a"]))).await.answer, Answer::Deleted(0));
    assert_eq!(ask(&store, other(Request::describe(["a"]))).await.answer, Answer::Descriptions(vec![None]));
    ask(&store, other(Request::put("a", media("theirs")))).await;
    assert_eq!(text(&store, "a", None).await.as_deref(), Some("mine"));
}

#[tokio::test]
async fn a_namespace_holds_what_it_may_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(folder.path()).with(ObjectOptions { quota: 1000, namespaces: 1 });
    put(&store, "a", &"x".repeat(500)).await;
    for bytes in [500, 2000] {
        let (kind, message) = refused(&store, Request::put("b", media(&"x".repeat(bytes)))).await;
        assert_eq!(kind, ErrorKind::LimitExceeded);
        assert!(message.contains("it may hold 1000 B"), "{message}");
    }
    assert_eq!(files(folder.path()).len(), 1, "what was refused is gone");
    put(&store, "a", &"x".repeat(700)).await;
    let (kind, _) = refused(&store, Request::put("b", media("x")).within("other")).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn objects_outlive_the_store_and_what_was_left_behind_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(folder.path());
    let written = put(&store, "a", "fox").await;
    drop(store);
    let left = |name: &str, age: u64| {
        let path = folder.path().join("files").join("ff").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
        path
    };
    let (old, new) = (left("old", 25 * 60 * 60), left("new", 60));
    // The object is older than both.
    let known = files(folder.path()).into_iter().find(|path| *path != old && *path != new).unwrap();
    let month = std::time::Duration::from_secs(30 * 24 * 60 * 60);
    std::fs::File::options().append(true).open(known).unwrap().set_modified(SystemTime::now() - month).unwrap();

    let store = ObjectStore::open(folder.path());
    assert_eq!(object(&store, "a", None).await.unwrap().description, written);
    assert!(!old.exists() && new.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_finds_one_or_the_other() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let store = Arc::new(ObjectStore::new(place));
        put(&store, "a", "0000").await;
        let writer = {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 1..100 {
                    put(&store, "a", &format!("{number:04}")).await;
                }
            })
        };
        while !writer.is_finished() {
            let read = object(&store, "a", None).await.unwrap();
            assert_eq!(files::tag(&read.content.data), read.description.etag);
        }
        writer.await.unwrap();
    }
}
