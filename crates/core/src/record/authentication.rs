//! How a user logged in, as sessions, codes and tokens keep it.

use grantd_protocol::Timestamp;
use serde::{Deserialize, Serialize};

/// How and when the user proved who they are: what ID tokens repeat (OpenID Connect Core section 2).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authentication {
    /// `auth_time`.
    pub at: Timestamp,
    /// `acr`, where the realm declares levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// `amr`: RFC 8176 values.
    #[serde(default)]
    pub amr: Vec<String>,
}
