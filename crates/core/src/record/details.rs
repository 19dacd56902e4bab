//! The details of a rich authorization request (RFC 9396) that was checked, as they are kept with what a user allowed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A list of details that was checked: it is not empty, no two are the same, and each fits its type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationDetails(pub(crate) Vec<Map<String, Value>>);

impl AuthorizationDetails {
    /// Each object.
    pub fn iter(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.0.iter()
    }
}
