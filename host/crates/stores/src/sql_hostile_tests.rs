//! Statements of somebody who means harm.

use std::time::Instant;

use palisade_core::{
    ErrorKind,
    sql::{Request, Statement, Value},
};

use super::{
    tests::{execute, query, value},
    *,
};
use crate::test_support::refused;

/// Runs for ever.
const FOREVER: &str = "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";

fn plain(sql: &str) -> Statement {
    Statement::new::<Value>(sql, [])
}

fn short() -> SqlOptions {
    SqlOptions { timeout: Duration::from_millis(200), ..SqlOptions::default() }
}

#[tokio::test]
async fn nothing_leads_out_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let sql = Sql::open(folder.path().join("databases"));
    execute(&sql, [plain("create table t (a)"), plain("insert into t values (1)")]).await;
    let outside = folder.path().join("outside.db");
    let outside = outside.display();
    let cases = [
        ("attach '/etc/passwd' as p".to_owned(), "other databases"),
        (format!("attach '{outside}' as o"), "other databases"),
        ("attach 'default.sqlite' as o".to_owned(), "other databases"),
        ("detach main".to_owned(), "other databases"),
        (format!("vacuum into '{outside}'"), ""),
        ("select load_extension('/tmp/evil.so')".to_owned(), "`load_extension`"),
        ("select LOAD_EXTENSION('/tmp/evil.so', 'main')".to_owned(), "`load_extension`"),
        ("select fts3_tokenizer('simple')".to_owned(), "`fts3_tokenizer`"),
        ("select readfile('/etc/passwd')".to_owned(), "no such function"),
        ("select writefile('/tmp/x', 'y')".to_owned(), "no such function"),
        ("select * from pragma_database_list".to_owned(), "`database_list`"),
        ("create virtual table v using csv(filename='/etc/passwd')".to_owned(), ""),
        ("create virtual table v using fts4(a)".to_owned(), "`fts4`"),
        ("create virtual table temp.v using fts5(a)".to_owned(), ""),
        ("create temp table x (a)".to_owned(), "end with a connection"),
        ("create table temp.x (a)".to_owned(), "end with a connection"),
        ("pragma writable_schema = on".to_owned(), "`writable_schema`"),
        ("pragma trusted_schema = on".to_owned(), "`trusted_schema`"),
        ("pragma journal_mode = off".to_owned(), "`journal_mode`"),
        ("pragma max_page_count = 1000000000".to_owned(), "`max_page_count`"),
        ("pragma temp_store_directory = '/tmp'".to_owned(), "`temp_store_directory`"),
        ("pragma query_only = off".to_owned(), "`query_only`"),
        ("pragma user_version = 7".to_owned(), "`user_version`"),
        ("update sqlite_schema set sql = 'create table t (b)'".to_owned(), ""),
        ("insert into sqlite_schema values ('table', 'x', 'x', 2, 'create table x (a)')".to_owned(), ""),
        ("delete from sqlite_schema".to_owned(), ""),
        ("begin".to_owned(), "one transaction"),
        ("commit".to_owned(), "one transaction"),
        ("end".to_owned(), "one transaction"),
        ("rollback".to_owned(), "one transaction"),
        ("savepoint s".to_owned(), "one transaction"),
        ("release s".to_owned(), "one transaction"),
        ("insert into t values (2); commit".to_owned(), "one transaction"),
    ];
    for (text, reason) in cases {
        for request in [Request::execute([plain("insert into t values (2)"), plain(&text)]), Request::query(&text)] {
            let is_query = matches!(request.operation, Operation::Query { .. });
            let (kind, message) = refused(&sql, request).await;
            assert_eq!(kind, ErrorKind::InvalidInput, "{text}: {message}");
            assert!(is_query || message.contains(reason), "{text}: {message}");
        }
    }
    assert_eq!(value(&sql, "select count(*) from t").await, 1.into(), "nothing of it was written");
    assert_eq!(query(&sql, "select * from t").await.columns, ["a"]);
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "a file was made beside the folder");
}

