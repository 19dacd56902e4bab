//! What the browser says about the ceremony (`clientDataJSON`, Web Authentication section 5.8.1): the authenticator signs its
//! hash. Browsers add members of their own; the ones below are what counts.

use super::{Ceremony, Wrong};
use grantd_jose::strict_json::{Limits, object_from_slice};
use serde_json::Value;

/// The browser's text, which has the challenge and the origin in it, and little more.
const LIMITS: Limits = Limits {
    max_bytes: 4096,
    max_depth: 4,
};

/// Whether it is about this ceremony.
///
/// # Errors
/// [`Wrong`].
pub(super) fn check(json: &[u8], kind: &str, ceremony: &Ceremony<'_>) -> Result<(), Wrong> {
    let members = object_from_slice(json, LIMITS).map_err(|_| Wrong::Malformed)?;
    let text = |name| members.get(name).and_then(Value::as_str);
    if text("type") != Some(kind) {
        return Err(Wrong::Type);
    }
    if text("challenge") != Some(ceremony.challenge) {
        return Err(Wrong::Challenge);
    }
    // No page of ours lets itself be framed, least of all by another origin.
    let is_framed = !matches!(members.get("crossOrigin"), None | Some(Value::Bool(false)));
    if text("origin") != Some(ceremony.origin) || is_framed || members.contains_key("topOrigin") {
        return Err(Wrong::Origin);
    }
    Ok(())
}
