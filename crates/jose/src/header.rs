//! The protected header of a JWS from outside: what may be in it, and what is refused. Must not know keys' owners or
//! what the payload means.

use serde_json::{Map, Value};

use crate::alg::Algorithm;
use crate::jwk::{Jwk, MAX_KID};
use crate::jws::JwsError;
use crate::strict_json::{self, Limits};

/// Longest `typ` in bytes.
const MAX_TYP: usize = 127;

/// How a compact JWS from outside is read.
///
/// By default every header member that could bring its own key, fetch one or change the rules is refused when present,
/// whatever its value. `crit` and `b64` cannot be tolerated: they change what is signed (RFC 7515 4.1.11, RFC 7797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderPolicy {
    /// Longest compact serialisation in bytes.
    pub max_bytes: usize,
    /// Whether the `jwk` member is read (a DPoP proof needs it, RFC 9449 section 4.2); then it is also required.
    pub take_jwk: bool,
    /// Members that may be present and are never used.
    pub ignored: &'static [HeaderMember],
}

/// Header members that name or bring a key (RFC 7515 sections 4.1.2, 4.1.3, 4.1.5, 4.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderMember {
    /// URL of a JWK set.
    Jku,
    /// An embedded key.
    Jwk,
    /// URL of a certificate chain.
    X5u,
    /// An embedded certificate chain.
    X5c,
}

impl HeaderPolicy {
    /// 16 KiB, nothing tolerated.
    pub const STRICT: HeaderPolicy = HeaderPolicy {
        max_bytes: 16 * 1024,
        take_jwk: false,
        ignored: &[],
    };
    /// 16 KiB, the embedded `jwk` is read and required, nothing else tolerated.
    pub const EMBEDDED_KEY: HeaderPolicy = HeaderPolicy {
        take_jwk: true,
        ..HeaderPolicy::STRICT
    };
}

impl Default for HeaderPolicy {
    fn default() -> HeaderPolicy {
        HeaderPolicy::STRICT
    }
}

impl HeaderMember {
    const ALL: [HeaderMember; 4] = [
        HeaderMember::Jku,
        HeaderMember::Jwk,
        HeaderMember::X5u,
        HeaderMember::X5c,
    ];

    /// The member's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            HeaderMember::Jku => "jku",
            HeaderMember::Jwk => "jwk",
            HeaderMember::X5u => "x5u",
            HeaderMember::X5c => "x5c",
        }
    }
}

/// A header that passed the policy. Not yet authenticated until the signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedHeader {
    alg: Algorithm,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Jwk>,
}

impl ProtectedHeader {
    /// The claimed algorithm: only ever compared with the key's.
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// `typ` as sent: at most 127 bytes of printable ASCII.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Whether `typ` names this media type, ASCII case aside and with or without `application/` (RFC 7515 4.1.9).
    pub fn typ_is(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| {
            let prefix = typ
                .get(..APPLICATION.len())
                .filter(|prefix| prefix.eq_ignore_ascii_case(APPLICATION));
            let short = prefix.and_then(|prefix| typ.get(prefix.len()..)).unwrap_or(typ);
            short.eq_ignore_ascii_case(expected)
        })
    }

    /// `kid`: at most 255 bytes of printable ASCII. The sender's text: compare it, never interpret it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The embedded key, when the policy takes it.
    pub const fn jwk(&self) -> Option<&Jwk> {
        self.jwk.as_ref()
    }

    pub(crate) fn parse(json: &[u8], policy: &HeaderPolicy) -> Result<ProtectedHeader, JwsError> {
        let members =
            strict_json::object_from_slice(json, Limits::bytes(policy.max_bytes)).map_err(JwsError::HeaderJson)?;
        refuse_dangerous(&members, policy)?;
        let jwk = match members.get("jwk").filter(|_| policy.take_jwk) {
            Some(value) => Some(Jwk::from_value(value).map_err(JwsError::EmbeddedKey)?),
            None if policy.take_jwk => return Err(JwsError::EmbeddedKeyMissing),
            None => None,
        };
        Ok(ProtectedHeader {
            alg: algorithm(&members)?,
            typ: printable(&members, "typ", MAX_TYP)?,
            kid: printable(&members, "kid", MAX_KID)?,
            jwk,
        })
    }
}

const APPLICATION: &str = "application/";

fn refuse_dangerous(members: &Map<String, Value>, policy: &HeaderPolicy) -> Result<(), JwsError> {
    for name in ["crit", "b64"] {
        if members.contains_key(name) {
            return Err(JwsError::ForbiddenMember(name));
        }
    }
    let tolerated =
        |member: HeaderMember| policy.ignored.contains(&member) || (member == HeaderMember::Jwk && policy.take_jwk);
    let refused = HeaderMember::ALL
        .into_iter()
        .find(|m| members.contains_key(m.as_str()) && !tolerated(*m));
    refused.map_or(Ok(()), |member| Err(JwsError::ForbiddenMember(member.as_str())))
}

fn algorithm(members: &Map<String, Value>) -> Result<Algorithm, JwsError> {
    let name = members.get("alg").ok_or(JwsError::AlgorithmMissing)?;
    let name = name.as_str().ok_or(JwsError::WrongType("alg"))?;
    name.parse().map_err(|_| match name.get(..2) {
        _ if name.eq_ignore_ascii_case("none") => JwsError::Unsecured,
        Some(family) if family.eq_ignore_ascii_case("HS") => JwsError::Symmetric,
        _ => JwsError::UnknownAlgorithm,
    })
}

fn printable(members: &Map<String, Value>, name: &'static str, max: usize) -> Result<Option<String>, JwsError> {
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or(JwsError::WrongType(name))?;
    if text.len() > max || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(JwsError::BadText(name));
    }
    Ok(Some(text.to_owned()))
}
