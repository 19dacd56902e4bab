//! Login and consent by the platform's own web app: what it is asked, what it may answer, and what becomes of the answer.
//! A question is bound to the browser or the session that it was asked for, is answered once, and the answer is used once.
//! Must not know how questions and answers are sealed, nor how the app looks.

pub mod consent;
pub mod login;

use crate::admin::deed::{Deed, Edit};
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::change::{Guard, Write};
use crate::record::ClientRecord;
use crate::single_use::SingleUse;
use grantd_protocol::entropy::draw_alphanumeric;
use grantd_protocol::{Entropy, ErrorCode, OAuthError, Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How long the app has to answer, as every form has.
pub const QUESTION_LIFETIME: Seconds = Seconds(3600);
/// How long the browser has to come back with the answer: it is on its way already.
pub const ANSWER_LIFETIME: Seconds = Seconds(600);
/// Characters of a question's name: 190 bits.
const ID_CHARS: usize = 32;
/// The longest explanation of a refusal, in characters.
const MAX_EXPLANATION: usize = 300;

/// What was handed over: for whom, and where the browser goes on afterwards. What it is bound to, the browser's secret,
/// it does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    id: String,
    /// The issuer identifier that was addressed.
    pub issuer: Arc<str>,
    /// The value of the browser's cookie before a login, the session's id after it.
    pub bound_to: String,
    /// Where the browser goes on.
    pub back: Back,
    /// When it was handed over.
    pub made_at: Timestamp,
}

impl std::fmt::Debug for Handed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Handed({} {})", self.id, self.back.name())
    }
}

/// Where the browser goes on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Back {
    /// The authorization request, as a query string.
    Request(String),
    /// The code of a device, as a query string.
    Device(String),
    /// A page of the user's account, below the pages' root.
    Page(String),
}

impl Back {
    /// What it is, in the API's words.
    const fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "authorization",
            Self::Device(_) => "device",
            Self::Page(_) => "account",
        }
    }
}

impl Handed {
    /// Something that is handed over now.
    #[must_use]
    pub fn new(issuer: &Arc<str>, bound_to: String, back: Back, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            id: draw_alphanumeric(entropy, ID_CHARS),
            issuer: Arc::clone(issuer),
            bound_to,
            back,
            made_at: now,
        }
    }

    /// Whether the app may still answer. A node whose clock is a little ahead may have made it.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.made_at <= now.plus(Seconds(60)) && now < self.end()
    }

    /// That the app answered.
    #[must_use]
    pub fn answered(&self, realm: &str) -> SingleUse {
        SingleUse::handed_over(realm, &self.id, self.end())
    }

    fn end(&self) -> Timestamp {
        self.made_at.plus(QUESTION_LIFETIME)
    }
}

/// The app's answer on its way through the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict<A> {
    /// What it answers.
    pub handed: Handed,
    /// The answer.
    pub answer: Result<A, Rejection>,
    /// When the app gave it.
    pub given_at: Timestamp,
}

impl<A> Verdict<A> {
    /// Whether the browser comes in time.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.given_at <= now.plus(Seconds(60)) && now < self.end()
    }

    /// That the browser came with it.
    #[must_use]
    pub fn used(&self, realm: &str) -> SingleUse {
        SingleUse::handed_back(realm, &self.handed.id, self.end())
    }

    fn end(&self) -> Timestamp {
        self.given_at.plus(ANSWER_LIFETIME)
    }
}

/// Why the app refuses, as the client hears it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rejection {
    error: Reason,
    description: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    AccessDenied,
    LoginRequired,
    ConsentRequired,
    InteractionRequired,
    AccountSelectionRequired,
    UnmetAuthenticationRequirements,
}

/// The reasons as the API names them.
pub const REASONS: &[&str] = &[
    "access_denied",
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
    "unmet_authentication_requirements",
];

impl Reason {
    const fn code(self) -> ErrorCode {
        match self {
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::InteractionRequired => ErrorCode::InteractionRequired,
            Self::AccountSelectionRequired => ErrorCode::AccountSelectionRequired,
            Self::UnmetAuthenticationRequirements => ErrorCode::UnmetAuthenticationRequirements,
        }
    }
}

impl Rejection {
    /// Reads what the app says.
    ///
    /// # Errors
    /// [`Refused::Invalid`].
    pub fn read(body: &Map<String, Value>) -> Result<Self, Refused> {
        let mut error = Reason::AccessDenied;
        let mut description = "the user denied the request".to_owned();
        let mut fields = Fields::new(body);
        fields.choice("error", &mut error, &REASONS.join(", "));
        fields.text("error_description", MAX_EXPLANATION, &mut description);
        Refused::unless_none(fields.finish())?;
        Ok(Self { error, description })
    }

    /// What the client hears.
    #[must_use]
    pub fn error(&self) -> OAuthError {
        OAuthError::with_detail(self.error.code(), &self.description)
    }
}

/// Which of the two is answered, for the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A login.
    Login,
    /// A consent.
    Consent,
}

/// Decides a refusal.
#[must_use]
pub fn reject<A>(
    subject: Subject,
    handed: &Handed,
    client_id: Option<&str>,
    rejection: Rejection,
    deed: &Deed<'_>,
) -> Edit<Verdict<A>> {
    let action = match subject {
        Subject::Login => "login.rejected",
        Subject::Consent => "consent.rejected",
    };
    let detail = json!({ "client_id": client_id, "error": rejection.error.code().as_str() });
    let audit = deed.audit(action, target(client_id), detail);
    given(handed, Err(rejection), (Vec::new(), Vec::new()), audit, deed)
}

/// What the audit log says a refusal was about.
fn target(client_id: Option<&str>) -> String {
    client_id.map_or_else(|| "realm".to_owned(), |id| format!("client:{id}"))
}

/// An answer, which is given once: that it was is a guard of the same change as whatever it does.
fn given<A>(
    handed: &Handed,
    answer: Result<A, Rejection>,
    (guards, writes): (Vec<Guard>, Vec<Write>),
    audit: Write,
    deed: &Deed<'_>,
) -> Edit<Verdict<A>> {
    let mut change = deed.change(guards, writes, audit);
    change.spend(&[handed.answered(&deed.realm.name)]);
    let after = Verdict {
        handed: handed.clone(),
        answer,
        given_at: deed.now,
    };
    Edit { change, after }
}

/// The client that asks, as the app sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    client_id: Arc<str>,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_domain: Option<String>,
    vouched_for: bool,
    /// Where the answer goes; a device has no such place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    redirect_uri: String,
}

impl Asker {
    fn new(client: &ClientRecord, redirect_uri: &str) -> Self {
        Self {
            client_id: Arc::clone(&client.client_id),
            name: client.name.clone(),
            verified_domain: client.verified_domain.clone(),
            vouched_for: client.origin.is_vouched_for(),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// What every question says: what it is for, of which issuer, until when it can be answered.
fn frame(handed: &Handed) -> Value {
    json!({
        "for": handed.back.name(),
        "issuer": handed.issuer,
        "asked_at": handed.made_at.secs(),
        "expires_at": handed.end().secs(),
    })
}

#[cfg(test)]
mod tests;
