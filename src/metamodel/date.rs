//! Dates as EMF reads and writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Reads `2026-01-02`, `2026-01-02T03:04`, `2026-01-02T03:04:05`, with milliseconds, with `+0100` behind them.
///
/// Without an offset it is UTC, whatever the machine's time zone, so that it means the same everywhere.
fn parse(text: &str) -> Option<Timestamp> {
    let (civil, offset) = split_offset(text)?;
    let time: DateTime = match civil.len() {
        10 => format!("{civil}T00:00").parse().ok()?,
        _ if civil.as_bytes().get(10) == Some(&b'T') => civil.parse().ok()?,
        _ => return None,
    };
    let zone = TimeZone::fixed(offset);
    Some(time.to_zoned(zone).ok()?.timestamp())
}

fn split_offset(text: &str) -> Option<(&str, Offset)> {
    if let Some(civil) = text.strip_suffix('Z') {
        return Some((civil, Offset::UTC));
    }
    let time = text.find('T').unwrap_or(text.len());
    let Some(at) = text[time..].find(['+', '-']).map(|n| time + n) else {
        return Some((text, Offset::UTC));
    };
    let digits = text[at + 1..].replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    Some((&text[..at], Offset::from_seconds(sign * seconds).ok()?))
}

/// Whether a text is a date.
pub(super) fn is_date(text: &str) -> bool {
    parse(text).is_some()
}

/// A date as EMF writes it where the machine's time zone is UTC: `2026-01-02T02:04:05.000+0000`.
pub(super) fn in_utc(text: &str) -> String {
    parse(text).map_or_else(
        || text.to_owned(),
        |time| {
            let utc = time.to_zoned(TimeZone::UTC).datetime();
            let millisecond = utc.subsec_nanosecond() / 1_000_000;
            format!(
                "{}.{millisecond:03}+0000",
                utc.strftime("%Y-%m-%dT%H:%M:%S")
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_in_utc() {
        for (text, written) in [
            (
                "2000-01-01T00:00:00.000+0100",
                "1999-12-31T23:00:00.000+0000",
            ),
            ("2000-01-01", "2000-01-01T00:00:00.000+0000"),
            ("2000-01-01T10:20", "2000-01-01T10:20:00.000+0000"),
            ("2000-01-01T10:20:30.5-0130", "2000-01-01T11:50:30.500+0000"),
        ] {
            assert_eq!(in_utc(text), written);
        }
        assert!(!is_date("yesterday"));
        assert!(!is_date("2000-13-01"));
    }
}
