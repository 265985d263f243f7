//! Durations and timestamps. cel-go `common/types/duration.go` and `timestamp.go`, Go's `time.ParseDuration`.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::trouble::{Outcome, Trouble};

/// The units, in nanoseconds.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// More digits than this behind the point are less than a nanosecond.
const FRACTION: usize = 18;

/// Reads `1h30m`, in nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, part) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if (whole.is_empty() && part.is_empty()) || part.contains('.') {
            return None;
        }
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = UNITS.iter().find(|(unit, _)| *unit == &rest[..end])?.1;
        rest = &rest[end..];
        let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
        let part = part.get(..FRACTION).unwrap_or(part);
        let fraction = number(part)?.checked_mul(unit)? / 10i128.checked_pow(part.len() as u32)?;
        total = total.checked_add(number(whole)?.checked_mul(unit)?)?.checked_add(fraction)?;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Reads an RFC 3339 time.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    // jiff takes more than RFC 3339 does.
    let strict = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && text.get(17..19)? != "60";
    let zoned = text.ends_with('Z') || text.get(text.len().checked_sub(6)?..)?.starts_with(['+', '-']);
    if strict && zoned { text.parse().ok().and_then(within) } else { None }
}

/// A time of the years that CEL knows, 1 to 9999.
pub fn within(at: Timestamp) -> Option<Timestamp> {
    (at.as_nanosecond() >= FIRST).then_some(at)
}

/// 0001-01-01T00:00:00Z.
const FIRST: i128 = -62_135_596_800_000_000_000;

/// Whether this is about the last days that CEL knows, which jiff does not.
pub fn is_last_day(text: &str) -> bool {
    text.starts_with("9999-12-3") && timestamp(&text.replacen("9999-12-3", "9998-12-3", 1)).is_some()
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
