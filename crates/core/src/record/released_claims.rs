//! The single claims that a client asked for (OpenID Connect Core section 5.5), as they are kept with what a user allowed.

use serde::{Deserialize, Serialize};

/// Single claims that go to a client, wherever they were asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ReleasedClaims {
    /// With userinfo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
    /// In ID tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
}

impl ReleasedClaims {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}
