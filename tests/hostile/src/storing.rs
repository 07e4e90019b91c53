//! Asks the stores that it is lent. The prompt says which and what: `vectors memory upsert fox 1 0`, `values sessions get user/7`.

use palisade_guest::chat::{Request, Response};
use palisade_guest::stores::{
    self, Condition, Entry, NewMessage, ObjectCondition, Point, Range, Search, Statement, StoreError, Value,
};
use palisade_guest::{Media, Result};

type Said = Result<String, StoreError>;

pub(crate) fn reply(request: &Request) -> Result<Response> {
    let prompt = request.prompt();
    let words: Vec<&str> = prompt.split(' ').collect();
    let said = match words.as_slice() {
        ["lent"] => {
            let lent = stores::lent().into_iter();
            let each = lent.map(|store| format!("{} {} {}", store.name, store.kind, store.read_only));
            Ok(each.collect::<Vec<_>>().join(", "))
        }
        ["vectors", store, rest @ ..] => vectors(store, rest),
        ["values", store, rest @ ..] => values(store, rest),
        ["objects", store, rest @ ..] => objects(store, rest),
        ["queue", store, rest @ ..] => queue(store, rest),
        ["database", store, ..] => {
            let sql = prompt.splitn(4, ' ').nth(3).unwrap_or_default();
            database(store, words.get(2).copied().unwrap_or_default(), sql)
        }
        _ => return Err(palisade_guest::Failure::invalid_input("prompt", "say what to do")),
    };
    let told = said.unwrap_or_else(|error| match error {
        StoreError::Denied(what) => format!("denied: {what}"),
        StoreError::Invalid(why) => format!("invalid: {why}"),
        StoreError::TooLarge(why) => format!("too-large: {why}"),
        StoreError::Unavailable(why) => format!("unavailable: {why}"),
        StoreError::Io(why) => format!("io: {why}"),
    });
    Ok(Response::text(told))
}

/// Has to note something.
pub(crate) fn note() -> Result<Response> {
    stores::values("notes").increment("calls", 1, None)?;
    Ok(Response::text("noted"))
}

fn vectors(store: &str, words: &[&str]) -> Said {
    let store = stores::vectors(store);
    let numbers = |words: &[&str]| words.iter().filter_map(|word| word.parse().ok()).collect::<Vec<f32>>();
    let payload = |point: &Point| point.payload.clone().unwrap_or_default();
    match words {
        ["upsert", id, numbers_of @ ..] => {
            let point = Point::new(*id, numbers(numbers_of)).with(format!("{{\"name\":\"{id}\"}}"));
            store.upsert([point]).map(|count| count.to_string())
        }
        ["plain", id, payload] => store.upsert([Point::new(*id, [1.0]).with(*payload)]).map(|count| count.to_string()),
        ["query", filter, numbers_of @ ..] => {
            let search = Search { with_vectors: true, ..Search::nearest(numbers(numbers_of), 2) };
            let search = if *filter == "-" { search } else { search.among(*filter) };
            let found = store.query(search)?.into_iter();
            let each =
                found.map(|found| format!("{} {:.2} {} {:?}", found.id, found.score, found.payload, found.vector));
            Ok(each.collect::<Vec<_>>().join("; "))
        }
        ["get", ids @ ..] => {
            let points = store.get(ids.iter().copied())?;
            Ok(points.iter().map(|point| point.as_ref().map_or("-".to_owned(), payload)).collect::<Vec<_>>().join(" "))
        }
        ["delete", ids @ ..] => store.delete(ids.iter().copied()).map(|count| count.to_string()),
        ["delete-matching", filter] => store.delete_matching(filter).map(|count| count.to_string()),
        _ => store.count(None).map(|count| count.to_string()),
    }
}

fn values(store: &str, words: &[&str]) -> Said {
    let store = stores::values(store);
    let versions = |versions: Vec<Option<u64>>| format!("{versions:?}");
    match words {
        ["set", key, value] => store.set([Entry::new(*key, *value)]).map(|_| "kept".to_owned()),
        ["new", key, value] => store.set([Entry::new(*key, *value).only_if(Condition::Absent)]).map(versions),
        ["fill", key, bytes] => {
            store.set([Entry::new(*key, vec![b'x'; bytes.parse().unwrap_or(0)])]).map(|_| "kept".to_owned())
        }
        ["many", count] => {
            let keys = (0..count.parse().unwrap_or(0)).map(|number: u32| number.to_string());
            Ok(format!("{} values", store.get(keys)?.len()))
        }
        ["get", keys @ ..] => {
            let values = store.get(keys.iter().copied())?;
            let text = |kept: &stores::Kept| String::from_utf8_lossy(&kept.value).into_owned();
            let each = values.iter().map(|value| value.as_ref().map_or("-".to_owned(), text));
            Ok(each.collect::<Vec<_>>().join(" "))
        }
        ["size", key] => {
            let values = store.get([*key])?;
            Ok(format!("{} bytes", values.iter().flatten().map(|kept| kept.value.len()).sum::<usize>()))
        }
        ["delete", keys @ ..] => store.delete(keys.iter().copied()).map(|count| count.to_string()),
        ["increment", key, by] => store.increment(key, by.parse().unwrap_or(0), None).map(|sum| sum.to_string()),
        ["keys", prefix] => store.keys(prefix, None, None).map(|keys| keys.join(" ")),
        _ => store.keys("", None, Some(0)).map(|keys| keys.join(" ")),
    }
}

