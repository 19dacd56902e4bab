//! What surrounds every page: language, the realm's name and look, and where its assets are.

use serde::Serialize;

use crate::{link::LocalUrl, locale::Locale, theme::Accent};

/// The frame of a page. One per realm and language; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Shell {
    /// Language of the page, from [`crate::negotiate`].
    pub locale: Locale,
    /// Display name of the realm, as its users know it.
    pub realm: String,
    /// Picture of the realm, at most 32 px high on the page. On this origin only: the content security policy blocks others.
    pub logo: Option<LocalUrl>,
    /// The realm's colour.
    pub accent: Accent,
    /// Path prefix below which `assets/...` is served: `/` or `/t1/`.
    pub base: LocalUrl,
}
