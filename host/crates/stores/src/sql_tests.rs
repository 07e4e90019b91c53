use palisade_core::{
    ErrorKind,
    sql::{Answer, Request, Rows, Statement, Value},
};

use super::*;
use crate::test_support::{ask, places, refused};

fn plain(sql: &str) -> Statement {
    Statement::new::<Value>(sql, [])
}

pub(super) async fn execute(sql: &Sql, statements: impl IntoIterator<Item = Statement>) -> Vec<u64> {
    match ask(sql, Request::execute(statements)).await.answer {
        Answer::Changed(changed) => changed,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn query(sql: &Sql, text: &str) -> Rows {
    match ask(sql, Request::query(text)).await.answer {
        Answer::Rows(rows) => rows,
        other => panic!("{other:?}"),
    }
}

/// The one value that a query gives.
pub(super) async fn value(sql: &Sql, text: &str) -> Value {
    query(sql, text).await.rows.remove(0).remove(0)
}

#[tokio::test]
async fn tables_are_made_filled_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let sql = Sql::new(place);
        let changed = execute(
            &sql,
            [
                plain("create table songs (id integer primary key, name text, length real, cover blob)"),
                Statement::new(
                    "insert into songs (name, length, cover) values (?1, ?2, ?3), (?4, null, null)",
                    ["Fox".into(), 1.5.into(), Value::Blob { blob: vec![0, 255] }, "Hen".into()],
                ),
                plain("update songs set name = name || '!' where id = 1"),
                plain("create index by_name on songs (name)"),
                plain("delete from songs where id > 7"),
            ],
        )
        .await;
        assert_eq!(changed, [0, 2, 1, 0, 0]);
        let rows = query(&sql, "select * from songs order by id").await;
        assert_eq!(rows.columns, ["id", "name", "length", "cover"]);
        let blob = Value::Blob { blob: vec![0, 255] };
        assert_eq!(
            rows.rows,
            [vec![1.into(), "Fox!".into(), 1.5.into(), blob], vec![2.into(), "Hen".into(), Value::Null, Value::Null]]
        );
        assert!(!rows.has_more);
        let first = Statement::new("select id from songs where id >= ?1 order by id", [1_i64]);
        let first = Request::new(Operation::Query { statement: first, limit: 1 });
        let Answer::Rows(first) = ask(&sql, first).await.answer else { panic!("no rows") };
        assert_eq!((first.rows.len(), first.has_more), (1, true));
        assert_eq!(value(&sql, "select count(*) from pragma_table_info('songs')").await, 4.into());
    }
}

#[tokio::test]
async fn a_request_changes_all_or_nothing() {
    let sql = Sql::in_memory();
    execute(&sql, [plain("create table t (a integer unique)")]).await;
    let bad = Request::execute([plain("insert into t values (1)"), plain("insert into t values (1)")]);
    let (kind, message) = refused(&sql, bad).await;
    assert_eq!((kind, message.as_str()), (ErrorKind::InvalidInput, "statements[1].sql: UNIQUE constraint failed: t.a"));
    assert_eq!(value(&sql, "select count(*) from t").await, 0.into());
    // One that rolls back by itself.
    let bad = Request::execute([plain("insert into t values (1)"), plain("insert or rollback into t values (1)")]);
    assert_eq!(refused(&sql, bad).await.0, ErrorKind::InvalidInput);
    assert_eq!(value(&sql, "select count(*) from t").await, 0.into());
    // What is only checked at the end.
    execute(&sql, [plain("create table child (a integer references t (a) deferrable initially deferred)")]).await;
    let (kind, message) = refused(&sql, Request::execute([plain("insert into child values (7)")])).await;
    assert_eq!((kind, message.as_str()), (ErrorKind::InvalidInput, "statements.sql: FOREIGN KEY constraint failed"));
    assert_eq!(value(&sql, "select count(*) from child").await, 0.into());
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_words_of_sqlite() {
    let sql = Sql::in_memory();
    let cases = [
        ("selec 1", "statement.sql: near \"selec\": syntax error (at byte 0)"),
        ("select * from missing", "statement.sql: no such table: missing"),
        (
            "select \"text\"",
            "statement.sql: no such column: \"text\" - should this be a string literal in single-quotes? (at byte 7)",
        ),
        ("select ?1", "statement.sql: it has 1 parameters, and 0 values are given"),
        ("select 1; select 2", "statement.sql: it is more than one statement: write each by itself"),
        ("select '\u{1b}[31m' from \"\u{1b}\"", "statement.sql: no such table: \\u{1b}"),
    ];
    for (text, expected) in cases {
        let (kind, message) = refused(&sql, Request::query(text)).await;
        assert_eq!((kind, message.as_str()), (ErrorKind::InvalidInput, expected), "{text}");
    }
    assert_eq!(value(&sql, "select 1; -- a remark").await, 1.into());
    assert_eq!(refused(&sql, Request::query("-- a remark")).await.0, ErrorKind::InvalidInput);
}

#[tokio::test]
async fn namespaces_are_databases_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let sql = Sql::new(place.clone());
        execute(&sql, [plain("create table secret (a)")]).await;
        let other = Request::query("select * from secret").within("other");
        assert_eq!(refused(&sql, other).await.0, ErrorKind::InvalidInput);
        if let Place::Path(path) = place {
            assert!(!path.join("other.sqlite").exists(), "asking makes nothing");
        }
        ask(&sql, Request::execute([plain("create table secret (b)")]).within("other")).await;
        assert_eq!(query(&sql, "select * from secret").await.columns, ["a"]);
    }
}

