//! When rows whose time is over leave the store.

use crate::config::kind::Span;
use crate::config::section::Section;
use grantd_protocol::Seconds;
use std::time::Duration;

/// When the store is purged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purge {
    /// The pause between two runs.
    pub interval: Duration,
    /// How long a row stays after its end: the clocks of several nodes differ a little.
    pub grace: Seconds,
}

/// Reads `[purge]`.
pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Purge> {
    let interval = Span { least: 1, most: 86_400 };
    let interval = section.or("interval", "The pause between two runs.", &interval, "30s");
    let grace = Span { least: 0, most: 86_400 };
    let grace = section.or(
        "grace",
        "How long a row stays after its end; longer than the clocks of several machines differ.",
        &grace,
        "60s",
    );
    Some(Purge {
        interval: Duration::from_secs(u64::from(interval?.get())),
        grace: grace?,
    })
}
