//! Why an API refuses a request: a closed list, each with the status, the error code and the sentence that the client is told.
//! The same in all of grantd's SDKs (`spec/vectors/challenges.json`).

use crate::error::Error;

macro_rules! reasons {
    ($($variant:ident $name:literal $status:literal $error:expr, $description:literal;)*) => {
        /// Why a request was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $description] $variant,)*
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)*];

            /// Its name, for programs and logs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status to answer with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The OAuth error code; none where the request had no token, or nobody could check it.
            #[must_use]
            pub const fn error(self) -> Option<&'static str> {
                match self { $(Self::$variant => $error,)* }
            }

            /// What the client is told.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

const REQUEST: Option<&str> = Some("invalid_request");
const TOKEN: Option<&str> = Some("invalid_token");
const PROOF: Option<&str> = Some("invalid_dpop_proof");

reasons! {
    Missing "missing" 401 None, "an access token is needed";
    Twice "twice" 400 REQUEST, "the access token was sent more than once";
    Malformed "malformed" 401 TOKEN, "the access token is malformed";
    Header "header" 401 TOKEN, "the access token's header has a member that is not allowed";
    Type "type" 401 TOKEN, "the access token has the wrong type";
    Algorithm "algorithm" 401 TOKEN, "the access token's algorithm is not allowed";
    UnknownKey "unknown_key" 401 TOKEN, "the access token's key is unknown";
    Signature "signature" 401 TOKEN, "the access token's signature does not verify";
    Claim "claim" 401 TOKEN, "a claim of the access token is missing or malformed";
    Issuer "issuer" 401 TOKEN, "the access token is from another issuer";
    Audience "audience" 401 TOKEN, "the access token is for another resource";
    Expired "expired" 401 TOKEN, "the access token has expired";
    NotYetValid "not_yet_valid" 401 TOKEN, "the access token is not valid yet";
    Revoked "revoked" 401 TOKEN, "the access token has been revoked";
    Inactive "inactive" 401 TOKEN, "the access token is expired, revoked or unknown";
    Scheme "scheme" 401 TOKEN, "the access token was sent under the wrong scheme";
    Key "key" 401 TOKEN, "the access token is bound to another key";
    Certificate "certificate" 401 TOKEN, "the access token is bound to another certificate";
    Confirmation "confirmation" 401 TOKEN, "the access token is bound in an unknown way";
    ProofMissing "proof_missing" 401 PROOF, "the DPoP proof is missing";
    ProofMalformed "proof_malformed" 401 PROOF, "the DPoP proof is malformed";
    ProofKey "proof_key" 401 PROOF, "the key of the DPoP proof is not allowed";
    ProofAlgorithm "proof_algorithm" 401 PROOF, "the DPoP proof's algorithm is not allowed";
    ProofType "proof_type" 401 PROOF, "the DPoP proof has the wrong type";
    ProofSignature "proof_signature" 401 PROOF, "the DPoP proof's signature does not verify";
    ProofMethod "proof_method" 401 PROOF, "the DPoP proof is for another method";
    ProofUrl "proof_url" 401 PROOF, "the DPoP proof is for another address";
    ProofTime "proof_time" 401 PROOF, "the DPoP proof is too old or from the future";
    ProofTokenHash "proof_token_hash" 401 PROOF, "the DPoP proof is for another access token";
    ProofReplayed "proof_replayed" 401 PROOF, "the DPoP proof was used before";
    ProofNonce "proof_nonce" 401 Some("use_dpop_nonce"), "the DPoP proof must carry the nonce of the DPoP-Nonce header";
    Scope "scope" 403 Some("insufficient_scope"), "the access token lacks a permission";
    Unavailable "unavailable" 503 None, "the access token cannot be checked now";
}

/// A reason on its way to become a refusal, with what only its place knows.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    /// The nonce to use.
    pub(crate) nonce: Option<String>,
    /// Why nobody could check.
    pub(crate) cause: Option<Error>,
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            nonce: None,
            cause: None,
        }
    }
}

impl From<Error> for Fault {
    fn from(cause: Error) -> Self {
        Self {
            cause: Some(cause),
            ..Self::from(Reason::Unavailable)
        }
    }
}
