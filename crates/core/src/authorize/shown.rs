//! What a person was shown before they answered. Their answer is about that alone: whoever owns the client can change it
//! while the page is open.

use super::decide::ConsentPrompt;
use super::request::AuthorizationRequest;
use grantd_protocol::ScopeSet;
use serde::{Deserialize, Serialize};

/// What a consent page showed, kept with its form.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Shown {
    /// The permissions: nothing beyond them is allowed.
    pub scope: ScopeSet,
    /// Those that could be left out: such a one is allowed only if it was ticked, even if it is required by now.
    #[serde(default)]
    pub optional: ScopeSet,
    /// Where the page said that the answer goes. Empty where no redirect carries it.
    #[serde(default)]
    pub redirect: String,
}

impl Shown {
    /// What the page of this request shows.
    #[must_use]
    pub fn of(request: &AuthorizationRequest, prompt: &ConsentPrompt) -> Self {
        Self {
            scope: prompt.scope.clone(),
            optional: prompt.optional.clone(),
            redirect: request.redirect.as_str().to_owned(),
        }
    }

    /// Whether the answer to this request goes where the page said. A request that names no redirect URI goes wherever its
    /// client has registered the only one, which may be another by now (RFC 9700 section 4.1).
    #[must_use]
    pub fn leads_to(&self, request: &AuthorizationRequest) -> bool {
        self.redirect == request.redirect.as_str()
    }
}

/// A page that shows permissions and asks nothing.
impl From<ScopeSet> for Shown {
    fn from(scope: ScopeSet) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }
}
