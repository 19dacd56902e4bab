//! HTTP Basic credentials. RFC 6749 section 2.3.1 wants id and secret form-encoded before base64; many clients send
//! them raw. Both readings are tried; where they agree (ids and secrets that grantd draws) there is only one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantd_protocol::Secret;
use grantd_protocol::params;

/// The longest header that is read, in bytes.
const MAX_HEADER: usize = 4096;

/// Id and secret of an `Authorization: Basic` header.
#[derive(Debug)]
pub struct BasicCredentials {
    decoded: Option<(String, Secret)>,
    raw: (String, Secret),
}

/// Whether the header uses the Basic scheme at all, if only by its name.
#[must_use]
pub fn is_basic(header: &str) -> bool {
    let scheme = header.split_once(' ').map_or(header, |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("basic")
}

impl BasicCredentials {
    /// Reads a header; `None` for another scheme, broken base64, a missing colon, an empty id, text that is not UTF-8.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        if header.len() > MAX_HEADER || !is_basic(header) {
            return None;
        }
        let bytes = STANDARD.decode(header.get(6..)?.trim_matches(' ')).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        if id.is_empty() || text.contains('\0') {
            return None;
        }
        let decoded = match (params::decode(id.as_bytes()), params::decode(secret.as_bytes())) {
            (Ok(decoded_id), Ok(decoded_secret)) if decoded_id != id || decoded_secret != secret => {
                Some((decoded_id.into_owned(), Secret::new(decoded_secret.into_owned())))
            }
            _ => None,
        };
        Some(Self {
            decoded,
            raw: (id.to_owned(), Secret::new(secret.to_owned())),
        })
    }

    /// Candidates for the id: the standard's reading first.
    #[must_use]
    pub fn client_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.decoded.iter().map(|(id, _)| id.clone()).collect();
        if ids.first() != Some(&self.raw.0) {
            ids.push(self.raw.0.clone());
        }
        ids
    }

    /// Candidates for the secret.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.decoded
            .iter()
            .map(|(_, secret)| secret.expose())
            .chain(std::iter::once(self.raw.1.expose()))
    }
}
