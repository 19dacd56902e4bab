//! The way of a developer's application: submitted, withdrawn, looked at by an operator, stopped. Every step is one change
//! of the client at the version that was seen, with its line in the audit log.

use super::{SUSPENDED, owned};
use crate::admin::client::{mistakes, replace};
use crate::admin::deed::{Deed, Edit};
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::record::{ClientRecord, Development, Stage, Wish};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The longest reason, in characters.
const MAX_REASON: usize = 1000;

/// What an operator says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Everybody may use it, with what it asks for.
    #[default]
    Approve,
    /// Not like this: a submitted one is a draft again, a verified one stays as it is.
    Reject,
    /// Nobody may use it, and its tokens are dead until that ends.
    Suspend,
    /// As it was before it was suspended.
    Reinstate,
}

/// The developer is done: an operator's turn, or everybody's where the realm reviews nothing.
///
/// # Errors
/// [`Refused::Unknown`] for somebody else's; [`Refused::State`] unless it is a draft.
pub fn submit(before: &ClientRecord, deed: &Deed<'_>) -> Result<Edit<ClientRecord>, Refused> {
    let own = owned(before, deed)?;
    match own.stage {
        Stage::Draft => {}
        Stage::Suspended => return Err(Refused::State(SUSPENDED.to_owned())),
        Stage::Submitted | Stage::Verified => {
            return Err(Refused::State("the application was submitted already".to_owned()));
        }
    }
    let own = Development {
        stage: Stage::Submitted,
        submitted_at: Some(deed.now),
        note: None,
        ..own.clone()
    };
    Ok(becomes(before, own, "client.submitted", deed))
}

/// Back to being a draft.
///
/// # Errors
/// [`Refused::Unknown`] for somebody else's; [`Refused::State`] unless it is submitted.
pub fn withdraw(before: &ClientRecord, deed: &Deed<'_>) -> Result<Edit<ClientRecord>, Refused> {
    let own = owned(before, deed)?;
    if own.stage != Stage::Submitted {
        let text = "only an application that was submitted can be withdrawn";
        return Err(Refused::State(text.to_owned()));
    }
    let own = Development {
        stage: Stage::Draft,
        submitted_at: None,
        ..own.clone()
    };
    Ok(becomes(before, own, "client.withdrawn", deed))
}

/// What an operator decides about an application. Its developer reads the reason.
///
/// # Errors
/// [`Refused::Invalid`]; [`Refused::State`] for what is no developer's application, and where there is nothing to decide;
/// [`Refused::Beyond`] where approving would hand out what the actor cannot.
pub fn review(
    before: &ClientRecord,
    body: &Map<String, Value>,
    deed: &Deed<'_>,
) -> Result<Edit<ClientRecord>, Refused> {
    let (verdict, reason) = read(body)?;
    if deed.actor.developer().is_some() {
        return Err(Refused::Unknown);
    }
    let Some(own) = before.development.as_deref() else {
        let text = "the application is not one of a developer of this realm";
        return Err(Refused::State(text.to_owned()));
    };
    let (mut after, mut own) = (before.clone(), own.clone());
    let action = match verdict {
        Verdict::Approve => {
            if own.stage == Stage::Suspended || !own.waits() {
                return Err(Refused::State("the application does not wait for a review".to_owned()));
            }
            grant_wish(&mut after, std::mem::take(&mut own.wish));
            if own.stage == Stage::Verified {
                // Since it was asked, something else may have changed that it does not fit to.
                Refused::unless_none(mistakes(&after, Some(before), deed.realm))?;
            }
            own.stage = Stage::Verified;
            own.verified = after.scopes.clone();
            deed.must_hold(&after.scopes)?;
            "client.approved"
        }
        Verdict::Reject => {
            if own.stage == Stage::Suspended || !own.waits() {
                return Err(Refused::State("the application does not wait for a review".to_owned()));
            }
            if own.stage == Stage::Submitted {
                own.stage = Stage::Draft;
            }
            own.wish = Wish::default();
            "client.rejected"
        }
        Verdict::Suspend => {
            if own.stage == Stage::Suspended {
                return Err(Refused::State("the application is suspended already".to_owned()));
            }
            own.before_suspension = Some(own.stage);
            own.stage = Stage::Suspended;
            after.enabled = false;
            "client.suspended"
        }
        Verdict::Reinstate => {
            if own.stage != Stage::Suspended {
                return Err(Refused::State("the application is not suspended".to_owned()));
            }
            own.stage = own.before_suspension.take().unwrap_or(Stage::Draft);
            after.enabled = true;
            deed.must_hold(&after.scopes)?;
            "client.reinstated"
        }
    };
    own.note = reason;
    if !own.waits() {
        own.submitted_at = None;
    }
    after.development = Some(Box::new(own));
    Ok(replace(before, after, action, deed))
}

/// Everything as the developer asked. A request without scopes asks for everything again where it did before.
fn grant_wish(client: &mut ClientRecord, wish: Wish) {
    if let Some(name) = wish.name {
        client.name = name;
    }
    if let Some(application_type) = wish.application_type {
        client.application_type = application_type;
    }
    if let Some(grant_types) = wish.grant_types {
        client.grant_types = grant_types;
    }
    if let Some(auth_method) = wish.auth_method {
        client.auth_method = auth_method;
        if !auth_method.has_secret() {
            client.secrets.clear();
        }
    }
    if let Some(scopes) = wish.scopes {
        if client.default_scopes == client.scopes {
            client.default_scopes = scopes.clone();
        }
        client.scopes = scopes;
    }
}

fn read(body: &Map<String, Value>) -> Result<(Verdict, Option<String>), Refused> {
    let mut fields = Fields::new(body);
    let (mut verdict, mut reason) = (Verdict::default(), None);
    fields.require("verdict");
    fields.choice("verdict", &mut verdict, "approve, reject, suspend, reinstate");
    fields.optional_text("reason", MAX_REASON, &mut reason);
    if matches!(verdict, Verdict::Reject | Verdict::Suspend) && reason.is_none() {
        fields.complain("/reason", "is missing: the developer reads it");
    }
    Refused::unless_none(fields.finish())?;
    Ok((verdict, reason))
}

fn becomes(before: &ClientRecord, own: Development, action: &str, deed: &Deed<'_>) -> Edit<ClientRecord> {
    let after = ClientRecord {
        development: Some(Box::new(own)),
        ..before.clone()
    };
    replace(before, after, action, deed)
}
