//! Scopes (RFC 6749 section 3.3) and scope patterns: `invoices:*` (all of one resource) and `*` (everything).
//! Whether a scope exists in a realm's catalogue, or may be granted, is decided in the core.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The longest scope parameter that is read, in bytes.
pub const MAX_SCOPE_TEXT: usize = 16 * 1024;
/// Up to how many scopes are told apart by comparing each with each.
const FEW: usize = 16;
/// The longest single scope, in bytes.
pub const MAX_SCOPE_TOKEN: usize = 256;

/// Why a text is not a list of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScopeError {
    /// A character outside `%x21 / %x23-5B / %x5D-7E`, or a token that is empty or too long.
    #[error("a scope has characters that RFC 6749 section 3.3 does not allow, or is too long")]
    BadToken,
    /// The whole text is too long.
    #[error("the scope parameter is too long")]
    TooLong,
}

/// A set of scopes in the order they were named, each once; the text form is what goes on the wire and into the
/// store. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeSet {
    text: Arc<str>,
}

impl ScopeSet {
    /// The empty set.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Parses a space-separated list. Repeated scopes and spaces are folded.
    ///
    /// # Errors
    /// See [`ScopeError`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > MAX_SCOPE_TEXT {
            return Err(ScopeError::TooLong);
        }
        let tokens = text.split(' ').filter(|token| !token.is_empty());
        if !tokens.clone().all(is_token) {
            return Err(ScopeError::BadToken);
        }
        // Long lists come from programs, which write them as they are kept: then nothing is put together again.
        if is_long_and_folded(text) {
            return Ok(Self { text: text.into() });
        }
        Ok(tokens.collect())
    }

    /// Wraps a text that this type wrote before (a stored column).
    #[must_use]
    pub fn from_stored(text: Arc<str>) -> Self {
        Self { text }
    }

    /// The scopes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        Tokens { rest: &self.text }
    }

    /// The space-separated text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The space-separated text, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether exactly this scope is in the set; patterns are not interpreted.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|token| token == scope)
    }

    /// Whether the set holds `scope` itself or a pattern that covers it.
    #[must_use]
    pub fn covers(&self, scope: &str) -> bool {
        self.iter().any(|held| covers(held, scope))
    }

    /// Whether every scope of `other` is covered by this set.
    #[must_use]
    pub fn covers_all(&self, other: &Self) -> bool {
        if self.text == other.text {
            return true;
        }
        // Comparing each with each takes half a millisecond where both have three hundred.
        if other.iter().nth(FEW).is_none() {
            return other.iter().all(|scope| self.covers(scope));
        }
        let held: HashSet<&str> = self.iter().collect();
        let patterns: Vec<&str> = self.iter().filter(|scope| is_pattern(scope)).collect();
        other
            .iter()
            .all(|scope| held.contains(scope) || patterns.iter().any(|pattern| covers(pattern, scope)))
    }

    /// Both sets, in order, each scope once.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.covers_exactly(other) {
            self.clone()
        } else {
            self.iter().chain(other.iter()).collect()
        }
    }

    fn covers_exactly(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.contains(scope))
    }
}

/// The tokens of a text. Byte by byte: they are short, and `str::split` takes several times as long to begin with each.
#[derive(Clone)]
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let end = self.rest.bytes().position(|byte| byte == b' ');
            let (token, rest) = match end {
                Some(end) => (self.rest.get(..end)?, self.rest.get(end + 1..)?),
                None => (self.rest, ""),
            };
            self.rest = rest;
            if !token.is_empty() {
                return Some(token);
            }
            if rest.is_empty() {
                return None;
            }
        }
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        let (mut few, mut many) = (Vec::new(), HashSet::new());
        let mut text = String::new();
        for scope in scopes {
            // Most sets are small, and then comparing is cheaper than hashing.
            let is_new = if few.len() < FEW {
                let is_new = !few.contains(&scope);
                few.extend(is_new.then_some(scope));
                is_new
            } else {
                !few.contains(&scope) && many.insert(scope)
            };
            if is_new {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(scope);
            }
        }
        Self { text: text.into() }
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{}]", self.text)
    }
}

/// Whether a text has many scopes, each once, with single spaces between them and none around them.
fn is_long_and_folded(text: &str) -> bool {
    let count = text.split(' ').count();
    if count <= FEW {
        return false;
    }
    // As large as it gets from the beginning: for three hundred it would be built anew five times.
    let mut seen = HashSet::with_capacity(count);
    text.split(' ').all(|token| !token.is_empty() && seen.insert(token))
}

/// Whether `text` is one scope token of RFC 6749 section 3.3, of reasonable length.
#[must_use]
pub fn is_token(text: &str) -> bool {
    (1..=MAX_SCOPE_TOKEN).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// Whether `text` is a pattern: `*`, or ends in `:*`.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text == "*" || (text.len() > 2 && text.ends_with(":*"))
}

