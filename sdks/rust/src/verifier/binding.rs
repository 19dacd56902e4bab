//! Whether a token may be used on the way it came: bound ones with a proof of their key or their certificate, others as bearer
//! tokens alone (RFC 9449 section 7.1, RFC 8705 section 3).

use super::presented::Scheme;
use super::principal::Confirmation;
use super::reason::Reason;
use grantd_jose::{base64url_encode, constant_time_eq, sha256};

/// The thumbprint of the key that a proof must have, where the token is bound to one. Either mix would let a stolen token pass
/// without its key, or a proof mean nothing.
pub(crate) fn key(confirmation: Option<&Confirmation>, scheme: Scheme) -> Result<Option<&str>, Reason> {
    let jkt = confirmation.and_then(|confirmation| confirmation.jkt.as_deref());
    if jkt.is_some() == (scheme == Scheme::Dpop) {
        Ok(jkt)
    } else {
        Err(Reason::Scheme)
    }
}

/// The certificate of the connection is the one that the token names.
pub(crate) fn certificate(confirmation: Option<&Confirmation>, presented: Option<&[u8]>) -> Result<(), Reason> {
    let Some(expected) = confirmation.and_then(|confirmation| confirmation.x5t_s256.as_deref()) else {
        return Ok(());
    };
    let fits = presented.is_some_and(|der| {
        let thumbprint = base64url_encode(sha256(der));
        constant_time_eq(thumbprint.as_bytes(), expected.as_bytes())
    });
    if fits { Ok(()) } else { Err(Reason::Certificate) }
}
