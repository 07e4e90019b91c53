//! Stores from the command line.

use std::fs;

use super::operate;

#[test]
fn what_a_store_keeps_is_there_for_the_next_command() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("palisade.toml"), include_str!("../../../../../tests/fixtures/stores.toml")).unwrap();
    let palisade =
        |arguments: &[&str], code: i32| operate(folder.path(), state.path(), &[&["run"], arguments].concat(), code);
    let said = |arguments: &[&str]| palisade(arguments, 0).0;
    assert_eq!(said(&["key-value-store", "set", "user/7", "red fox", "user/8", "wolf", "--ttl", "1h"]), "2 written\n");
    assert_eq!(said(&["key-value-store", "get", "user/7"]).trim_end(), "red fox");
    assert_eq!(said(&["key-value-store", "list", "user/"]), "user/7\nuser/8\n");
    assert_eq!(said(&["key-value-store", "increment", "visits", "-3"]), "-3\n");
    assert!(!said(&["key-value-store", "get", "user/7", "--namespace", "other"]).contains("red fox"));
    said(&["queue", "send", "draw a fox", "draw a wolf"]);
    let received = said(&["queue", "receive", "--json"]);
    let received: serde_json::Value = serde_json::from_str(&received).unwrap();
    let receipt = received.pointer("/response/answer/received/0/receipt").and_then(serde_json::Value::as_str).unwrap();
    assert_eq!(said(&["queue", "acknowledge", receipt, receipt]), "1 of 2 still were this one's\n");
    said(&["sql", "execute", "create table calls (model text, cost real)"]);
    assert_eq!(said(&["sql", "execute", "insert into calls values (?1, ?2)", "flux", "0.04"]), "1 rows changed\n");
    assert!(said(&["sql", "query", "select model, cost from calls"]).contains("flux"));
    fs::write(folder.path().join("fox.txt"), "a red fox").unwrap();
    said(&["object-store", "put", "a/fox.txt", "--input", "fox.txt"]);
    said(&["object-store", "get", "a/fox.txt", "-o", "back.txt"]);
    assert_eq!(fs::read_to_string(folder.path().join("back.txt")).unwrap(), "a red fox");
    let point = r#"{"id": "fox", "vector": [0.9, 0.1], "payload": {"kind": "animal"}}"#;
    assert_eq!(said(&["vector-store", "upsert", point]), "1 written\n");
    let filter = r#"[{"field": "kind", "is": {"equal": "animal"}}]"#;
    assert!(said(&["vector-store", "query", "[1, 0]", "--filter", filter]).contains("fox"));
    for (wrong, message) in [
        (&["key-value-store"][..], "operation: there is none"),
        (&["key-value-store", "set", "a"], "value: there is none"),
        (&["queue", "count", "more"], "`more` is one too many for `count`"),
        (&["sql", "query", "drop table calls"], "error[invalid-input]"),
        (&["vector-store", "query", "near"], "vector: it is not the JSON that is expected"),
    ] {
        let (_, stderr) = palisade(wrong, 2);
        assert!(stderr.contains(message), "{wrong:?}: {stderr}");
    }
}
