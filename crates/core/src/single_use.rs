//! Values of somebody else that may be used once: the `jti` of a client's assertion, of a proof, of a request object.
//! Each is spent in the same change as the outcome of the request that carried it. Must not know where it came from.

use crate::change::{Change, Guard, SeenKey, Write};
use crate::refusal::{NO_INITIAL_ACCESS, NOT_AUTHENTICATED};
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{ErrorCode, OAuthError, Seconds, Timestamp};

/// Clocks of two nodes may differ by this much: the memory of a value outlives the value itself by it, so that a node
/// whose clock is behind does not take it for unused.
const CLOCK_MARGIN: Seconds = Seconds(60);

/// One presented value, to be spent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SingleUse {
    key: SeenKey,
    keep_until: Timestamp,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Assertion,
    Imported,
    InitialAccess,
    Proof,
    Pushed,
    Opened,
    Connection,
    Granted,
    Report,
    Passkey,
    HandedOver,
    HandedBack,
    Login,
    Making,
    Announced,
}

impl Kind {
    const fn label(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Imported => "imported",
            Self::InitialAccess => "initial-access",
            Self::Proof => "proof",
            Self::Pushed => "pushed",
            Self::Opened => "opened",
            Self::Connection => "connection",
            Self::Granted => "granted",
            Self::Report => "report",
            Self::Passkey => "passkey",
            Self::HandedOver => "handed-over",
            Self::HandedBack => "handed-back",
            Self::Login => "login",
            Self::Making => "making",
            Self::Announced => "announced",
        }
    }
}

