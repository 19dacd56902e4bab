//! The two forms of access tokens.

use serde::{Deserialize, Serialize};

/// How an access token looks on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// A bearer value that only introspection can read.
    Opaque,
    /// A signed JWT (RFC 9068); its `jti` is the row's id.
    Jwt,
}
