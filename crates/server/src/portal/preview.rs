//! The consent page as users will read it, made of what is ticked on the form beside which it stands, or of what the application
//! may ask for now. It is a picture: nothing is saved, and nothing can be allowed on it.

use crate::api::inside::Denied;
use crate::console::applications::{load, pieces};
use crate::documents;
use crate::interaction::outcome::{self, shell};
use crate::interaction::view;
use crate::signed_in::{Page, Visit};
use grantd_core::authorize::decide::ConsentPrompt;
use grantd_core::authorize::{AuthorizationRequest, identify};
use grantd_core::record::ClientRecord;
use grantd_pages::Picture;
use grantd_protocol::{RawParams, ScopeSet};
use std::sync::Arc;

/// The page.
pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Page {
    // Whether whoever asks may know of it.
    load(visit, id).await?;
    let request = visit.request;
    let client = documents::client(request, id).await?.ok_or(Denied::Unknown)?;
    let realm = &request.realm.config.realm;
    let scope = match visit.filled_in("scope") {
        Some(ticked) => ticked
            .into_iter()
            .filter(|scope| can_be_ticked(visit, &client, scope))
            .collect(),
        None => client.scopes.clone(),
    };
    let asked = asked(visit, &client, scope)?;
    let prompt = ConsentPrompt {
        optional: asked
            .scope
            .iter()
            .filter(|scope| client.optional_scopes.contains(scope))
            .collect(),
        already_granted: ScopeSet::empty(),
        scope: asked.scope.clone(),
        tenants: Vec::new(),
    };
    let user = visit.facts.user.as_ref();
    let view = view::consent(view::Question {
        action: visit.url(&pieces(id, "")),
        request: String::new(),
        manage_url: None,
        asked: &asked,
        prompt: &prompt,
        realm,
        username: user.map(|user| user.username.clone()).unwrap_or_default(),
        device: None,
        before: None,
        error: None,
    });
    let html = request.app.pages.picture_of_consent(&view, &shell(request, None)?);
    Ok(outcome::picture(html))
}

/// Whether the form of permissions has a box for `scope`: what whoever looks at it may choose from, and what the application
/// has.
fn can_be_ticked(visit: &Visit<'_>, client: &ClientRecord, scope: &str) -> bool {
    let realm = &visit.request.realm.config.realm;
    let is_offered = || visit.actor.developer().is_none() || realm.portal.permits(scope);
    realm.catalogue.knows(scope) && (is_offered() || client.scopes.contains(scope))
}

/// A request for `scope` that was never made. One that is switched off has the page it will have again.
fn asked(visit: &Visit<'_>, client: &ClientRecord, scope: ScopeSet) -> Result<AuthorizationRequest, Denied> {
    let Some(redirect_uri) = client.redirect_uris.first().cloned() else {
        return Err(Denied::State(
            "an application without a redirect URI has no consent page".to_owned(),
        ));
    };
    let sent = RawParams::from_pairs(vec![("redirect_uri".to_owned(), redirect_uri)]);
    let sent = sent.map_err(|error| Denied::Bad(error.to_string()))?;
    let client = ClientRecord {
        enabled: true,
        ..client.clone()
    };
    let identified =
        identify(&sent, Some(Arc::new(client))).map_err(|error| Denied::State(error.description().to_owned()))?;
    let asked = AuthorizationRequest::never_made(identified, &visit.request.context());
    Ok(AuthorizationRequest { scope, ..asked })
}

/// Where it is asked for, by the form of permissions; `first` says whether the frame begins with what is saved.
pub(crate) fn beside_permissions(visit: &Visit<'_>, id: &str, first: bool) -> Picture {
    let action = visit.url(&["applications", id, "permissions", "preview"]);
    Picture {
        first: (first && !visit.gives_back()).then(|| action.clone()),
        action,
    }
}
