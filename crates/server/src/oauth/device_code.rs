//! `POST /device/code` (RFC 8628 section 3.1): a device without a browser gets a code for itself and one for its user.

use super::authenticate;
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::{self, Asked};
use grantd_core::authorize::device::{Waiting, begin};
use grantd_store::CommitError;
use http::StatusCode;
use serde_json::json;

/// How often another user code is drawn when one is taken: with 20^8 of them even twice is hardly ever needed.
const ATTEMPTS: usize = 4;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    let asked = match wire::receive(request, wire::Purpose::Other).await {
        Ok(asked) => asked,
        Err(unread) => return unread.into_json(request, "device-code"),
    };
    match accept(request, &asked).await {
        Ok(reply) => reply,
        Err(failure) => failure.into_json(request, "device-code", &asked.voice),
    }
}

async fn accept(request: &Request<'_>, asked: &Asked) -> Result<Reply, Failure> {
    let client = authenticate::client(request, asked, Endpoint::DeviceCode).await?;
    for _ in 0..ATTEMPTS {
        let begun = begin(&asked.params, &client, &request.context(), &*request.app.entropy);
        let mut waiting = match begun {
            Ok(waiting) => waiting,
            Err(error) => return authenticate::spent(request, &client, Err(error.into())).await,
        };
        waiting.change.spend(client.used());
        match request.app.commit(waiting.change.clone()).await {
            Ok(_) => return Ok(render(request, &waiting, asked)),
            Err(CommitError::Conflict) => {
                if let Some(replayed) = request.app.replayed(client.used()).await? {
                    return Err(replayed.into());
                }
            }
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The reply of section 3.2.
fn render(request: &Request<'_>, waiting: &Waiting, asked: &Asked) -> Reply {
    let realm = request.realm;
    let page = format!(
        "{}{}",
        realm.page_origin(request.issuer),
        realm.page_path(request.issuer, "device")
    );
    let code = waiting.user_code.to_string();
    let body = json!({
        "device_code": waiting.device_code.expose(),
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={code}"),
        "expires_in": waiting.record.expires_at.seconds_since(waiting.record.created_at),
        "interval": waiting.record.interval,
    });
    reply::json_bytes(StatusCode::OK, asked.voice.members(body.to_string().into_bytes()))
}