/// Whether holding `held` means holding `wanted` (a scope, or a narrower pattern). A text that is not one scope is held by nobody:
/// several of them would be covered by who holds the first.
///
/// `*` never covers `openid`, `offline_access` or anything of grantd itself: those are never a platform's to give
/// away wholesale.
#[must_use]
pub fn covers(held: &str, wanted: &str) -> bool {
    if held == wanted {
        return true;
    }
    let is_below = if held == "*" {
        !matches!(wanted, "openid" | "offline_access") && !wanted.starts_with("grantd:")
    } else {
        held.len() > 2
            && held.ends_with(":*")
            && held
                .strip_suffix('*')
                .is_some_and(|prefix| wanted.starts_with(prefix) && wanted.len() > prefix.len())
    };
    is_below && is_token(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stored_texts_give_their_tokens_however_they_are_spaced() {
        for text in ["", " ", "a", " a", "a ", "a b", "  a  b  ", "ä b"] {
            let set = ScopeSet::from_stored(text.into());
            let split: Vec<_> = text.split(' ').filter(|token| !token.is_empty()).collect();
            assert_eq!(set.iter().collect::<Vec<_>>(), split, "{text:?}");
        }
    }

    #[test]
    fn a_star_never_covers_openid_offline_access_or_grantd_itself() {
        for scope in ["openid", "offline_access", "grantd:clients:read", "grantd:*"] {
            assert!(!covers("*", scope), "{scope}");
        }
        assert!(covers("*", "invoices:read") && covers("*", "invoices:*") && covers("*", "*"));
        assert!(covers("grantd:*", "grantd:clients:read"));
    }

    #[test]
    fn a_resource_pattern_covers_its_resource_alone() {
        assert!(covers("invoices:*", "invoices:read") && covers("invoices:*", "invoices:lines:read"));
        for scope in ["invoices", "invoices:", "invoicesx:read", "customers:read", "*"] {
            assert!(!covers("invoices:*", scope), "{scope}");
        }
        // A bare ":*" is an ordinary, odd scope and not a pattern.
        assert!(!covers(":*", ":read"));
    }

    #[test]
    fn commas_are_scope_characters_and_control_characters_are_not() {
        assert_eq!(ScopeSet::parse("a,b").unwrap().len(), 1);
        for text in ["a\tb", "a\"b", "a\\b", "é", "a\nb"] {
            assert_eq!(ScopeSet::parse(text), Err(ScopeError::BadToken), "{text}");
        }
    }

    #[test]
    fn repeated_scopes_are_folded_in_order() {
        assert_eq!(ScopeSet::parse("b a  b").unwrap().as_str(), "b a");
    }

    #[test]
    fn a_large_set_is_covered_like_its_scopes_one_by_one() {
        let many: Vec<String> = (0..300).map(|number| format!("area{number}:read")).collect();
        let all: ScopeSet = many.iter().map(String::as_str).collect();
        let without: ScopeSet = many.iter().skip(1).map(String::as_str).collect();
        let backwards: ScopeSet = many.iter().rev().map(String::as_str).collect();
        let pattern: ScopeSet = many.iter().skip(1).map(String::as_str).chain(["area0:*"]).collect();
        assert!(all.covers_all(&backwards) && all.covers_all(&without) && pattern.covers_all(&all));
        assert!(!without.covers_all(&all) && !without.covers_all(&backwards));
    }

    proptest! {
        #[test]
        fn a_long_list_is_folded_like_its_scopes_one_by_one(text in "([a-e]{1,2} {1,2}){10,40}[a-e]{0,2}") {
            let folded: ScopeSet = text.split(' ').filter(|token| !token.is_empty()).collect();
            prop_assert_eq!(ScopeSet::parse(&text).unwrap(), folded);
        }

        #[test]
        fn a_long_list_without_repetition_is_kept_as_it_is(count in 17_usize..300) {
            let names: Vec<String> = (0..count).map(|number| format!("area{number}:read")).collect();
            let text = names.join(" ");
            let kept = ScopeSet::parse(&text).unwrap();
            prop_assert_eq!(kept.as_str(), text.as_str());
        }

        #[test]
        fn covering_is_reflexive_and_transitive(
            a in "(\\*|[a-c](:[a-c*])?)", b in "(\\*|[a-c](:[a-c*])?)", c in "(\\*|[a-c](:[a-c*])?)",
        ) {
            prop_assert!(covers(&a, &a));
            if covers(&a, &b) && covers(&b, &c) {
                prop_assert!(covers(&a, &c));
            }
        }

        #[test]
        fn a_union_covers_both_sides_and_nothing_else(a in "[a-d]( [a-d]){0,4}", b in "[a-d]( [a-d]){0,4}") {
            let (a, b) = (ScopeSet::parse(&a).unwrap(), ScopeSet::parse(&b).unwrap());
            let union = a.union(&b);
            prop_assert!(union.covers_all(&a) && union.covers_all(&b));
            prop_assert!(union.iter().all(|scope| a.contains(scope) || b.contains(scope)));
        }
    }
}
