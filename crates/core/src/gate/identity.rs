//! What the API behind the gate is told about the caller: six headers, always all of them and never an empty one, so that
//! none that the caller sent itself survives. Must not know who asks.

use super::route::Need;
use crate::token::credential::Verdict;
use std::fmt::Write as _;

/// Where there is nothing to tell.
pub const NOBODY: &str = "-";
/// The most bytes of all six values together: nginx gives up on an answer of more than 4 KB.
const MAX_BYTES: usize = 3000;
/// What every name begins with, and no other header may: an application that reads them all would take one of a caller's for
/// one of these.
pub const BEGIN: &str = "x-grantd-";
/// The names, in the order of the values of [`Identity`].
pub const HEADERS: [&str; 6] = [
    "x-grantd-subject",
    "x-grantd-client",
    "x-grantd-tenant",
    "x-grantd-scopes",
    "x-grantd-grant",
    "x-grantd-token-id",
];

/// The values of [`HEADERS`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity(pub [String; 6]);

impl Identity {
    /// That of a caller without any credential.
    #[must_use]
    pub fn nobody() -> Self {
        Self(std::array::from_fn(|_| NOBODY.to_owned()))
    }

    /// That of a good credential. Of its scopes only those that the call needs are told. `None` where it is too long to
    /// be told whole: half a name could be somebody else's.
    #[must_use]
    pub fn of(verdict: &Verdict<'_>, need: &Need) -> Option<Self> {
        let optional = |text: Option<&str>| text.map_or_else(|| NOBODY.to_owned(), visible);
        let scopes = need.scopes.as_str();
        let grant = verdict.grant.map(|grant| grant.to_string());
        let identity = Self([
            visible(&verdict.subject),
            optional(verdict.client_id.map(|id| &**id)),
            optional(verdict.tenant.map(|id| &**id)),
            // Scopes are visible ASCII (RFC 6749 section 3.3); the spaces between them stay.
            if scopes.is_empty() {
                NOBODY.to_owned()
            } else {
                scopes.to_owned()
            },
            optional(grant.as_deref()),
            visible(&verdict.id),
        ]);
        let bytes: usize = identity.0.iter().map(String::len).sum();
        (bytes <= MAX_BYTES).then_some(identity)
    }
}

/// A text as visible ASCII: everything else is percent-encoded, and so is the percent sign, so that two names never become
/// one. A text that looks like [`NOBODY`], or is empty, does not look like it afterwards.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    match text {
        NOBODY => return "%2D".to_owned(),
        "" => return "%".to_owned(),
        _ => {}
    }
    for byte in text.bytes() {
        if matches!(byte, b'!'..=b'~') && byte != b'%' {
            out.push(char::from(byte));
        } else {
            // Writing into a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, client, realm, scopes, token_endpoint::access_facts};
    use crate::record::AccessFacts;
    use crate::token::credential::{Credential, judge};
    use proptest::prelude::*;

    fn told(change: impl FnOnce(&mut AccessFacts), needed: &str) -> Option<[String; 6]> {
        let mut facts = access_facts();
        change(&mut facts);
        let (realm, client) = (realm(), client());
        let verdict = judge(Credential::Access(&facts, Some(&client)), &realm, NOW).unwrap();
        let need = Need {
            scopes: scopes(needed),
            ..Need::default()
        };
        Identity::of(&verdict, &need).map(|identity| identity.0)
    }

    #[test]
    fn every_header_has_a_value_and_the_scopes_are_those_that_are_needed() {
        let all = told(|_| {}, "invoices:read").unwrap();
        assert!(all.iter().all(|value| !value.is_empty()));
        assert_eq!(all[3], "invoices:read");
        let none = told(
            |facts| {
                facts.token.tenant = None;
                facts.token.grant = None;
            },
            "",
        )
        .unwrap();
        assert_eq!((&*none[2], &*none[3], &*none[4]), ("-", "-", "-"));
        assert!(HEADERS.iter().all(|name| name.starts_with(BEGIN)));
        assert!(Identity::nobody().0.iter().all(|value| value == "-"));
    }

    #[test]
    fn a_value_is_visible_ascii_and_never_looks_like_nobody() {
        let tenant = |text: &str| told(|facts| facts.token.tenant = Some(text.into()), "").unwrap()[2].clone();
        assert_eq!(tenant("acme"), "acme");
        assert_eq!(tenant("a b\r\nX-Admin: 1"), "a%20b%0D%0AX-Admin:%201");
        assert_eq!(tenant("Z\u{fc}rich"), "Z%C3%BCrich");
        assert_eq!(tenant("-"), "%2D");
        assert_ne!(tenant("a%20b"), tenant("a b"));
    }

    #[test]
    fn an_identity_that_is_too_long_is_not_told_in_part() {
        assert_eq!(
            told(|facts| facts.token.tenant = Some("x".repeat(3000).into()), ""),
            None
        );
    }

    proptest! {
        #[test]
        fn no_two_names_become_one(one in "\\PC{0,12}", other in "[-%a-c ]{0,4}", third in "[-%a-c0-9 ]{0,6}") {
            for (left, right) in [(&one, &other), (&other, &third)] {
                prop_assert_eq!(visible(left) == visible(right), left == right);
                prop_assert!(visible(left).bytes().all(|byte| matches!(byte, b'!'..=b'~')) && visible(left) != NOBODY);
            }
        }
    }
}
