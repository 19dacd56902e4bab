//! The consent page as users will read it, made of what the application may ask for now. Its buttons do nothing: a form
//! without a ticket is taken by nobody.

use crate::api::inside::Denied;
use crate::console::applications::{load, pieces};
use crate::interaction::outcome::{self, Arrival, shell};
use crate::interaction::{authorize, view};
use crate::signed_in::listing::texts;
use crate::signed_in::{Page, Visit};
use grantd_core::authorize::decide::ConsentPrompt;
use grantd_jose::{base64url_encode, sha256};
use grantd_protocol::{RawParams, ScopeSet};
use http::StatusCode;

/// The page.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let Some(redirect_uri) = texts(&client, "redirect_uris").into_iter().next() else {
        return Err(Denied::State("an application without a redirect URI has no consent page".to_owned()).into());
    };
    let own = |name: &str, value: String| (name.to_owned(), value);
    let sent = vec![
        own("client_id", id.to_owned()),
        own("response_type", "code".to_owned()),
        own("redirect_uri", redirect_uri),
        own("scope", texts(&client, "scopes").join(" ")),
        own("code_challenge", base64url_encode(sha256(b"preview"))),
        own("code_challenge_method", "S256".to_owned()),
    ];
    let query = RawParams::from_pairs(sent).map_err(|error| Denied::Bad(error.to_string()))?;
    let request = visit.request;
    let asked = match authorize::read(request, &query.to_form(), Arrival::ThroughForm).await? {
        Ok(asked) => asked,
        // Why it would be refused is in the logs by now.
        Err(_) => {
            let why = "such a request would be refused; the logs say why".to_owned();
            return Err(Denied::State(why).into());
        }
    };
    let scope = asked.shown_scope();
    let prompt = ConsentPrompt {
        optional: scope
            .iter()
            .filter(|scope| asked.client.optional_scopes.contains(scope))
            .collect(),
        already_granted: ScopeSet::empty(),
        scope,
        tenants: Vec::new(),
    };
    let user = visit.facts.user.as_ref();
    let view = view::consent(view::Question {
        action: visit.url(&pieces(id, "preview")),
        request: String::new(),
        manage_url: None,
        asked: &asked,
        prompt: &prompt,
        realm: &request.realm.config.realm,
        username: user.map(|user| user.username.clone()).unwrap_or_default(),
        device: None,
        before: None,
        error: None,
    });
    let html = request.app.pages.consent(&view, &shell(request, None)?);
    Ok(outcome::page(StatusCode::OK, html))
}
