//! Diagnostics as text: for people ([`human()`], [`short()`]) and for machines ([`json()`], [`github()`], [`sarif()`]).

mod github;
mod human;
mod json;
mod sarif;
mod short;

pub use github::github;
pub use human::{Style, human};
pub use json::{Finding, findings, json};
pub use sarif::sarif;
pub use short::short;

use super::{Diagnostics, Severity};

/// `1 error, 2 warnings`, or `None` where there is nothing to count.
pub fn summary(diagnostics: &Diagnostics) -> Option<String> {
    let count = |severity: Severity| {
        let n = diagnostics.count(severity);
        let plural = if n == 1 { "" } else { "s" };
        (n > 0).then(|| format!("{n} {}{plural}", severity.word()))
    };
    let parts: Vec<String> = [Severity::Error, Severity::Warning]
        .into_iter()
        .filter_map(count)
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
