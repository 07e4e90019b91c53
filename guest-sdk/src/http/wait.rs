//! How long an upstream asks to be left alone, in the headers in which upstreams say so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Header;
use super::response::header;

/// A number of seconds above this is a moment, counted from 1970.
const LONGEST_WAIT: f64 = 1e9;

/// A number above this counts milliseconds from 1970.
const MILLISECONDS_FROM: f64 = 1e11;

/// Milliseconds to wait; none when the headers do not say. A guest has no clock: a moment is taken from the `date` of
/// the answer.
pub(super) fn milliseconds(headers: &[Header]) -> Option<u32> {
    let now = header(headers, "date").and_then(date);
    let number = |name: &str| header(headers, name)?.trim().parse::<f64>().ok();
    let wait = number("retry-after-ms").map(|milliseconds| milliseconds / 1000.0);
    let wait = wait.or_else(|| delay(header(headers, "retry-after")?, now));
    // Drafts of a standard, by both of their names.
    let reset = || ["ratelimit-reset", "x-ratelimit-reset"].iter().find_map(|name| delay(header(headers, name)?, now));
    let seconds = wait.or_else(|| spent(headers)).or_else(reset)?;
    let milliseconds = (seconds * 1000.0).ceil();
    if milliseconds.is_nan() || milliseconds < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
    Some(milliseconds as u32)
}

/// Seconds until the last of those limits is reset of which nothing is left: `x-ratelimit-remaining-tokens: 0` goes
/// with `x-ratelimit-reset-tokens: 6m0s`.
fn spent(headers: &[Header]) -> Option<f64> {
    let waits = headers.iter().filter_map(|remaining| {
        let what = remaining.name.strip_prefix("x-ratelimit-remaining-")?;
        let is_spent = remaining.value.trim().parse::<f64>().is_ok_and(|left| left <= 0.0);
        let reset = header(headers, &format!("x-ratelimit-reset-{what}"))?;
        if is_spent { duration(reset.trim()) } else { None }
    });
    waits.reduce(f64::max)
}

/// Seconds, as a number, as a moment in seconds or milliseconds from 1970, or as a date.
fn delay(value: &str, now: Option<SystemTime>) -> Option<f64> {
    let value = value.trim();
    let since = |moment: SystemTime| {
        // What is over need not be waited for.
        now.map(|now| moment.duration_since(now).unwrap_or_default().as_secs_f64())
    };
    match value.parse::<f64>() {
        Ok(seconds) if !seconds.is_finite() || seconds < 0.0 => None,
        Ok(seconds) if seconds < LONGEST_WAIT => Some(seconds),
        Ok(moment) => {
            let seconds = if moment > MILLISECONDS_FROM { moment / 1000.0 } else { moment };
            since(UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?)
        }
        Err(_) => since(date(value)?),
    }
}

fn date(value: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(value).ok()
}

/// Seconds of a duration such as `6m0s`, `1.5s` or `120ms`.
fn duration(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|character: char| character.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let each = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * each;
        rest = next;
    }
    (!text.is_empty()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: Option<u32>) {
        let line = |&(name, value): &(&str, &str)| Header { name: name.to_owned(), value: value.to_owned() };
        assert_eq!(milliseconds(&headers.iter().map(line).collect::<Vec<_>>()), expected, "{headers:?}");
    }

    const DATE: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        check(&[], None);
        check(&[("retry-after", "2")], Some(2_000));
        check(&[("retry-after", "0.25")], Some(250));
        check(&[("retry-after-ms", "40"), ("retry-after", "1")], Some(40));
        check(&[DATE, ("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")], Some(30_000));
        check(&[DATE, ("retry-after", "Wed, 21 Oct 2015 07:27:30 GMT")], Some(0));
        check(&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")], None);
        for nonsense in ["soon", "", "-1", "NaN", "inf"] {
            check(&[DATE, ("retry-after", nonsense)], None);
        }
        check(&[("retry-after", "99999999")], Some(u32::MAX));
    }

    #[test]
    fn a_limit_that_is_spent_says_when_it_is_reset() {
        let requests = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0s")];
        check(&requests, Some(360_000));
        let tokens = [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "1h0.5s")];
        check(&[requests, tokens].concat(), Some(3_600_500));
        check(&[("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "1s")], None);
        check(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "1 s")], None);
        check(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "88ms")], Some(88));
    }

    #[test]
    fn a_reset_is_a_wait_or_a_moment() {
        check(&[("ratelimit-reset", "7")], Some(7_000));
        check(&[DATE, ("x-ratelimit-reset", "1445412485")], Some(5_000));
        check(&[DATE, ("x-ratelimit-reset", "1445412485500")], Some(5_500));
        check(&[("x-ratelimit-reset", "1445412485")], None);
    }
}
