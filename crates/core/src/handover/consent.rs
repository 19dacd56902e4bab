//! A consent by the platform's own web app: it shows what is asked and says what of it the user allowed. What becomes of
//! that is decided as for this server's own page (`authorize::consent`), on facts of then; nothing beyond the question can
//! be answered.

use super::{Asker, Handed, Verdict, frame, given};
use crate::admin::client::extend;
use crate::admin::deed::{Deed, Edit};
use crate::admin::fields::{Fields, Wrong};
use crate::admin::refused::Refused;
use crate::authorize::decide::ConsentPrompt;
use crate::authorize::{AuthorizationRequest, ConsentAnswer, Duration, Shown};
use crate::details::AuthorizationDetails;
use crate::record::SessionFacts;
use grantd_protocol::{OAuthError, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The longest id of a tenant, in characters.
const MAX_TENANT: usize = 200;
/// For how long the user can allow, as the API names it.
pub const DURATIONS: &[&str] = &["until_removed", "thirty_days", "session"];

/// What the app is asked.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConsentQuestion {
    /// For which session, and where the browser goes on.
    pub handed: Handed,
    /// The client that asks.
    pub client: Asker,
    /// Who is logged in: nobody else may be shown the question.
    user: Arc<str>,
    auth_time: Timestamp,
    scope: ScopeSet,
    optional: ScopeSet,
    already_granted: ScopeSet,
    tenants: Vec<(String, String)>,
    resource: Arc<str>,
    #[serde(default)]
    details: Option<AuthorizationDetails>,
    #[serde(default)]
    ui_locales: Option<String>,
}

impl ConsentQuestion {
    /// The question of a request, and what this server's own page would show.
    #[must_use]
    pub fn new(handed: Handed, request: &AuthorizationRequest, session: &SessionFacts, prompt: &ConsentPrompt) -> Self {
        let choice = |one: &crate::authorize::decide::TenantChoice| (one.id.clone(), one.name.clone());
        Self {
            handed,
            client: Asker::new(&request.client, request.redirect.as_str()),
            user: Arc::clone(&session.session.user),
            auth_time: session.session.authentication.at,
            scope: prompt.scope.clone(),
            optional: prompt.optional.clone(),
            already_granted: prompt.already_granted.clone(),
            tenants: prompt.tenants.iter().map(choice).collect(),
            resource: Arc::clone(&request.resource),
            details: request.details.clone(),
            ui_locales: request.ui_locales.clone(),
        }
    }

    /// What the app reads.
    #[must_use]
    pub fn view(&self) -> Value {
        let mut value = frame(&self.handed);
        let tenant = |(id, name): &(String, String)| json!({ "id": id, "name": name });
        let own = json!({
            "client": self.client,
            "subject": self.user,
            "auth_time": self.auth_time.secs(),
            "scopes": self.scope.iter().collect::<Vec<_>>(),
            "optional_scopes": self.optional.iter().collect::<Vec<_>>(),
            "granted_scopes": self.already_granted.iter().collect::<Vec<_>>(),
            "tenants": self.tenants.iter().map(tenant).collect::<Vec<_>>(),
            "resources": self.resource.split(' ').collect::<Vec<_>>(),
        });
        if let (Some(members), Value::Object(own)) = (value.as_object_mut(), own) {
            members.extend(own);
        }
        extend(
            &mut value,
            [
                (
                    "authorization_details",
                    self.details.as_ref().map(|details| json!(details)),
                ),
                ("ui_locales", self.ui_locales.as_ref().map(|text| json!(text))),
            ],
        );
        value
    }
}

/// What the user allowed, as the browser brings it back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConsentGiven {
    scope: ScopeSet,
    tenant: Option<String>,
    details: Option<AuthorizationDetails>,
    duration: Lasting,
    /// Where the question said that the answer goes.
    #[serde(default)]
    redirect: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lasting {
    #[default]
    UntilRemoved,
    ThirtyDays,
    Session,
}

