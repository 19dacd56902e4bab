//! An instant as pages say it: a day and a time in words of the reader's language, in UTC until a script knows better.

use crate::{
    error::InvalidValue,
    texts::{Fill, Texts},
};
use serde::Serialize;

/// An instant: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Moment(i64);

impl Moment {
    /// From whole seconds since the epoch.
    ///
    /// # Errors
    /// [`InvalidValue::Moment`] outside of the years that a calendar has.
    pub fn from_secs(secs: i64) -> Result<Self, InvalidValue> {
        jiff::Timestamp::from_second(secs)
            .map(|_| Self(secs))
            .map_err(|_| InvalidValue::Moment)
    }

    /// One of the samples' own instants.
    pub(crate) const fn of_sample(secs: i64) -> Self {
        Self(secs)
    }
}

/// The instant as an element that says it for people and for scripts.
///
/// # Errors
/// A text that is missing, or an instant that no calendar has.
pub(crate) fn element(texts: &Texts, language: &str, secs: i64) -> Result<String, String> {
    let at = jiff::Timestamp::from_second(secs).map_err(|error| error.to_string())?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    let month = texts.plain(language, &format!("month-{}", at.month()), &[])?;
    let (day, year) = (at.day().to_string(), at.year().to_string());
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    let said = texts.plain(
        language,
        "moment",
        &[
            ("day", Fill::Name(&day)),
            ("month", Fill::Name(&month)),
            ("year", Fill::Name(&year)),
            ("time", Fill::Name(&time)),
        ],
    )?;
    let (date, said) = (at.strftime("%Y-%m-%d"), crate::escape::Escaped(&said));
    Ok(format!(r#"<time datetime="{date}T{time}Z" data-local>{said}</time>"#))
}

/// The instant in digits, as those want it who compare many: the same in every language, in UTC.
pub(crate) fn digits(secs: i64) -> String {
    match jiff::Timestamp::from_second(secs) {
        Ok(at) => {
            let at = at.to_zoned(jiff::tz::TimeZone::UTC);
            let (machines, day, hour) = (
                at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                at.strftime("%Y-%m-%d"),
                at.strftime("%H:%M"),
            );
            // Where a column is too narrow for both, the line breaks between them, not within the day.
            format!(r#"<time datetime="{machines}"><span>{day}</span> {hour}</time>"#)
        }
        Err(_) => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn an_instant_is_said_in_the_readers_language_and_told_to_scripts_in_utc() {
        let texts = Texts::new(&BTreeMap::new()).unwrap();
        let said = |language| element(&texts, language, 1_795_342_500).unwrap();
        assert_eq!(
            said("en"),
            r#"<time datetime="2026-11-22T10:15Z" data-local>22 November 2026, 10:15 UTC</time>"#
        );
        assert!(said("de").contains(">22. November 2026, 10:15 UTC<"), "{}", said("de"));
        assert!(said("ja").contains(">2026年11月22日 10:15 UTC<"), "{}", said("ja"));
    }

    #[test]
    fn digits_are_the_same_in_every_language() {
        assert_eq!(
            digits(951_782_401),
            r#"<time datetime="2000-02-29T00:00:01Z"><span>2000-02-29</span> 00:00</time>"#
        );
        assert_eq!(digits(i64::MAX), "–");
    }

    #[test]
    fn an_instant_that_no_calendar_has_is_refused() {
        assert_eq!(Moment::from_secs(i64::MAX), Err(InvalidValue::Moment));
        assert!(Moment::from_secs(-1).is_ok());
    }
}
