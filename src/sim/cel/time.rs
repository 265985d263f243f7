//! Durations and timestamps. cel-go `common/types/duration.go` and `timestamp.go`, Go's `time.ParseDuration`.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::trouble::{Outcome, Trouble};

const UNITS: &[(&str, f64)] = &[
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
];

/// Reads `1h30m`, in nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number * UNITS.iter().find(|(unit, _)| *unit == &rest[..end])?.1;
        rest = &rest[end..];
    }
    let total: f64 = if negative { -total } else { total };
    (total.abs() < i64::MAX as f64).then(|| total.round() as i64)
}

/// Reads an RFC 3339 time.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    // jiff takes more than RFC 3339 does.
    let strict = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    let zoned = text.ends_with('Z') || text.get(text.len().checked_sub(6)?..)?.starts_with(['+', '-']);
    if strict && zoned { text.parse().ok() } else { None }
}

/// `duration` as a string: its seconds.
pub fn seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, part) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    let part = format!("{part:09}");
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}s")
}

/// A member function that asks for a part of a timestamp.
pub fn part(name: &str, of: Timestamp, zone: Option<&str>) -> Outcome<i64> {
    let zone = match zone {
        None | Some("UTC" | "") => TimeZone::UTC,
        Some(zone) => TimeZone::fixed(offset(zone)?),
    };
    let at = of.to_zoned(zone);
    Ok(match name {
        "getFullYear" => i64::from(at.year()),
        "getMonth" => i64::from(at.month()) - 1,
        "getDayOfYear" => i64::from(at.day_of_year()) - 1,
        "getDayOfMonth" => i64::from(at.day()) - 1,
        "getDate" => i64::from(at.day()),
        "getDayOfWeek" => i64::from(at.weekday().to_sunday_zero_offset()),
        "getHours" => i64::from(at.hour()),
        "getMinutes" => i64::from(at.minute()),
        "getSeconds" => i64::from(at.second()),
        _ => i64::from(at.millisecond()),
    })
}

/// `+02:00`; time zones by name need a table that differs from machine to machine.
fn offset(zone: &str) -> Outcome<Offset> {
    let unknown = || Trouble::Unmodelled(format!("the time zone `{zone}`"));
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(unknown)?;
    let (hours, minutes) = (hours.parse::<u8>(), minutes.parse::<u8>());
    let (Ok(hours), Ok(minutes)) = (hours, minutes) else { return Err(unknown()) };
    let seconds = sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
    Offset::from_seconds(seconds).map_err(|_| unknown())
}