#[tokio::test]
async fn a_query_changes_nothing() {
    let sql = Sql::in_memory();
    execute(&sql, [plain("create table t (a)")]).await;
    let changes = [
        "insert into t values (1)",
        "insert into t values (1) returning a",
        "update t set a = 1",
        "delete from t",
        "drop table t",
        "alter table t add column b",
        "create table u (a)",
        "create view v as select 1",
        "replace into t values (1)",
        "with x as (select 1) insert into t select * from x",
        "reindex",
        "analyze",
        "vacuum",
    ];
    for text in changes {
        let (kind, message) = refused(&sql, Request::query(text)).await;
        assert_eq!(kind, ErrorKind::InvalidInput, "{text}: {message}");
        assert!(message.contains("`execute`"), "{text}: {message}");
    }
    assert_eq!(value(&sql, "select count(*) from t").await, 0.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    for sql in [Sql::in_memory(), Sql::open(folder.path())] {
        let sql = sql.with(short());
        execute(&sql, [plain("create table t (a)"), plain("insert into t values (1)")]).await;
        let start = Instant::now();
        let (kind, message) = refused(&sql, Request::query(FOREVER)).await;
        assert_eq!((kind, message.as_str()), (ErrorKind::Deadline, "finish: the statements took longer than 200ms"));
        let fill = "insert into t with recursive n (i) as (select 1 union all select i + 1 from n) select i from n";
        let (kind, _) = refused(&sql, Request::execute([plain(fill)])).await;
        assert_eq!(kind, ErrorKind::Deadline);
        println!("two statements that never end took {:?}", start.elapsed());
        assert_eq!(value(&sql, "select count(*) from t").await, 1.into(), "it goes on, and nothing was kept");
        // Several statements that are each quick enough share the time.
        let slow = "insert into t with recursive n (i) as (select 1 union all select i + 1 from n limit 20000) select 1 from n";
        let (kind, _) = refused(&sql, Request::execute(vec![plain(slow); 1000])).await;
        assert_eq!(kind, ErrorKind::Deadline);
        assert_eq!(value(&sql, "select count(*) from t").await, 1.into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_ended() {
    let sql = Sql::in_memory().with(SqlOptions { timeout: Duration::from_secs(3600), ..SqlOptions::default() });
    execute(&sql, [plain("create table t (a)")]).await;
    let asking = sql.ask(Request::query(FOREVER));
    assert!(tokio::time::timeout(Duration::from_millis(50), asking).await.is_err());
    // The connection is free again, long before the hour is over.
    assert_eq!(value(&sql, "select count(*) from t").await, 0.into());
}

/// Each of these is one step of a statement.
#[tokio::test(flavor = "multi_thread")]
async fn no_step_takes_for_ever() {
    let sql = Sql::in_memory().with(SqlOptions {
        timeout: Duration::from_secs(20),
        value: 16 << 20,
        ..SqlOptions::default()
    });
    let many = "hex(zeroblob(4000000))";
    let cases = [
        format!("select instr({many}, substr({many}, 1, 4000000) || '1')"),
        format!("select length(replace({many}, substr({many}, 1, 4000000) || '1', 'x'))"),
        format!("select length(trim({many}, substr(replace(hex(zeroblob(2000000)), '0', 'ab'), 1, 4000000) || '0'))"),
        format!("select {many} like '{}1'", "%0".repeat(40)),
        format!("select {many} glob '{}1'", "*0".repeat(40)),
    ];
    for text in cases {
        let start = Instant::now();
        query(&sql, &text).await;
        println!("{:?}: {}", start.elapsed(), &text[..40]);
    }
    for text in ["select unhex('00', '0')", "select json_patch('{}', '{}')", "select 'a' like hex(zeroblob(100))"] {
        assert_eq!(refused(&sql, Request::query(text)).await.0, ErrorKind::InvalidInput, "{text}");
    }
}

#[tokio::test]
async fn memory_is_bounded() {
    let sql = Sql::in_memory().with(SqlOptions { memory: 1 << 20, ..SqlOptions::default() });
    let cases = [
        "select zeroblob(4000000000)",
        "select randomblob(1000000000)",
        "select hex(zeroblob(16000000))",
        "select length(randomblob(1100000))",
        "select printf('%.*c', 1000000000, 'x')",
        "select replace(hex(zeroblob(100000)), '0', hex(zeroblob(100000)))",
        "select group_concat(hex(zeroblob(100000))) from (with recursive n (i) as (select 1 union all select i + 1 from n limit 1000) select i from n)",
        // Rows that are small, and many.
        "with recursive n (i) as (select 1 union all select i + 1 from n limit 100) select hex(zeroblob(10000)) from n",
    ];
    for text in cases {
        let (kind, message) = refused(&sql, Request::query(text)).await;
        assert_eq!(kind, ErrorKind::LimitExceeded, "{text}: {message}");
    }
    let many = format!("select {}1", "randomblob(1000000), ".repeat(200));
    let (_, message) = refused(&sql, Request::query(many)).await;
    assert!(message.contains("too many columns"), "{message}");
    let large = Statement::new("select length(?1)", [Value::Blob { blob: vec![0; 2 << 20] }]);
    let (kind, _) = refused(&sql, Request::new(Operation::Query { statement: large, limit: 1 })).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn the_disk_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    for sql in [Sql::in_memory(), Sql::open(folder.path())] {
        let sql = sql.with(SqlOptions { quota: 1 << 20, value: 16 << 20, ..SqlOptions::default() });
        execute(&sql, [plain("create table t (a)"), plain("insert into t values (1)")]).await;
        for text in ["insert into t values (zeroblob(2000000))", "create table u as select zeroblob(2000000)"] {
            let (kind, message) = refused(&sql, Request::execute([plain(text)])).await;
            assert_eq!(kind, ErrorKind::LimitExceeded, "{message}");
            assert!(message.contains("it may have 1.0 MiB"), "{message}");
        }
        execute(&sql, [plain("insert into t values (zeroblob(500000))")]).await;
        assert_eq!(value(&sql, "select count(*) from t").await, 2.into());
    }
}

#[tokio::test]
async fn statements_may_not_be_monsters() {
    let sql = Sql::in_memory();
    let deep = format!("select {}1{}", "(".repeat(5000), ")".repeat(5000));
    let wide = format!("select {}1", "1, ".repeat(5000));
    let long = format!("select {}1", "1 union all select ".repeat(5000));
    let sum = format!("select {}1", "1 + ".repeat(5000));
    for text in [deep, wide, long, sum] {
        assert_eq!(refused(&sql, Request::query(text)).await.0, ErrorKind::InvalidInput);
    }
}
