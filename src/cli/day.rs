//! Days as they are written on the command line.

use super::Failure;

/// The first second of a day, in the time zone of the machine.
pub(super) fn start(text: Option<&str>) -> Result<Option<i64>, Failure> {
    let Some(text) = text else {
        return Ok(None);
    };
    let wrong = |_| Failure::usage(format!("`{text}` is no day")).hint("write it as 2026-11-18");
    let day: jiff::civil::Date = text.parse().map_err(wrong)?;
    let start = day.to_zoned(jiff::tz::TimeZone::system()).map_err(wrong)?;
    Ok(Some(start.timestamp().as_second()))
}

/// The last second of a day.
pub(super) fn end(text: Option<&str>) -> Result<Option<i64>, Failure> {
    Ok(start(text)?.map(|start| start + 24 * 60 * 60 - 1))
}
