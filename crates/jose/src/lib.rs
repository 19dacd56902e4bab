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
//!
//! ```
//! use grantd_jose::{Algorithm, Header, HeaderPolicy, Jws, SigningKey, VerifyingKey, sign_compact};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once a key: generate, encode the header, publish `key.public_jwk()`.
//! let key = SigningKey::generate(Algorithm::ES256)?;
//! let header = Header::new(&key, "at+jwt");
//! // Once a token.
//! let token = sign_compact(&key, &header, br#"{"sub":"alice","exp":1763773200}"#)?;
//!
//! // The other side: the key says which algorithm, the claims say when a type is wrong.
//! let verifier = VerifyingKey::from_jwk(key.public_jwk(), &[Algorithm::ES256])?;
//! let jws = Jws::parse(&token, &HeaderPolicy::STRICT)?;
//! assert!(jws.header().typ_is("at+jwt"));
//! let claims = jws.verify(&verifier)?.claims()?;
//! assert_eq!(claims.required_str("sub")?, "alice");
//! assert_eq!(claims.required_numeric_date("exp")?, 1_763_773_200);
//! # Ok(())
//! # }
//! ```

mod alg;
mod base64url;
mod digest;
mod ecdsa_der;
mod ed25519_points;
mod half_hash;
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
pub use digest::{HmacKey, constant_time_eq, derive_key, hmac_sha1, hmac_sha256, sha256};
pub use ecdsa_der::ecdsa_from_der;
pub use half_hash::left_half_hash;
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
