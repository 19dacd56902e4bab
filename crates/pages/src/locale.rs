//! Which of the built-in languages a page is in. Texts are in `locales/`; this module knows only names and preference.

use serde::Serialize;

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English, also what is used when nothing matches.
    #[default]
    En,
    /// German.
    De,
    /// Japanese.
    Ja,
}

impl Locale {
    /// Every language, the default first.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Ja];

    /// The BCP 47 tag, as in the `lang` attribute and in the name of the file with the texts.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ja => "ja",
        }
    }

    /// The language that a BCP 47 tag asks for (`de-AT` is German), by its first subtag.
    fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }
}

/// Chooses a language: first `ui_locales` (space-separated, in order of preference; OpenID Connect Core section
/// 3.1.2.1), then the `Accept-Language` header (RFC 9110 section 12.5.4), then English. Malformed parts are passed over.
#[must_use]
pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
    let asked = ui_locales
        .unwrap_or_default()
        .split_ascii_whitespace()
        .find_map(Locale::of_tag);
    asked
        .or_else(|| accepted(accept_language.unwrap_or_default()))
        .unwrap_or_default()
}

/// The best language of an `Accept-Language` header; on equal weights the first one named.
fn accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(u16, Locale)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(locale) = parts.next().and_then(Locale::of_tag) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1000), thousandths)
            .unwrap_or(0);
        if weight > 0 && best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// A weight of RFC 9110 section 12.4.2 as thousandths: `0.5` is 500. `None` when it is not one.
fn thousandths(weight: &str) -> Option<u16> {
    let value: f32 = weight.trim().parse().ok()?;
    (0.0..=1.0).contains(&value).then(|| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000 by the check above"
        )]
        let whole = (value * 1000.0) as u16;
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_locales_comes_before_the_header() {
        assert_eq!(negotiate(Some("fr-CA ja de"), Some("de")), Locale::Ja);
        assert_eq!(negotiate(Some("fr"), Some("de-AT,en;q=0.5")), Locale::De);
    }

    #[test]
    fn the_header_is_read_by_weight_then_order() {
        assert_eq!(negotiate(None, Some("en;q=0.3, de;q=0.8, ja;q=0.8")), Locale::De);
        assert_eq!(negotiate(None, Some("de;q=0, ja;q=0.1")), Locale::Ja);
        assert_eq!(negotiate(None, Some("JA-jp")), Locale::Ja);
    }

    #[test]
    fn nothing_usable_means_english() {
        for header in [
            None,
            Some(""),
            Some("fr, *;q=0.1"),
            Some(";;,,q=1"),
            Some("de;q=abc"),
            Some("de;q=7"),
        ] {
            assert_eq!(negotiate(None, header), Locale::En, "{header:?}");
        }
    }
}
