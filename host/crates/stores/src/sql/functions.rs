//! Functions of SQLite whose time is the product of two inputs, which one step of a statement has and no deadline can end, as
//! functions whose time is their sum.

use std::{borrow::Cow, collections::BTreeSet};

use memchr::memmem;
use rusqlite::{
    Connection, Error,
    ffi::{self, ErrorCode},
    functions::{Context, FunctionFlags},
    types::{Value, ValueRef},
};

/// Puts them in the place of those that SQLite has. They give no more bytes than these.
pub(super) fn replace(connection: &Connection, most_bytes: usize) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(c"instr", 2, flags, |context| instr(context))?;
    connection.create_scalar_function(c"replace", 3, flags, move |context| replace_all(context, most_bytes))?;
    connection.create_scalar_function(c"trim", 2, flags, |context| trim(context, true, true))?;
    connection.create_scalar_function(c"ltrim", 2, flags, |context| trim(context, true, false))?;
    connection.create_scalar_function(c"rtrim", 2, flags, |context| trim(context, false, true))?;
    connection.create_scalar_function(c"unhex", 2, flags, |_| -> rusqlite::Result<Value> {
        Err(Error::UserFunctionError("unhex takes one argument here".into()))
    })
}

/// Where a text or a blob first is in another, from 1; 0 where it is not.
fn instr(context: &Context<'_>) -> rusqlite::Result<Value> {
    let (hay, needle) = (context.get_raw(0), context.get_raw(1));
    let (Some(all), Some(part)) = (bytes(hay), bytes(needle)) else { return Ok(Value::Null) };
    let Some(place) = memmem::find(&all, &part) else { return Ok(Value::Integer(0)) };
    let before = all.get(..place).unwrap_or_default();
    let are_blobs = matches!((hay, needle), (ValueRef::Blob(_), ValueRef::Blob(_)));
    let count = if are_blobs { before.len() } else { characters(before) };
    Ok(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1)))
}

fn replace_all(context: &Context<'_>, most_bytes: usize) -> rusqlite::Result<Value> {
    let raw = [context.get_raw(0), context.get_raw(1), context.get_raw(2)];
    let [Some(all), Some(old), Some(new)] = raw.map(bytes) else { return Ok(Value::Null) };
    if old.is_empty() {
        return Ok(text(all.into_owned()));
    }
    let finder = memmem::Finder::new(&*old);
    let times = finder.find_iter(&all).count();
    let kept = all.len().saturating_sub(times.saturating_mul(old.len()));
    let length = kept.saturating_add(times.saturating_mul(new.len()));
    if length > most_bytes {
        return Err(Error::SqliteFailure(
            ffi::Error { code: ErrorCode::TooBig, extended_code: ffi::SQLITE_TOOBIG },
            None,
        ));
    }
    let (mut replaced, mut from) = (Vec::with_capacity(length), 0);
    for place in finder.find_iter(&all) {
        replaced.extend_from_slice(all.get(from..place).unwrap_or_default());
        replaced.extend_from_slice(&new);
        from = place + old.len();
    }
    replaced.extend_from_slice(all.get(from..).unwrap_or_default());
    Ok(text(replaced))
}

/// Without those of these characters that stand at the ends.
fn trim(context: &Context<'_>, start: bool, end: bool) -> rusqlite::Result<Value> {
    let (Some(all), Some(of)) = (bytes(context.get_raw(0)), bytes(context.get_raw(1))) else { return Ok(Value::Null) };
    let (all, of) = (String::from_utf8_lossy(&all), String::from_utf8_lossy(&of));
    let of: BTreeSet<char> = of.chars().collect();
    let mut rest = &*all;
    if start {
        rest = rest.trim_start_matches(|character| of.contains(&character));
    }
    if end {
        rest = rest.trim_end_matches(|character| of.contains(&character));
    }
    Ok(Value::Text(rest.to_owned()))
}

/// A value as the bytes of its text; none where it is null.
fn bytes(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        ValueRef::Real(number) => Some(Cow::Owned(format!("{number:?}").into_bytes())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Cow::Borrowed(bytes)),
    }
}

fn text(bytes: Vec<u8>) -> Value {
    Value::Text(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Characters of UTF-8: each has one byte that does not continue another.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}
