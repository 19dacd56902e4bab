//! The second step of a login: a code of the user's app, or a recovery code. That the first was passed travels in a ticket
//! that is bound to the browser; a code is spent in the commit that begins the session, so that of two racers one is in.

use super::attempts::{count_one, counter};
use super::begin::{self, Kept, Proved};
use super::form;
use super::login::{local, status};
use super::outcome::{self, shell};
use super::ticket::Purpose;
use crate::error::{Failure, Fault};
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::admin::Actor;
use grantd_core::attempts::Limit;
use grantd_core::change::{CounterKey, Write};
use grantd_core::record::{Totp, UserRecord};
use grantd_core::second_factor::{Proof, prove, recovered};
use grantd_core::upstream::with_code;
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_pages::{LoginError, OtpView};
use grantd_protocol::entropy::draw;
use grantd_protocol::{RawParams, Seconds, Timestamp};
use grantd_store::Store;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long the proof of the password is worth something.
const LIFETIME: Seconds = Seconds(600);
/// Codes that may be tried for one user: whoever knows the password and tries for a year has one chance in four.
const TRIES: Limit = Limit {
    burst: 10,
    period: Seconds(3600),
};
/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;

/// How the first step was proved.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct First {
    /// By which methods (RFC 8176).
    pub(super) methods: Vec<String>,
    /// When, where that was elsewhere and before.
    pub(super) at: Option<Timestamp>,
    /// By which link, where it was at another provider: once it is taken away, the step is worth nothing.
    pub(super) link: Option<String>,
}

impl First {
    /// By the password, here and now.
    pub(super) fn password() -> Self {
        Self {
            methods: vec!["pwd".to_owned()],
            at: None,
            link: None,
        }
    }
}

/// That somebody passed the first step, and where they go after this one.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    user: Arc<str>,
    /// Which password it was: with any other, this is worth nothing.
    changed_at: Timestamp,
    /// When the first step was passed here.
    at: Timestamp,
    first: First,
    to: String,
}

/// Whether a user has a second step.
pub(super) fn is_needed(user: &UserRecord) -> bool {
    user.has_second_step()
}

/// Shows the form to a user who passed the first step; `to` is where they go afterwards.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, user: &UserRecord, to: &str, first: First) -> Result<Reply, Failure> {
    let step = Step {
        user: Arc::clone(&user.id),
        changed_at: user.password_changed_at,
        at: request.app.now(),
        first,
        to: to.to_owned(),
    };
    render(request, user, &step, None)
}

fn render(request: &Request<'_>, user: &UserRecord, step: &Step, error: Option<LoginError>) -> Result<Reply, Failure> {
    let step = serde_json::to_string(step).map_err(|_| Fault::Broken("a step is no JSON"))?;
    let bound = form::for_browser(request, Purpose::SecondStep, &step);
    let view = OtpView {
        action: local(request, "login")?,
        request: bound.sealed.clone(),
        username: user.username.clone(),
        error,
    };
    let html = request.app.pages.otp(&view, &shell(request, None)?);
    Ok(bound.on(outcome::page(status(error), html)))
}

/// The step that a form of this page carries, if it was shown to this browser.
pub(super) fn open(request: &Request<'_>, params: &RawParams) -> Option<Step> {
    let ticket = form::ticket_of_browser(request, params, Purpose::SecondStep)?;
    serde_json::from_str(&ticket.request).ok()
}

/// Answers the form.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn answer(request: &Request<'_>, params: &RawParams, step: Step) -> Result<Reply, Failure> {
    let Some(user) = standing(request, &step).await? else {
        return Ok(form::expired(request));
    };
    let tries = tries(request, &user);
    if let Err(wait) = count_one(request, TRIES, tries).await? {
        let retry_after_seconds = u64::from(wait.get());
        let error = LoginError::TooManyAttempts { retry_after_seconds };
        return render(request, &user, &step, Some(error));
    }
    let typed = params.get("otp").unwrap_or_default();
    let methods = with_code(&step.first.methods);
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    for _ in 0..ATTEMPTS {
        let Some(user) = standing(request, &step).await? else {
            break;
        };
        let Some((after, spends)) = proved(request, &user, typed) else {
            return render(request, &user, &step, Some(LoginError::BadCredentials));
        };
        let mut writes = vec![Write::UpdateUser(Box::new(after))];
        writes.extend(spends);
        writes.push(Write::SetAttempts {
            key: tries,
            tat: request.now,
            expires_at: request.now,
        });
        let proved = Proved {
            user: &user,
            methods: &methods,
            spends: writes,
            used: &[],
            kept: Kept {
                at: step.first.at,
                ..Kept::USUAL
            },
        };
        if let Some(reply) = begin::session(request, proved, &step.to).await? {
            return Ok(reply);
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// The user of a step, if the proof of their password still counts.
async fn standing(request: &Request<'_>, step: &Step) -> Result<Option<UserRecord>, Failure> {
    if request.now >= step.at.plus(LIFETIME) {
        return Ok(None);
    }
    // Read before the link, which cannot be taken away afterwards without making another user of them.
    let found = request.app.store.user(request.realm.name(), &step.user).await?;
    if let Some(link) = &step.first.link {
        let key = base64url_decode(link.as_bytes())
            .ok()
            .and_then(|key| key.try_into().ok());
        let linked = match key {
            Some(key) => request.app.store.linked_user(request.realm.name(), key).await?,
            None => None,
        };
        if linked.as_ref() != Some(&step.user) {
            return Ok(None);
        }
    }
    Ok(found.filter(|user| user.enabled && user.password_changed_at == step.changed_at))
}

fn tries(request: &Request<'_>, user: &UserRecord) -> CounterKey {
    counter(&format!("login-otp|{}|{}", request.realm.name(), user.id))
}

/// The user as they are once the code is spent, and what is written of that.
fn proved(request: &Request<'_>, user: &UserRecord, typed: &str) -> Option<(UserRecord, Option<Write>)> {
    let app = request.app;
    let totp = user.factors.as_ref().and_then(|factors| factors.totp.as_ref());
    let secret = totp.and_then(|totp| unsealed(request, user, totp));
    let (actor, address) = (Actor::oneself(&user.id), request.address.to_string());
    let deed = request.deed(&actor, &address);
    let (after, proof) = prove(user, secret.as_deref(), typed, &app.recovery_codes, &deed)?;
    let line = (proof == Proof::RecoveryCode).then(|| recovered(&after, &deed));
    Some((after, line))
}

fn unsealed(request: &Request<'_>, user: &UserRecord, totp: &Totp) -> Option<Vec<u8>> {
    let sealed = base64url_decode(totp.sealed.as_bytes()).ok()?;
    request.app.second_factor.open(belongs(user).as_bytes(), &sealed)
}

/// Seals an app's secret for a user's row.
pub(super) fn sealed(request: &Request<'_>, user: &UserRecord, secret: &[u8]) -> String {
    let nonce = draw(&*request.app.entropy);
    base64url_encode(request.app.second_factor.seal(nonce, belongs(user).as_bytes(), secret))
}

fn belongs(user: &UserRecord) -> String {
    format!("totp|{}|{}", user.realm, user.id)
}
