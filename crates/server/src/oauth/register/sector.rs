//! The list of a sector's redirect URIs (OpenID Connect Core section 8.1): fetched when a client registers with one, and
//! every address of the client must stand in it, or anybody could register into somebody else's sector.

use crate::documents::{self, Asked};
use crate::error::Failure;
use crate::outbound::Content;
use crate::request::Request;
use grantd_core::registration::Wanted;
use grantd_protocol::web::WebUrl;
use grantd_protocol::{ErrorCode, OAuthError};

/// The largest list, in bytes.
const MAX_LIST: usize = 32 * 1024;

/// Checks the list, where the client names one.
///
/// # Errors
/// `invalid_client_metadata` where it cannot be had or lacks an address; when somebody makes this server fetch too often.
pub async fn check(request: &Request<'_>, wanted: &Wanted) -> Result<(), Failure> {
    let Some(uri) = &wanted.openid.sector_identifier_uri else {
        return Ok(());
    };
    let refused = |says: &str| OAuthError::with_detail(ErrorCode::InvalidClientMetadata, says);
    let url = WebUrl::parse(uri).map_err(|error| refused(&error.to_string()))?;
    let asked = Asked {
        owner: format!("sector|{}", request.realm.name()).into(),
        url: &url,
        limit: MAX_LIST,
        content: Content::Json,
        not_before: request.now,
    };
    let body = documents::fetched(request, &asked).await?;
    let listed: Option<Vec<String>> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let listed = listed.ok_or_else(|| refused("sector_identifier_uri does not lead to a list of addresses"))?;
    if wanted.redirect_uris.iter().all(|uri| listed.contains(uri)) {
        Ok(())
    } else {
        Err(refused("sector_identifier_uri does not list every one of redirect_uris").into())
    }
}