fn objects(store: &str, words: &[&str]) -> Said {
    let store = stores::objects(store);
    match words {
        ["put", key, text] => {
            Ok(store.put(key, plain(text)?, None)?.map_or("-".to_owned(), |put| format!("{} bytes", put.bytes)))
        }
        ["new", key, text] => Ok(format!("{}", store.put(key, plain(text)?, Some(ObjectCondition::Absent))?.is_some())),
        ["fill", key, bytes] => {
            use std::io::Write as _;
            let mut writer = palisade_guest::blobs::Writer::new("application/octet-stream");
            let bytes: usize = bytes.parse().unwrap_or(0);
            let written = (0..bytes.div_ceil(1 << 20)).try_for_each(|_| writer.write_all(&vec![7; 1 << 20]));
            let content = written.map_err(palisade_guest::Failure::from).and_then(|()| writer.finish());
            match content {
                Ok(content) => Ok(format!("{:?}", store.put(key, content, None)?.map(|put| put.bytes))),
                Err(failure) => Ok(failure.message),
            }
        }
        ["get", key] => read(store.get(key, None)?),
        ["part", key, offset, length] => {
            let range = Range { offset: offset.parse().unwrap_or(0), length: length.parse().unwrap_or(0) };
            read(store.get(key, Some(range))?)
        }
        ["hold", key, times] => {
            let (mut held, mut refused) = (Vec::new(), String::new());
            for _ in 0..times.parse().unwrap_or(0) {
                match store.get(key, None) {
                    Ok(object) => held.extend(object),
                    Err(StoreError::TooLarge(why)) => refused = why,
                    Err(error) => return Err(error),
                }
            }
            Ok(format!("{} kept, {refused}", held.len()))
        }
        ["describe", keys @ ..] => {
            let all = store.describe(keys.iter().copied())?;
            Ok(all.iter().map(|one| one.as_ref().map_or("-", |one| &one.media_type)).collect::<Vec<_>>().join(" "))
        }
        ["delete", keys @ ..] => store.delete(keys.iter().copied()).map(|count| count.to_string()),
        _ => {
            let all = store.objects("", None, None)?;
            Ok(all.into_iter().map(|one| one.key).collect::<Vec<_>>().join(" "))
        }
    }
}

fn plain(text: &str) -> Result<Media, StoreError> {
    Media::new("text/plain", text.as_bytes().to_vec()).map_err(|failure| StoreError::Io(failure.message))
}

fn read(object: Option<stores::Object>) -> Said {
    let Some(object) = object else { return Ok("-".to_owned()) };
    let bytes = object.content.read_all().map_err(|failure| StoreError::Io(failure.message))?;
    let text =
        if bytes.len() > 100 { format!("{} bytes", bytes.len()) } else { String::from_utf8_lossy(&bytes).into_owned() };
    Ok(format!("{text} of {} {}", object.description.bytes, object.description.media_type))
}

fn queue(store: &str, words: &[&str]) -> Said {
    let store = stores::queue(store);
    match words {
        ["send", text] => store.send([NewMessage::new(*text)]).map(|ids| ids.len().to_string()),
        ["work"] => {
            let messages = store.receive(10, None)?;
            let text: Vec<_> =
                messages.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect();
            let settled = match messages.as_slice() {
                [] => Vec::new(),
                [first, rest @ ..] => {
                    let mut settled = store.extend([&first.receipt], 60_000)?;
                    settled.extend(store.acknowledge([&first.receipt])?);
                    let rest: Vec<_> = rest.iter().map(|message| message.receipt.as_str()).collect();
                    if !rest.is_empty() {
                        settled.extend(store.release(rest, 0)?);
                    }
                    settled
                }
            };
            Ok(format!("{} {settled:?}", text.join(" ")))
        }
        _ => {
            let counts = store.count()?;
            Ok(format!("{} {} {} {}", counts.ready, counts.delayed, counts.leased, counts.dead))
        }
    }
}

fn database(store: &str, what: &str, sql: &str) -> Said {
    let store = stores::database(store);
    if what == "execute" {
        let statement = if sql.contains("?1") { Statement::new(sql).with("red fox") } else { Statement::new(sql) };
        return store.execute([statement]).map(|changed| format!("{changed:?}"));
    }
    let found = store.query(Statement::new(sql), None)?;
    let value = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    let row = |row: &Vec<Value>| row.iter().map(value).collect::<Vec<_>>().join(" ");
    Ok(format!("{}: {}", found.columns.join(" "), found.rows.iter().map(row).collect::<Vec<_>>().join("; ")))
}
