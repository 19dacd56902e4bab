//! Reading `[branding]`.

use super::Branding;
use crate::config::kind::{ListOf, Parsed, Text};
use crate::config::section::Section;
use serde_json::json;

const COLOUR: Parsed<String> = Parsed {
    parse: |text| {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let good = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if good {
            Ok(text.to_ascii_lowercase())
        } else {
            Err("is not a colour of the form #rrggbb".to_owned())
        }
    },
    sample: "#2f4fd0",
    pattern: "^#[0-9A-Fa-f]{6}$",
};
const LANGUAGE: Parsed<String> = Parsed {
    parse: |text| {
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let good = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_lowercase())
            && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if good {
            Ok(text.to_owned())
        } else {
            Err("is not a language tag such as \"en\" or \"pt-BR\"".to_owned())
        }
    },
    sample: "en",
    pattern: "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
};

/// Reads the section. An empty display name stands for the realm's.
pub(super) fn read(section: &mut Section<'_>) -> Option<Branding> {
    let display_name = section.optional("display_name", "The name on the pages; the realm's when absent.", &Text);
    let logo = section.optional("logo", "An SVG, PNG or WebP file, relative to this file.", &Text);
    let accent = section.optional(
        "accent",
        "The colour of buttons and links. Contrast is kept whatever it is.",
        &COLOUR,
    );
    let locales = section.or(
        "locales",
        "Languages of the pages, the preferred one first; empty for all.",
        &ListOf(LANGUAGE),
        json!([]),
    );
    let logo = logo?.map(|logo| section.resolve(&logo));
    if let Some(path) = &logo {
        let kind = path.extension().and_then(|kind| kind.to_str());
        let wrong = if !matches!(kind, Some("svg" | "png" | "webp")) {
            Some(format!("\"{}\" is not an .svg, .png or .webp file", path.display()))
        } else if !path.is_file() {
            Some(format!("there is no file \"{}\"", path.display()))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            section.problem("logo", wrong, None);
            return None;
        }
    }
    Some(Branding {
        display_name: display_name?.unwrap_or_default(),
        logo,
        accent: accent?,
        locales: locales?,
    })
}
