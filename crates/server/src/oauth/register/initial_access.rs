//! Initial access tokens as texts: sealed under a key derived for them, so that the server knows its own without keeping a
//! list, and nobody can read or change what one allows.

use crate::request::Request;
use crate::wire;
use grantd_core::refusal::NO_INITIAL_ACCESS;
use grantd_core::registration::RegistrationMode;
use grantd_core::registration::initial_access::InitialAccess;
use grantd_jose::{Sealer, base64url_decode, base64url_encode};
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, OAuthError, Secret};

/// What the tokens begin with.
const PREFIX: &str = "gd_iat_";
/// The longest text that is opened.
const MAX_TEXT: usize = 1024;

/// The token of a request, where the realm wants one.
///
/// # Errors
/// `invalid_token` where it wants one and the request has none that counts.
pub fn presented(request: &Request<'_>) -> Result<Option<InitialAccess>, OAuthError> {
    let realm = &request.realm.config.realm;
    if realm.registration.mode != RegistrationMode::InitialAccessToken {
        return Ok(None);
    }
    let text = wire::bearer(request.headers())?.ok_or(NO_INITIAL_ACCESS)?;
    let token = open(&request.app.initial_access, &realm.name, text).ok_or(NO_INITIAL_ACCESS)?;
    token.check(&realm.name, request.now)?;
    Ok(Some(token))
}

/// The text of a token.
#[must_use]
pub fn seal(sealer: &Sealer, token: &InitialAccess, entropy: &dyn Entropy) -> Secret {
    let plain = serde_json::to_vec(token).unwrap_or_default();
    let sealed = sealer.seal(draw(entropy), context(&token.realm).as_bytes(), &plain);
    Secret::new(format!("{PREFIX}{}", base64url_encode(&sealed)))
}

fn open(sealer: &Sealer, realm: &str, text: &str) -> Option<InitialAccess> {
    let sealed = text.strip_prefix(PREFIX).filter(|rest| rest.len() <= MAX_TEXT)?;
    let sealed = base64url_decode(sealed.as_bytes()).ok()?;
    let plain = sealer.open(context(realm).as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).ok()
}

fn context(realm: &str) -> String {
    format!("initial-access|{realm}")
}
