//! Reading `[interaction]`: the platform's own app, where it logs users in and asks them in this server's place.

use super::origin;
use crate::config::kind::Parsed;
use crate::config::section::Section;

/// The longest address, in bytes: what is handed over comes on top.
const MAX_URL: usize = 500;
const APP_URL: Parsed<String> = Parsed {
    parse: |text| {
        let Some((at, _)) = origin::split(text) else {
            return Err("is no address that begins with https://".to_owned());
        };
        if !(at.starts_with("https://") || origin::is_loopback(at)) {
            return Err("must begin with https://; http:// is for this very computer".to_owned());
        }
        let is_plain = text.len() <= MAX_URL
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte))
            && !at.contains('@');
        if is_plain {
            Ok(text.to_owned())
        } else {
            Err("must be a plain address without a fragment and without a user name".to_owned())
        }
    },
    sample: "https://app.example/login",
    pattern: "",
};

/// Where the platform's own app is; this server's own pages where it is nowhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Handover {
    /// Where it logs users in.
    pub login_url: Option<String>,
    /// Where it asks them what they allow.
    pub consent_url: Option<String>,
}

impl Handover {
    /// Whether anything is handed over.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.login_url.is_some() || self.consent_url.is_some()
    }
}

/// Reads the section.
pub(super) fn read(section: &mut Section<'_>) -> Option<Handover> {
    let doc = "The platform's own app, where it logs users in and asks them, in the place of this server's pages.";
    section.section("interaction", doc, |section| {
        let login_url = section.optional("login_url", "Where it logs users in.", &APP_URL);
        let consent_url = section.optional("consent_url", "Where it asks users what they allow.", &APP_URL);
        Some(Handover {
            login_url: login_url?,
            consent_url: consent_url?,
        })
    })
}