impl SingleUse {
    /// The `jti` of a client's assertion that ends at `expires_at` (RFC 7523 section 3): unique for its client alone.
    #[must_use]
    pub fn assertion(realm: &str, client_id: &str, jti: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Assertion, realm, client_id, jti, expires_at)
    }

    /// That a value of another server (`kind`, known by its SHA-256) was imported: once, or it would come back after it
    /// was ended here. Good for nothing after `expires_at`.
    #[must_use]
    pub fn imported(realm: &str, kind: &str, digest: &[u8; 32], expires_at: Timestamp) -> Self {
        Self::new(Kind::Imported, realm, kind, &base64url_encode(digest), expires_at)
    }

    /// One of the uses of an initial access token (RFC 7591 section 3) that ends at `expires_at`.
    #[must_use]
    pub fn initial_access(realm: &str, id: &str, number: u16, expires_at: Timestamp) -> Self {
        Self::new(Kind::InitialAccess, realm, id, &number.to_string(), expires_at)
    }

    /// The `jti` of a proof of possession, which is no longer accepted at `expires_at` (RFC 9449 section 11.1): unique for
    /// its key alone.
    #[must_use]
    pub fn proof(realm: &str, thumbprint: &str, jti: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Proof, realm, thumbprint, jti, expires_at)
    }

    /// A pushed authorization request, spent by its answer (RFC 9126 section 7.3).
    #[must_use]
    pub fn pushed(realm: &str, id: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Pushed, realm, "", id, expires_at)
    }

    /// That a pushed request was opened: by any browser, or with a name by this one.
    #[must_use]
    pub fn opened(realm: &str, id: &str, browser: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Opened, realm, browser, id, expires_at)
    }

    /// The `jti` of another server's assertion about a user that ends at `expires_at` (RFC 7523 section 3): unique for its
    /// issuer alone.
    #[must_use]
    pub fn granted(realm: &str, issuer: &str, jti: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Granted, realm, issuer, jti, expires_at)
    }

    /// A report of uses, by the name that its sender gave it: counted once, however often it is sent before `expires_at`.
    #[must_use]
    pub fn report(realm: &str, client_id: &str, id: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Report, realm, client_id, id, expires_at)
    }

    /// A connection ticket that ends at `expires_at`.
    #[must_use]
    pub fn connection(realm: &str, id: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Connection, realm, "", id, expires_at)
    }

    /// The challenge that an authenticator signed, and that its form no longer brings at `expires_at`.
    #[must_use]
    pub fn passkey(realm: &str, challenge: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Passkey, realm, "", challenge, expires_at)
    }

    /// That the platform's app answered a login or a consent, which it can until `expires_at`.
    #[must_use]
    pub fn handed_over(realm: &str, id: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::HandedOver, realm, "", id, expires_at)
    }

    /// That the browser came back with the app's answer, which it can until `expires_at`.
    #[must_use]
    pub fn handed_back(realm: &str, id: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::HandedBack, realm, "", id, expires_at)
    }

    /// That the login which a request asked for stood in for its answer. The note of it is good until `expires_at`.
    #[must_use]
    pub fn login(realm: &str, note: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Login, realm, "", note, expires_at)
    }

    /// That a user is being made under an id that somebody else chose.
    #[must_use]
    pub fn making(realm: &str, user: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Making, realm, "", user, expires_at)
    }

    /// That something about a client (`what`) was said of which nobody needs to hear twice, nor at all from `expires_at` on.
    #[must_use]
    pub fn announced(realm: &str, client_id: &str, what: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Announced, realm, client_id, what, expires_at)
    }

    fn new(kind: Kind, realm: &str, owner: &str, jti: &str, expires_at: Timestamp) -> Self {
        // Neither a realm's name nor a client id nor a thumbprint has a line break, so no two lists of parts share one
        // text; the one part that is the sender's own comes last.
        let name = format!("{}\n{realm}\n{owner}\n{jti}", kind.label());
        Self {
            key: SeenKey(sha256(name.as_bytes())),
            keep_until: expires_at.plus(CLOCK_MARGIN),
            kind,
        }
    }

    /// That it was not used before.
    #[must_use]
    pub const fn guard(&self) -> Guard {
        Guard::Unseen(self.key)
    }

    /// That it is used now.
    #[must_use]
    pub const fn write(&self) -> Write {
        Write::Remember {
            key: self.key,
            expires_at: self.keep_until,
        }
    }

    /// What is told to whoever presents it again.
    #[must_use]
    pub const fn replayed(&self) -> OAuthError {
        match self.kind {
            Kind::Assertion => NOT_AUTHENTICATED,
            Kind::Imported => OAuthError::invalid_request("it was imported before"),
            Kind::InitialAccess => NO_INITIAL_ACCESS,
            Kind::Proof => OAuthError::new(ErrorCode::InvalidDpopProof, "the DPoP proof was used before"),
            Kind::Pushed | Kind::Opened => OAuthError::new(
                ErrorCode::InvalidRequestUri,
                "this authorization request was answered already",
            ),
            Kind::Connection => OAuthError::invalid_token("the connection ticket was used before"),
            Kind::Granted => OAuthError::invalid_grant("the assertion was used before"),
            Kind::Report => OAuthError::invalid_request("the report was taken before"),
            Kind::Passkey => OAuthError::invalid_request("the challenge was used before"),
            Kind::HandedOver | Kind::HandedBack => {
                OAuthError::invalid_request("this login or consent was answered already")
            }
            Kind::Login => {
                OAuthError::invalid_request("this request was answered already; begin again for another login")
            }
            Kind::Making => OAuthError::invalid_request("a user of this id is being made"),
            Kind::Announced => OAuthError::invalid_request("it was said before"),
        }
    }
}

impl Change {
    /// Lets the change spend these values: it is applied only where none of them was used before.
    pub fn spend(&mut self, used: &[SingleUse]) {
        self.guards.extend(used.iter().map(SingleUse::guard));
        self.writes.extend(used.iter().map(SingleUse::write));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Timestamp = Timestamp::from_secs(100);

    #[test]
    fn a_jti_is_single_use_for_its_realm_and_client_alone() {
        let one = SingleUse::assertion("main", "a", "x", END);
        assert_eq!(one, SingleUse::assertion("main", "a", "x", END));
        for other in [
            SingleUse::assertion("other", "a", "x", END),
            SingleUse::assertion("main", "b", "x", END),
            SingleUse::assertion("main", "a", "y", END),
        ] {
            assert_ne!(one.key, other.key);
        }
    }

    #[test]
    fn the_memory_outlives_the_value() {
        let Write::Remember { expires_at, .. } = SingleUse::assertion("main", "a", "x", END).write() else {
            panic!("it must be remembered")
        };
        assert!(expires_at > END);
    }
}
