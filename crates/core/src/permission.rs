//! Permissions: the catalogue of a realm, and how a requested scope becomes a granted one.
//!
//! Three sets meet here: what was asked, what the client may ever have, and what the role in the tenant allows. What
//! is granted is always within all three.

use grantd_protocol::scope::{covers, is_pattern, is_token};
use grantd_protocol::{ErrorCode, OAuthError, ScopeSet};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// What an app can do with a permission, at worst: drives the consent page's words and warnings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// See data.
    #[default]
    Read,
    /// Change data.
    Change,
    /// Remove data.
    Delete,
    /// Move money.
    Money,
    /// Govern others' access.
    Admin,
}

/// What happens to a scope that exists but is not permitted to a client or a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ExcessScope {
    /// `invalid_scope`. Clients that registered themselves are cut all the same: they cannot know.
    #[default]
    Refuse,
    /// It is left out, and the reply's `scope` says what is left.
    Cut,
}

/// One permission of a catalogue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permission {
    /// The scope.
    pub name: Arc<str>,
    /// The resource it belongs to, for grouping.
    pub group: String,
    /// What it lets an app do, as users read it: "See invoices".
    pub description: String,
    /// How much harm it can do.
    pub risk: Risk,
    /// Permissions that come with it.
    pub implies: Vec<Arc<str>>,
}

/// A realm's permissions in their declared order.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    permissions: Vec<Permission>,
    index: HashMap<Arc<str>, usize>,
    /// The names in declared order, space-separated, and where in it each begins: what is asked for is often a stretch of it.
    /// Empty where one has the name of an identity scope.
    in_order: String,
    begins: Vec<usize>,
    /// The server's own, apart from the platform's.
    own: Vec<Permission>,
    identity_scopes: bool,
}

/// Scopes of OpenID Connect Core sections 5.4 and 11, known in every realm that speaks it.
pub const IDENTITY_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

impl Catalogue {
    /// A catalogue of these permissions; `identity_scopes` adds those of OpenID Connect. A name that occurs twice
    /// keeps its first entry (configuration refuses it before).
    #[must_use]
    pub fn new(permissions: Vec<Permission>, identity_scopes: bool) -> Self {
        let mut index = HashMap::with_capacity(permissions.len());
        for (position, permission) in permissions.iter().enumerate() {
            index.entry(Arc::clone(&permission.name)).or_insert(position);
        }
        let (mut in_order, mut begins) = (String::new(), Vec::with_capacity(permissions.len()));
        for permission in &permissions {
            begins.push(in_order.len());
            in_order.push_str(&permission.name);
            in_order.push(' ');
        }
        let is_plain = |name: &str| is_token(name) && !IDENTITY_SCOPES.contains(&name);
        if !permissions.iter().all(|permission| is_plain(&permission.name)) {
            in_order.clear();
        }
        Self {
            permissions,
            index,
            in_order,
            begins,
            own: Vec::new(),
            identity_scopes,
        }
    }

    /// The same with the server's own permissions ([`crate::admin::permission`]), for a realm that has the admin API.
    #[must_use]
    pub fn with_own(mut self) -> Self {
        self.own = crate::admin::permission::catalogue();
        self
    }

    /// The server's own permissions. They are not among the platform's: a client is given them by name.
    #[must_use]
    pub fn own(&self) -> &[Permission] {
        &self.own
    }

    /// Every permission in declared order.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// One permission by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Permission> {
        self.index
            .get(name)
            .and_then(|position| self.permissions.get(*position))
            .or_else(|| self.own.iter().find(|permission| &*permission.name == name))
    }

    /// Whether the scopes of OpenID Connect are known here.
    #[must_use]
    pub const fn has_identity_scopes(&self) -> bool {
        self.identity_scopes
    }

    /// Whether `scope` is one of OpenID Connect's, in a realm that has them.
    #[must_use]
    pub fn is_identity_scope(&self, scope: &str) -> bool {
        self.identity_scopes && IDENTITY_SCOPES.contains(&scope)
    }

    /// Whether a scope exists: listed, an identity scope, or a pattern that covers something listed.
    #[must_use]
    pub fn knows(&self, scope: &str) -> bool {
        self.get(scope).is_some()
            || self.is_identity_scope(scope)
            || (is_pattern(scope) && self.covered(scope).next().is_some())
    }

    /// Whether a set is a stretch of the platform's permissions in their declared order, such as all of them. Then each exists,
    /// and none is an identity scope. It takes one look at the first and one comparison, however many there are.
    #[must_use]
    pub fn has_in_a_row(&self, scopes: &ScopeSet) -> bool {
        let first = scopes.iter().next().and_then(|first| self.index.get(first));
        let begin = first.and_then(|place| self.begins.get(*place));
        let from_there = begin.and_then(|begin| self.in_order.get(*begin..));
        let behind = from_there.and_then(|names| names.strip_prefix(scopes.as_str()));
        behind.is_some_and(|behind| behind.starts_with(' '))
    }

    /// Whether every scope of a set exists. Who asks for many most often asks in the order in which they are declared here, so
    /// the next one is compared with the one behind the last before it is looked up.
    #[must_use]
    pub fn knows_all(&self, scopes: &ScopeSet) -> bool {
        let mut next = 0;
        self.has_in_a_row(scopes)
            || scopes.iter().all(|scope| {
                let in_order = self.permissions.get(next).is_some_and(|one| *one.name == *scope);
                if !in_order {
                    next = match self.index.get(scope) {
                        Some(place) => *place,
                        None => return self.knows(scope),
                    };
                }
                next += 1;
                true
            })
    }

    /// The permissions, the server's own among them, that a pattern covers.
    pub fn covered<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a Permission> {
        let all = self.permissions.iter().chain(&self.own);
        all.filter(move |permission| covers(pattern, &permission.name))
    }
}

