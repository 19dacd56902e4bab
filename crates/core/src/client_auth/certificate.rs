//! Clients with certificates (RFC 8705): whether the certificate of a connection proves a client (section 2), and whether
//! the tokens of a request are bound to it (section 3). That the sender holds its key, and who issued it, was found out
//! before. Must not know TLS, nor X.509.

use super::AuthenticatedClient;
use super::distinguished_name::DistinguishedName;
use crate::realm::Realm;
use crate::record::{Binding, CertificateSubject, CertificateThumbprint, ClientRecord, TokenEndpointAuthMethod};
use grantd_jose::{JwkSet, Thumbprint};
use grantd_protocol::{ErrorCode, OAuthError, Timestamp};
use std::net::IpAddr;

/// A certificate whose key the sender of a request holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// What tokens are bound to.
    pub thumbprint: CertificateThumbprint,
    /// The subject's name; `None` where it has values that are no text.
    pub subject: Option<DistinguishedName>,
    /// Alternative names: DNS.
    pub dns: Vec<String>,
    /// Alternative names: URIs.
    pub uris: Vec<String>,
    /// Alternative names: mail addresses.
    pub emails: Vec<String>,
    /// Alternative names: IP addresses.
    pub addresses: Vec<IpAddr>,
    /// Its public key; `None` for one of a kind that nobody can register.
    pub key: Option<Thumbprint>,
    /// When it begins to be good.
    pub not_before: Timestamp,
    /// The last instant at which it is good (RFC 5280 section 4.1.2.5).
    pub not_after: Timestamp,
    /// Whether one of the realm's authorities issued it for clients, as of now.
    pub is_trusted: bool,
}

/// Whether it proves the client, by the client's own method.
pub(super) fn proves(
    certificate: &Certificate,
    client: &ClientRecord,
    fetched_keys: Option<&JwkSet>,
    now: Timestamp,
) -> bool {
    let in_time = certificate.not_before <= now && now <= certificate.not_after;
    let fits = match client.auth_method {
        TokenEndpointAuthMethod::TlsClientAuth => {
            let subject = client.certificate_subject.as_ref();
            certificate.is_trusted && subject.is_some_and(|subject| is_of(certificate, subject))
        }
        TokenEndpointAuthMethod::SelfSignedTlsClientAuth => {
            let keys = client.jwks.as_ref().or(fetched_keys).map_or(&[][..], JwkSet::keys);
            let shown = certificate.key;
            shown.is_some_and(|shown| keys.iter().any(|key| key.thumbprint() == shown))
        }
        _ => false,
    };
    in_time && fits
}

/// Whether the certificate has the name that the client registered. Nothing in it is a pattern.
fn is_of(certificate: &Certificate, subject: &CertificateSubject) -> bool {
    let has = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
    match subject {
        CertificateSubject::Name(text) => {
            let name = DistinguishedName::parse(text);
            name.is_some_and(|name| !name.is_empty() && certificate.subject.as_ref() == Some(&name))
        }
        CertificateSubject::Dns(name) => certificate.dns.iter().any(|own| own.eq_ignore_ascii_case(name)),
        CertificateSubject::Uri(uri) => has(&certificate.uris, uri),
        CertificateSubject::Email(address) => has(&certificate.emails, address),
        CertificateSubject::Ip(text) => {
            let address = text.parse::<IpAddr>();
            address.is_ok_and(|address| certificate.addresses.contains(&address))
        }
    }
}

/// The client with what the tokens of its request are bound to: the key that it proved already, or its certificate where
/// it registered that, or where everybody's tokens are bound and it proved no key.
///
/// # Errors
/// `invalid_request` for a client whose tokens are bound to its certificate and that shows none, or proves a key beside
/// it; `invalid_dpop_proof` where a proof is required.
pub fn bind(
    client: AuthenticatedClient,
    certificate: Option<&Certificate>,
    realm: &Realm,
) -> Result<AuthenticatedClient, OAuthError> {
    let shown = certificate.filter(|_| realm.mtls.enabled);
    if client.duties.binds_to_certificate {
        if client.key().is_some() {
            return Err(OAuthError::invalid_request(
                "the client's tokens are bound to its certificate: send no DPoP proof",
            ));
        }
        let shown = shown.ok_or(OAuthError::invalid_request(
            "the client's tokens are bound to its certificate, and none was shown",
        ))?;
        return Ok(client.bound(Binding::Certificate(shown.thumbprint)));
    }
    let client = match shown {
        Some(shown) if realm.dpop.required && !client.duties.binds && client.key().is_none() => {
            client.bound(Binding::Certificate(shown.thumbprint))
        }
        _ => client,
    };
    require_proof(&client, realm)?;
    Ok(client)
}

/// Refuses a client that must prove a key and did not (RFC 9449 section 5.2).
///
/// # Errors
/// `invalid_dpop_proof`.
fn require_proof(client: &AuthenticatedClient, realm: &Realm) -> Result<(), OAuthError> {
    let is_bound = client.key().is_some() || realm.dpop.required && !client.duties.binds && client.bound_to().is_some();
    if (realm.dpop.required || client.duties.binds) && !is_bound {
        return Err(OAuthError::new(ErrorCode::InvalidDpopProof, "a DPoP proof is required"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
