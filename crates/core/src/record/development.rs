//! What an application has that one of the realm's users made in the developers' portal: whose it is, how far it has come,
//! and who may try it. Must not know pages, nor what a developer may do with it.

use super::client::{GrantType, TokenEndpointAuthMethod};
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far an application has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its developer works on it: only they and their test users can allow it anything.
    Draft,
    /// It waits for an operator, or is open to everybody where the realm reviews nothing.
    Submitted,
    /// An operator looked at it.
    Verified,
    /// An operator stopped it.
    Suspended,
}

impl Stage {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Verified => "verified",
            Self::Suspended => "suspended",
        }
    }
}

/// What a verified application would like to become, until an operator has looked at it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Wish {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other permissions: all that it would have then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Another kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// Other ways to get tokens: all that it would have then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<GrantType>>,
    /// Another way to authenticate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<TokenEndpointAuthMethod>,
}

impl Wish {
    /// Whether nothing is wished for.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.name.is_none()
            && self.scopes.is_none()
            && self.application_type.is_none()
            && self.grant_types.is_none()
            && self.auth_method.is_none()
    }
}

/// What a developer's application has beside what every client has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Development {
    /// The id of the user whose it is.
    pub owner: Arc<str>,
    /// How far it has come.
    pub stage: Stage,
    /// Who may try it while it is a draft, by the form under which usernames are unique
    /// ([`UserRecord::key_of`](super::UserRecord::key_of)). Names and not ids: whoever names somebody does not learn whether
    /// there is such a user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub testers: Vec<String>,
    /// What an operator said yes to.
    #[serde(default)]
    pub verified: ScopeSet,
    /// What waits for an operator beside.
    #[serde(default, skip_serializing_if = "Wish::is_none")]
    pub wish: Wish,
    /// What the operator who decided last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How far it had come when it was suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_suspension: Option<Stage>,
    /// Since when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
}

impl Development {
    /// A draft of this user.
    #[must_use]
    pub fn begun_by(owner: &Arc<str>) -> Self {
        Self {
            owner: Arc::clone(owner),
            stage: Stage::Draft,
            testers: Vec::new(),
            verified: ScopeSet::empty(),
            wish: Wish::default(),
            note: None,
            before_suspension: None,
            submitted_at: None,
        }
    }

    /// Whether everybody may use it; `reviews` is whether the realm's operators look at applications first.
    #[must_use]
    pub const fn is_open(&self, reviews: bool) -> bool {
        match self.stage {
            Stage::Verified => true,
            Stage::Submitted => !reviews,
            Stage::Draft | Stage::Suspended => false,
        }
    }

    /// An operator decided what a verified application has, be it suspended now: what was taken from it is not its
    /// developer's to take back. One that nobody verified yet has been let have nothing.
    pub fn is_let_have(&mut self, scopes: &ScopeSet) {
        if self.stage == Stage::Verified || self.before_suspension == Some(Stage::Verified) {
            self.verified = scopes.clone();
        }
    }

    /// Whether it waits for an operator.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self.stage, Stage::Submitted) || (matches!(self.stage, Stage::Verified) && !self.wish.is_none())
    }
}
