//! Certificates in headers of proxies that end TLS. Which header one's proxy sets is configured: any other is a client's own
//! invention. A header that is there twice, or in any way odd, shows no certificate.

use super::ShownCertificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantd_protocol::params::decode;
use http::HeaderMap;
use http::header::HeaderName;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// The header, which also says its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CertificateHeader {
    /// None: what clients write into such headers is nobody's business.
    #[default]
    Off,
    /// `Client-Cert` and `Client-Cert-Chain` (RFC 9440).
    ClientCert,
    /// `X-Forwarded-Client-Cert` of Envoy, with one element that has `Cert` or `Chain`.
    Envoy,
    /// `SSL-Client-Cert` with PEM in percent encoding: nginx's `$ssl_client_escaped_cert`, under the name that its ingress
    /// controller uses.
    SslClientCert,
    /// The same as `X-SSL-Client-Cert`.
    XSslClientCert,
}

const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");
const ENVOY: HeaderName = HeaderName::from_static("x-forwarded-client-cert");
const SSL_CLIENT_CERT: HeaderName = HeaderName::from_static("ssl-client-cert");
const X_SSL_CLIENT_CERT: HeaderName = HeaderName::from_static("x-ssl-client-cert");

impl CertificateHeader {
    /// The certificate that the proxy says its client showed.
    #[must_use]
    pub fn shown(self, headers: &HeaderMap) -> Option<ShownCertificate> {
        match self {
            Self::Off => None,
            Self::ClientCert => client_cert(headers),
            Self::Envoy => envoy(only(headers, &ENVOY)?),
            Self::SslClientCert => pem(only(headers, &SSL_CLIENT_CERT)?),
            Self::XSslClientCert => pem(only(headers, &X_SSL_CLIENT_CERT)?),
        }
    }
}

/// The header's one value: of two nobody can tell which one the proxy wrote.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    }
}

fn client_cert(headers: &HeaderMap) -> Option<ShownCertificate> {
    let leaf = bytes(only(headers, &CLIENT_CERT)?)?;
    let lines = headers.get_all(&CLIENT_CERT_CHAIN).iter();
    let lines: Option<Vec<&str>> = lines.map(|line| line.to_str().ok()).collect();
    // A line without items is an empty list (RFC 9651 section 4.2): of a certificate that needs nobody in between.
    let lines = lines?.into_iter().filter(|line| !line.trim_matches(' ').is_empty());
    let chain = lines.flat_map(|line| line.split(',')).map(bytes);
    let chain: Option<Vec<Vec<u8>>> = chain.collect();
    ShownCertificate::new(std::iter::once(leaf).chain(chain?))
}

/// A byte sequence (RFC 9651 section 3.3.5).
fn bytes(item: &str) -> Option<Vec<u8>> {
    let encoded = item.trim_matches([' ', '\t']).strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(encoded).ok()
}

/// PEM in percent encoding, the leaf first.
fn pem(text: &str) -> Option<ShownCertificate> {
    let text = decode(text.as_bytes()).ok()?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    ShownCertificate::new(certificates.ok()?.into_iter().map(|der| der.to_vec()))
}

/// One element, `Key=value;Key="value"`: with several, one of them is what the client wrote itself.
fn envoy(text: &str) -> Option<ShownCertificate> {
    let (mut leaf, mut chain) = (None, None);
    for pair in unquoted(text)? {
        let (key, value) = pair.split_once('=')?;
        let place = match key.trim_matches([' ', '\t']).to_ascii_lowercase().as_str() {
            "cert" => &mut leaf,
            "chain" => &mut chain,
            _ => continue,
        };
        if place.replace(pem(value.trim_matches('"'))?).is_some() {
            return None;
        }
    }
    let (Some(leaf), Some(chain)) = (&leaf, &chain) else {
        return leaf.or(chain);
    };
    // The chain begins with the leaf.
    (leaf.chain.is_empty() && chain.leaf == leaf.leaf).then(|| chain.clone())
}

/// The pairs of one element; `None` where a comma outside quotes begins another, or a quote is left open.
fn unquoted(text: &str) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped, mut from) = (false, false, 0);
    let mut pairs = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return None,
            b';' if !quoted => {
                pairs.push(text.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    pairs.push(text.get(from..)?);
    (!quoted).then_some(pairs)
}
