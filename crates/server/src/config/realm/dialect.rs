//! How a platform's clients spell requests and want replies, where that is not the standard form. A dialect is a
//! matter of the wire: it is configured here, undone and done in `crate::wire`, and known nowhere else.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What a client's `dialect` says when the client speaks the standard form alone.
pub(super) const STANDARD: &str = "standard";

/// One dialect. The standard form is served beside it, whatever it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// Its name in the realm's file.
    pub name: Arc<str>,
    /// How parameter names are spelled.
    pub parameters: Case,
    /// How the members of replies are spelled.
    pub replies: Case,
    /// Whether a body may be JSON.
    pub json_bodies: bool,
    /// What stands between two scopes.
    pub scope_separator: Separator,
    /// Whether a token request without `grant_type` is taken for what its other parameters say.
    pub infer_grant_type: bool,
    /// Whether a token reply says when the refresh token ends.
    pub refresh_token_expires_in: bool,
    /// Whether a token reply says its scope.
    pub scope_in_replies: bool,
    /// How errors look.
    pub errors: ErrorShape,
}

/// How names of several words are spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    /// `grant_type`, as the standards have it.
    Snake,
    /// `grantType`.
    Camel,
}

/// What stands between two scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Separator {
    /// As RFC 6749 section 3.3 has it.
    Space,
    /// `a,b`.
    Comma,
}

/// How errors look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorShape {
    /// The members of RFC 6749 section 5.2, spelled as the dialect spells replies.
    Standard,
    /// `{"error":{"code":..,"message":..}}`.
    Nested,
}

/// The dialects of a realm.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dialects {
    default: Option<Arc<Dialect>>,
    named: BTreeMap<Arc<str>, Arc<Dialect>>,
}

impl Dialects {
    /// These dialects, one of which may be that of clients that name none.
    #[must_use]
    pub fn new(all: Vec<Dialect>, default: Option<&str>) -> Self {
        let named: BTreeMap<_, _> = all
            .into_iter()
            .map(|dialect| (Arc::clone(&dialect.name), Arc::new(dialect)))
            .collect();
        Self {
            default: default.and_then(|name| named.get(name)).cloned(),
            named,
        }
    }

    /// Whether every client speaks the standard form.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The dialect of clients that name none.
    #[must_use]
    pub const fn of_realm(&self) -> Option<&Arc<Dialect>> {
        self.default.as_ref()
    }

    /// Every dialect.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Dialect>> + Clone {
        self.named.values()
    }

    /// The dialect of a client that names `own`. `None` is the standard form alone, which is also what is left to a
    /// client whose dialect is not configured any more.
    #[must_use]
    pub fn of_client(&self, own: Option<&str>) -> Option<&Arc<Dialect>> {
        match own {
            None => self.of_realm(),
            Some(name) => self.named.get(name),
        }
    }

    /// Whether a client may name `dialect`.
    #[must_use]
    pub fn knows(&self, dialect: &str) -> bool {
        dialect == STANDARD || self.named.contains_key(dialect)
    }
}
