//! Who sent a request, as far as the transport knows. Must not know what is asked.

use crate::certificate::ShownCertificate;
use grantd_protocol::Entropy;
use grantd_protocol::entropy::draw;
use http::HeaderMap;
use http::header::HOST;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A request's name in logs and in the reply to an internal error: 16 hexadecimal digits, always drawn here. One that
/// came from outside is never taken over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 8]);

impl RequestId {
    /// Draws a new id.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(draw(entropy))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's address: the socket's, or what trusted proxies say. IPv4 is never written as IPv6.
    pub address: IpAddr,
    /// The other end of the connection.
    pub socket: SocketAddr,
    /// Whether the client's own connection is encrypted: ours by TLS, or a trusted proxy's by what it says.
    pub tls: bool,
    /// The host the client asked for, when a trusted proxy says that it was another one than `Host`.
    pub forwarded_host: Option<Box<str>>,
    /// Whether the connection comes from a trusted proxy, whose other headers may be believed as well.
    pub from_trusted_proxy: bool,
    /// The certificate that the client proved to hold, where the listener asks for one, or a trusted proxy says what it was
    /// shown. Nobody has checked who issued it.
    pub client_certificate: Option<Arc<ShownCertificate>>,
    /// The request's name in logs.
    pub request_id: RequestId,
}

impl Peer {
    /// The host the client asked for. Listeners let through only requests with exactly one valid `Host`.
    #[must_use]
    pub fn host<'r>(&'r self, headers: &'r HeaderMap) -> &'r str {
        match &self.forwarded_host {
            Some(host) => host,
            None => headers
                .get(HOST)
                .and_then(|host| host.to_str().ok())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;

    #[test]
    fn a_request_id_is_16_hexadecimal_digits() {
        let id = RequestId::draw(&SystemEntropy).to_string();
        assert_eq!(id.len(), 16);
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(RequestId([0; 8]).to_string(), "0000000000000000");
    }
}