impl ConsentGiven {
    /// As an answer of this server's own page: nothing but what was allowed was shown, and all of that was ticked.
    #[must_use]
    pub fn answer(&self) -> ConsentAnswer {
        ConsentAnswer {
            shown: Some(Shown {
                redirect: self.redirect.clone(),
                ..self.scope.clone().into()
            }),
            tenant: self.tenant.clone(),
            ticked: self.scope.clone(),
            duration: match self.duration {
                Lasting::UntilRemoved => Duration::UntilRemoved,
                Lasting::ThirtyDays => Duration::ThirtyDays,
                Lasting::Session => Duration::Session,
            },
        }
    }

    /// What of the request's details was allowed, held against the request as it is now.
    ///
    /// # Errors
    /// `invalid_authorization_details` where that is no part of it any more.
    pub fn details(&self, asked: Option<&AuthorizationDetails>) -> Result<Option<AuthorizationDetails>, OAuthError> {
        match &self.details {
            None => Ok(None),
            given => AuthorizationDetails::narrowed(asked, given.as_ref()),
        }
    }
}

/// Decides an answer.
///
/// # Errors
/// [`Refused::Invalid`] for anything that was not asked.
pub fn accept(
    question: &ConsentQuestion,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<Verdict<ConsentGiven>>, Refused> {
    let answer = read(question, body)?;
    let detail = json!({
        "client_id": question.client.client_id(),
        "scope": answer.scope.to_string(),
        "tenant": answer.tenant,
    });
    let audit = deed.audit("consent.accepted", format!("user:{}", question.user), detail);
    Ok(given(
        &question.handed,
        Ok(answer),
        (Vec::new(), Vec::new()),
        audit,
        deed,
    ))
}

fn read(question: &ConsentQuestion, body: &Map<String, Value>) -> Result<ConsentGiven, Refused> {
    let (mut scope, mut tenant, mut duration) = (ScopeSet::empty(), None, Lasting::default());
    let mut fields = Fields::new(body);
    fields.require("scopes");
    fields.scopes("scopes", &mut scope);
    fields.optional_text("tenant", MAX_TENANT, &mut tenant);
    fields.choice("duration", &mut duration, &DURATIONS.join(", "));
    let details = fields.list("authorization_details");
    let mut wrong = fields.finish();
    // One by one and by name: a pattern that would cover what was asked is none of it.
    let asked: Vec<&str> = question.scope.iter().collect();
    if let Some(other) = scope.iter().find(|one| !asked.contains(one)) {
        wrong.push(Wrong::new("/scopes", format!("has {other}, which was not asked for")));
    }
    wrong.extend(misplaced(question, tenant.as_deref()));
    // The one tenant of the question, not the one that the user is in when the browser is back: they may have been moved.
    if tenant.is_none()
        && let [(only, _)] = question.tenants.as_slice()
    {
        tenant = Some(only.clone());
    }
    // Silence allows nothing: an app that never showed the details would allow them all.
    if question.details.is_some() && !body.contains_key("authorization_details") {
        let says = "is missing: say what of it the user allowed; [] for nothing";
        wrong.push(Wrong::new("/authorization_details", says));
    }
    let details = match (details, &question.details) {
        (None, _) => None,
        (Some(entries), all) => AuthorizationDetails::part(all.as_ref(), entries).unwrap_or_else(|error| {
            wrong.push(Wrong::new("/authorization_details", error.description()));
            None
        }),
    };
    Refused::unless_none(wrong)?;
    Ok(ConsentGiven {
        scope,
        tenant,
        details,
        duration,
        redirect: question.client.redirect_uri.clone(),
    })
}

/// What is wrong with the tenant. The one tenant there is need not be named.
fn misplaced(question: &ConsentQuestion, tenant: Option<&str>) -> Option<Wrong> {
    let says = match tenant {
        Some(tenant) if !question.tenants.iter().any(|(id, _)| id == tenant) => {
            "is none of the user's for this request"
        }
        None if question.tenants.len() > 1 => "is missing: the user has several",
        _ => return None,
    };
    Some(Wrong::new("/tenant", says))
}
