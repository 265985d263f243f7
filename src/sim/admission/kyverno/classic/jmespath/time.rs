//! Moments: Kyverno's `pkg/engine/jmespath/time.go`. Moments are in RFC 3339; other layouts are not modelled.

use jiff::{SignedDuration, Timestamp, tz::Offset};
use serde_json::{Value, json};

use super::Failure;
use super::functions::Arguments;
use crate::sim::admission::kyverno::classic::duration;

/// Nanoseconds from the year 1 to 1970.
const YEAR_ONE: i128 = 62_135_596_800 * 1_000_000_000;

/// A moment and the offset in which it was told.
#[derive(Clone, Copy)]
struct Moment {
    at: Timestamp,
    offset: Offset,
}

/// Calls a function of this kind; `None` where the name is another's.
pub(super) fn call(a: &Arguments<'_, '_>) -> Option<Result<Value, Failure>> {
    let count = match a.name {
        "time_to_cron" | "time_utc" => 1,
        "time_add" | "time_diff" | "time_before" | "time_after" | "time_truncate" | "time_parse" => 2,
        "time_since" | "time_between" => 3,
        _ => return None,
    };
    Some(a.count(count).and_then(|()| answer(a)))
}

fn moment(a: &Arguments<'_, '_>, at: usize) -> Result<Moment, Failure> {
    let text = a.text(at)?;
    let bad = || a.fault(format!("{text:?} is no moment in RFC 3339"));
    let stamp: Timestamp = text.parse().map_err(|_| bad())?;
    let offset = match text.rfind(['+', '-']).filter(|sign| *sign > 10) {
        None => Offset::UTC,
        Some(sign) => {
            let (hours, minutes) = text[sign + 1..].split_once(':').ok_or_else(bad)?;
            let seconds = hours.parse::<i32>().map_err(|_| bad())? * 3600
                + minutes.parse::<i32>().map_err(|_| bad())? * 60;
            let seconds = if text[sign..].starts_with('-') { -seconds } else { seconds };
            Offset::from_seconds(seconds).map_err(|_| bad())?
        }
    };
    Ok(Moment { at: stamp, offset })
}

/// As Go's `Format(time.RFC3339)` writes it: no fractions of a second.
fn written(moment: Moment) -> String {
    let text = moment.at.to_zoned(moment.offset.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let seconds = moment.offset.seconds();
    if seconds == 0 {
        return format!("{text}Z");
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{text}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn nanos(a: &Arguments<'_, '_>, at: usize) -> Result<i64, Failure> {
    let text = a.text(at)?;
    duration::parse(text).ok_or_else(|| a.fault(format!("{text:?} is no duration")))
}

fn between(earlier: Timestamp, later: Timestamp) -> String {
    duration::text(i64::try_from(later.duration_since(earlier).as_nanos()).unwrap_or(i64::MAX))
}

fn answer(a: &Arguments<'_, '_>) -> Result<Value, Failure> {
    Ok(match a.name {
        "time_since" => {
            if !a.text(0)?.is_empty() || a.text(2)?.is_empty() {
                return Err(a.unmodelled("a layout, or the time that it is now,"));
            }
            json!(between(moment(a, 1)?.at, moment(a, 2)?.at))
        }
        "time_diff" => json!(between(moment(a, 0)?.at, moment(a, 1)?.at)),
        "time_before" => json!(moment(a, 0)?.at < moment(a, 1)?.at),
        "time_after" => json!(moment(a, 0)?.at > moment(a, 1)?.at),
        "time_between" => {
            let at = moment(a, 0)?.at;
            json!(at > moment(a, 1)?.at && at < moment(a, 2)?.at)
        }
        "time_utc" => json!(written(Moment { offset: Offset::UTC, ..moment(a, 0)? })),
        "time_add" => {
            let start = moment(a, 0)?;
            let at = start.at.checked_add(SignedDuration::from_nanos(nanos(a, 1)?));
            json!(written(Moment { at: at.map_err(|e| a.fault(e))?, ..start }))
        }
        "time_truncate" => {
            let start = moment(a, 0)?;
            let step = i128::from(nanos(a, 1)?);
            // Go counts from the year 1.
            let since = start.at.as_nanosecond() + YEAR_ONE;
            let over = if step > 0 { since.rem_euclid(step) } else { 0 };
            let at = Timestamp::from_nanosecond(start.at.as_nanosecond() - over);
            json!(written(Moment { at: at.map_err(|e| a.fault(e))?, ..start }))
        }
        "time_to_cron" => {
            let start = moment(a, 0)?;
            let local = start.at.to_zoned(start.offset.to_time_zone());
            json!(format!(
                "{} {} {} {} {}",
                local.minute(),
                local.hour(),
                local.day(),
                local.month(),
                local.weekday().to_sunday_zero_offset()
            ))
        }
        "time_parse" if a.text(0)?.parse::<i64>().is_ok() => {
            let seconds = a.text(1)?.parse().map_err(|e| a.fault(e))?;
            let at = Timestamp::from_second(seconds).map_err(|e| a.fault(e))?;
            json!(written(Moment { at, offset: Offset::UTC }))
        }
        "time_parse" if a.text(0)? == "2006-01-02T15:04:05Z07:00" => json!(written(moment(a, 1)?)),
        _ => return Err(a.unmodelled("this layout")),
    })
}
