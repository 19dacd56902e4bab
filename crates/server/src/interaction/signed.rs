//! Answers of the authorization endpoint as signed JWTs (JARM): errors like successes. What they say is put together in the
//! core; here is the key.

use crate::error::Fault;
use crate::request::Request;
use grantd_core::authorize::Callback;
use grantd_core::record::ClientRecord;

/// The members that travel: as they are, or the one that carries them signed.
///
/// # Errors
/// When there is no key.
pub(super) fn members(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    members: Vec<(&'static str, String)>,
) -> Result<Vec<(&'static str, String)>, Fault> {
    if !callback.mode().is_signed() {
        return Ok(members);
    }
    let payload = callback.signed_claims(&members, &client.client_id, request.now);
    let algorithm = request.realm.config.realm.id_token.algorithm;
    let signed = request.realm.ring.signer(algorithm)?.sign("JWT", &payload)?;
    Ok(vec![("response", signed)])
}
