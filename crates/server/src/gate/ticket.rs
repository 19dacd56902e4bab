//! `POST /gate/ticket`: a connection ticket for a credential that was just presented. Its text is sealed, so nothing is kept
//! of a ticket until it is used.

use super::brought::{self, Brought};
use crate::config::Endpoint;
use crate::error::Failure;
use crate::oauth::present::{self, Found};
use crate::oauth::{challenge, dpop};
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::wire::Voice;
use grantd_core::dpop::Shown;
use grantd_core::gate::ticket::{LIFETIME, PREFIX, StandsFor, Ticket};
use grantd_core::gate::{Way, accept};
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_protocol::entropy::draw;
use grantd_protocol::{ErrorCode, OAuthError};
use http::StatusCode;
use serde_json::json;

/// The longest text that is opened.
const MAX_TEXT: usize = 1024;

/// Answers a request.
pub async fn handle(request: &Request<'_>) -> Reply {
    match made(request).await {
        Ok(text) => reply::json(StatusCode::OK, &json!({"ticket": text, "expires_in": LIFETIME.get()})),
        Err(failure) => {
            let error = match &failure {
                Failure::Refused { error, .. } => Some(error.clone()),
                _ => None,
            };
            let mut reply = failure.into_json(request, "gate-ticket", &Voice::STANDARD);
            if let Some(error) = error.filter(|error| error.code() != ErrorCode::InvalidRequest) {
                *reply.status_mut() = StatusCode::UNAUTHORIZED;
                // Whoever brought nothing learns what is wanted, and of no error (RFC 6750 section 3.1).
                let tried = brought::read(request.headers(), None) != Brought::Nothing;
                challenge::add(&mut reply, request, tried.then_some(&error), "");
            }
            reply
        }
    }
}

/// The ticket of a request that brought one good credential, in a header.
async fn made(request: &Request<'_>) -> Result<String, Failure> {
    let (way, text) = match brought::read(request.headers(), Some(request.query())) {
        Brought::One(way, text) if way != Way::Address => (way, text),
        Brought::Nothing => return Err(OAuthError::invalid_token("send the credential in a header").into()),
        _ => return Err(OAuthError::invalid_request("send one credential, in a header").into()),
    };
    let realm = &request.realm.config.realm;
    let gate = request.realm.config.endpoints.url_for(request.issuer, Endpoint::Gate);
    let url = format!("{}/ticket", gate.unwrap_or_default());
    let proof = if way == Way::Dpop {
        dpop::proof_for(request, (request.method().as_str(), &url), Some(&text))?
    } else {
        None
    };
    let found = present::credential(request, &text, None).await?;
    let credential = found.as_ref().map(Found::credential);
    let shown = Shown {
        proof: proof.as_ref(),
        certificate: None,
    };
    accept(way, credential, shown, realm, request.now)?;
    let stands_for = match &found {
        Some(Found::Access(facts, _)) => StandsFor::Access(facts.token.id),
        Some(Found::ApiKey(facts)) => StandsFor::ApiKey(facts.key.id),
        None => return Err(OAuthError::invalid_token("the credential is unknown").into()),
    };
    if let Some(proof) = &proof {
        request
            .app
            .write(Vec::new(), std::slice::from_ref(proof.used()))
            .await?;
    }
    let id: [u8; 16] = draw(&*request.app.entropy);
    let ticket = Ticket {
        id: base64url_encode(id),
        stands_for,
        expires_at: request.now.plus(LIFETIME),
    };
    Ok(seal(request, &ticket))
}

fn seal(request: &Request<'_>, ticket: &Ticket) -> String {
    let plain = serde_json::to_vec(ticket).unwrap_or_default();
    let nonce = draw(&*request.app.entropy);
    let sealed = request.app.tickets.seal(nonce, context(request).as_bytes(), &plain);
    format!("{PREFIX}{}", base64url_encode(sealed))
}

/// Whether a text is meant as a ticket.
pub(super) fn is_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The ticket of a text; `None` for one that was not sealed here for this realm, or that is over.
pub(super) fn open(request: &Request<'_>, text: &str) -> Option<Ticket> {
    let sealed = text.strip_prefix(PREFIX).filter(|rest| rest.len() <= MAX_TEXT)?;
    let sealed = base64url_decode(sealed.as_bytes()).ok()?;
    let plain = request.app.tickets.open(context(request).as_bytes(), &sealed)?;
    let ticket: Ticket = serde_json::from_slice(&plain).ok()?;
    ticket.counts(request.now).then_some(ticket)
}

/// No other thing that is sealed with the same key has this context.
fn context(request: &Request<'_>) -> String {
    format!("connection|{}", request.realm.name())
}
