//! Stylesheets, scripts and pictures under names that hold a hash of their content, so that they may be cached for ever.
//! Knows files and names; caching headers are the server's part.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;

use crate::theme::Accent;

#[derive(rust_embed::RustEmbed)]
#[folder = "assets/"]
struct BuiltIn;

/// A file to serve below `{base}assets/`. Its name changes with its content: send it with
/// `Cache-Control: public, max-age=31536000, immutable`.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The content.
    pub bytes: Bytes,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// Value of `ETag`, quotes included.
    pub etag: String,
}

/// All assets of one set of pages.
pub(crate) struct Assets {
    /// `base.css` -> `base-1a2b3c4d5e6f.css`.
    public_names: BTreeMap<String, String>,
    /// The same files by public name.
    files: BTreeMap<String, Asset>,
}

impl Assets {
    /// The built-in files, replaced and extended by those of a theme.
    pub(crate) fn new(theme: BTreeMap<String, Vec<u8>>) -> Self {
        let built_in = BuiltIn::iter().filter_map(|name| {
            let file = BuiltIn::get(&name)?;
            Some((name.into_owned(), file.data.into_owned()))
        });
        let contents: BTreeMap<String, Vec<u8>> = built_in.chain(theme).collect();
        let mut assets = Self {
            public_names: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        for (name, content) in contents {
            let hash = short_hash(&content);
            let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
            let public = format!("{stem}-{hash}.{extension}");
            let asset = Asset {
                bytes: content.into(),
                content_type: content_type(extension),
                etag: format!("\"{hash}\""),
            };
            assets.files.insert(public.clone(), asset);
            assets.public_names.insert(name, public);
        }
        assets
    }

    /// The public name of a file, for a template that names it.
    pub(crate) fn public_name(&self, name: &str) -> Option<&str> {
        self.public_names.get(name).map(String::as_str)
    }

    /// The file behind a public name, accent stylesheets included.
    pub(crate) fn get(&self, public_name: &str) -> Option<Asset> {
        self.files
            .get(public_name)
            .cloned()
            .or_else(|| theme_asset(public_name))
    }
}

/// Public name of an accent's stylesheet. It holds the colour, so any process can serve it without having seen the realm,
/// and a hash, so that a new version of grantd is not answered from an old cache.
pub(crate) fn theme_name(accent: Accent) -> String {
    format!("theme-{}-{}.css", accent.hex(), short_hash(accent.css().as_bytes()))
}

/// The public names of the accents seen so far. Finding one means searching for colours with enough contrast.
#[derive(Default)]
pub(crate) struct ThemeNames(RwLock<BTreeMap<Accent, Arc<str>>>);

/// Accents come from realms' configuration, so there are few; should there be more, the rest is worked out each time.
const KEPT_THEMES: usize = 1000;

impl ThemeNames {
    /// See [`theme_name`].
    pub(crate) fn name(&self, accent: Accent) -> Arc<str> {
        let known = self.0.read().ok().and_then(|names| names.get(&accent).cloned());
        known.unwrap_or_else(|| {
            let name: Arc<str> = theme_name(accent).into();
            if let Ok(mut names) = self.0.write()
                && names.len() < KEPT_THEMES
            {
                names.insert(accent, Arc::clone(&name));
            }
            name
        })
    }
}

fn theme_asset(public_name: &str) -> Option<Asset> {
    let accent = Accent::from_hex(public_name.strip_prefix("theme-")?.get(..6)?)?;
    let css = accent.css();
    let etag = format!("\"{}\"", short_hash(css.as_bytes()));
    (theme_name(accent) == public_name).then(|| Asset {
        bytes: css.into(),
        content_type: content_type("css"),
        etag,
    })
}

/// 12 hexadecimal digits of SHA-256: enough to tell versions of one file apart.
fn short_hash(content: &[u8]) -> String {
    digest(&SHA256, content)
        .as_ref()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The types that pages may load. Anything else is handed out as bytes, which no browser runs.
fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_served_under_a_name_with_its_hash() {
        let assets = Assets::new(BTreeMap::new());
        for name in ["base.css", "base.js", "form-post.js", "favicon.svg"] {
            let public = assets.public_name(name).unwrap();
            assert_ne!(public, name);
            assert!(!assets.get(public).unwrap().bytes.is_empty());
            assert!(assets.get(name).is_none(), "the plain name would be cached for ever");
        }
    }

    #[test]
    fn changed_content_has_a_new_name() {
        let changed = Assets::new(BTreeMap::from([("base.css".to_owned(), b"body{}".to_vec())]));
        assert_ne!(
            changed.public_name("base.css"),
            Assets::new(BTreeMap::new()).public_name("base.css")
        );
    }

    #[test]
    fn an_accent_stylesheet_needs_its_exact_name() {
        let assets = Assets::new(BTreeMap::new());
        let name = theme_name(Accent::default());
        assert_eq!(assets.get(&name).unwrap().content_type, "text/css; charset=utf-8");
        for bad in [
            "theme-.css",
            "theme-2f4fd0.css",
            "theme-zzzzzz-000000000000.css",
            "theme-2f4fd0-000000000000.css",
            "theme-日本語",
        ] {
            assert!(assets.get(bad).is_none(), "{bad}");
        }
    }
}
