//! Keys and signatures: JWK, JWS, JWT, thumbprints, and the authenticated encryption of keys at rest.
//!
//! A thin, strict layer over aws-lc-rs. It knows keys and nothing of OAuth: no endpoint, no client, no clock.
//! Three properties hold by construction:
//!
//! * `none` and HMAC signatures cannot be expressed: [`Algorithm`] has no value for them;
//! * the algorithm of a verification comes from the key ([`VerifyingKey`]), the header can only disagree (RFC 8725 3.1);
//! * private keys never appear in a [`Jwk`], and none of the secret types prints itself.
//!
//! Randomness: key generation and the nonces of ECDSA and RSA-PSS come from aws-lc's own generator, which its API does
//! not let a caller replace. All other randomness is an argument.

mod alg;
mod base64url;
mod digest;
mod ed25519_points;
mod header;
mod issue;
mod jwk;
mod jwk_json;
mod jwk_set;
mod jws;
mod jwt;
mod key_material;
mod rsa_der;
mod seal;
mod signing;
pub mod strict_json;
mod thumbprint;
mod verifying;

pub use alg::{Algorithm, KeyType, UnknownAlgorithm};
pub use base64url::{Base64UrlError, decode as base64url_decode, encode as base64url_encode};
pub use digest::{HmacKey, constant_time_eq, derive_key, hmac_sha256, sha256};
pub use header::{HeaderMember, HeaderPolicy, ProtectedHeader};
pub use issue::{Header, sign_compact};
pub use jwk::{Jwk, JwkError, KeyUse, MAX_KID};
pub use jwk_set::{JwkSet, SetRules, UnknownKeys};
pub use jws::{Jws, JwsError, UnverifiedJws, Verified};
pub use jwt::{ClaimError, Claims, MAX_NUMERIC_DATE};
pub use key_material::{Curve, KeyMaterial, KeyMaterialError, MAX_RSA_BITS, MIN_RSA_BITS};
pub use seal::Sealer;
pub use signing::{KeyError, SigningKey};
pub use thumbprint::Thumbprint;
pub use verifying::{VerifyingKey, VerifyingKeyError};