#[tokio::test]
async fn there_are_only_so_many_namespaces() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let sql = Sql::new(place).with(SqlOptions { namespaces: 2, ..SqlOptions::default() });
        let make = |name: &str| Request::execute([plain("create table t (a)")]).within(name);
        ask(&sql, make("a")).await;
        ask(&sql, make("b")).await;
        assert_eq!(refused(&sql, make("c")).await.0, ErrorKind::LimitExceeded);
        ask(&sql, Request::query("select * from t").within("a")).await;
    }
}

#[tokio::test]
async fn more_databases_than_may_be_open_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let sql = Sql::open(folder.path());
    let name = |number: i64| format!("n{number}");
    for number in 0..70 {
        let make = [plain("create table t (a)"), Statement::new("insert into t values (?1)", [number])];
        ask(&sql, Request::execute(make).within(name(number))).await;
    }
    for number in [0, 69] {
        let Answer::Rows(rows) = ask(&sql, Request::query("select a from t").within(name(number))).await.answer else {
            panic!("no rows")
        };
        assert_eq!(rows.rows, [[number.into()]]);
    }
}

#[tokio::test]
async fn tables_outlive_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let sql = Sql::open(folder.path());
    execute(&sql, [plain("create table t (a)"), plain("insert into t values (1)")]).await;
    palisade_core::Provider::check(&sql, Default::default()).await.unwrap();
    drop(sql);
    let sql = Sql::open(folder.path());
    assert_eq!(value(&sql, "select a from t").await, 1.into());
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.retain(|name| !name.to_string_lossy().contains("default.sqlite"));
    assert!(files.is_empty(), "the check left {files:?}");
}

#[tokio::test]
async fn functions_that_were_replaced_answer_as_those_of_sqlite_do() {
    let sql = Sql::in_memory();
    let bare = rusqlite::Connection::open_in_memory().unwrap();
    let inputs =
        ["null", "''", "'a'", "'Füchse Füchse'", "'üchse'", "'xxaxx'", "'x'", "x'61ff62'", "x'ff'", "12.5", "'.'", "7"];
    for one in inputs {
        for two in inputs {
            for call in [
                format!("instr({one}, {two})"),
                format!("replace({one}, {two}, 'new')"),
                format!("trim({one}, {two})"),
                format!("ltrim({one}, {two})"),
                format!("rtrim({one}, {two})"),
            ] {
                // A blob of no UTF-8 as text is nobody's promise.
                if !call.starts_with("instr") && (one.starts_with("x'") || two.starts_with("x'")) {
                    continue;
                }
                let expected =
                    bare.query_one(&format!("select quote({call})"), [], |row| row.get::<_, String>(0)).unwrap();
                assert_eq!(value(&sql, &format!("select quote({call})")).await, expected.into(), "{call}");
            }
        }
    }
}