/// The bounds within which a request's scopes are granted.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// The realm's catalogue.
    pub catalogue: &'a Catalogue,
    /// What the client may ever have.
    pub client: &'a ScopeSet,
    /// What the role in the tenant allows; `None` where no tenant takes part, so that no role bounds it.
    pub role: Option<&'a ScopeSet>,
    /// What happens to a known scope outside the bounds.
    pub excess: ExcessScope,
}

/// What bounds a user for whom no tenant's role does: everything of the platform's. The server's own permissions come
/// from a role alone, so nobody gets them by consenting to a client that has them.
#[must_use]
pub fn of_users_without_role() -> ScopeSet {
    ["*"].into_iter().collect()
}

/// What of `held` a role permits now, as the realm defines it: for credentials that live long, and were bounded by it when
/// they were made. Patterns become what they cover for the role; what the catalogue lost is lost.
#[must_use]
pub fn within_role(held: &ScopeSet, role: &ScopeSet, catalogue: &Catalogue) -> ScopeSet {
    let bounds = Bounds {
        catalogue,
        client: held,
        role: Some(role),
        excess: ExcessScope::Cut,
    };
    let known: ScopeSet = held.iter().filter(|scope| catalogue.knows(scope)).collect();
    bounds.grant(&known).unwrap_or_default()
}

impl Bounds<'_> {
    /// Decides what of `requested` is granted.
    ///
    /// A pattern stays a pattern only where the client and the role both hold it; otherwise it becomes the explicit
    /// scopes it covers for them, so that a token never silently grows with the catalogue.
    ///
    /// # Errors
    /// `invalid_scope` for a scope that does not exist, and for one outside the bounds where the realm refuses
    /// those.
    pub fn grant(&self, requested: &ScopeSet) -> Result<ScopeSet, OAuthError> {
        if self.catalogue.knows_all(requested)
            && self.client.covers_all(requested)
            && (self.role.is_none() || requested.iter().all(|scope| self.role_permits(scope)))
        {
            // The usual case needs no new set.
            return Ok(requested.clone());
        }
        let mut granted: Vec<&str> = Vec::new();
        for scope in requested.iter() {
            if !self.catalogue.knows(scope) {
                return Err(OAuthError::with_detail(
                    ErrorCode::InvalidScope,
                    &format!("the scope '{scope}' does not exist"),
                ));
            }
            if self.permits(scope) {
                granted.push(scope);
            } else if is_pattern(scope) && self.expand(scope, &mut granted) {
            } else if self.excess == ExcessScope::Refuse {
                return Err(OAuthError::with_detail(
                    ErrorCode::InvalidScope,
                    &format!("the scope '{scope}' is not permitted here"),
                ));
            }
        }
        Ok(granted.into_iter().collect())
    }

    /// Whether the client and the role both hold `scope` (or something that covers it). Identity scopes are the
    /// user's to give, so no role bounds them.
    #[must_use]
    pub fn permits(&self, scope: &str) -> bool {
        self.client.covers(scope) && self.role_permits(scope)
    }

    fn role_permits(&self, scope: &str) -> bool {
        self.role
            .is_none_or(|role| self.catalogue.is_identity_scope(scope) || role.covers(scope))
    }

    /// Adds what a pattern covers within the bounds. Returns whether there was anything.
    fn expand<'a>(&'a self, pattern: &'a str, granted: &mut Vec<&'a str>) -> bool {
        let before = granted.len();
        let names = self.catalogue.covered(pattern).map(|permission| &*permission.name);
        granted.extend(names.filter(|name| self.permits(name)));
        granted.len() > before
    }
}

#[cfg(test)]
mod tests;
