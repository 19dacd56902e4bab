//! From a certificate's bytes to what decisions are made on: names, key, times. Whatever is not exactly one well-formed
//! certificate is none.

use super::{Authorities, ShownCertificate};
use grantd_core::client_auth::certificate::Certificate;
use grantd_core::client_auth::distinguished_name::{Attribute, DistinguishedName};
use grantd_core::record::CertificateThumbprint;
use grantd_jose::{Curve, Jwk, KeyMaterial, Thumbprint};
use grantd_protocol::Timestamp;
use std::net::IpAddr;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

/// The certificate that a client showed; `None` for bytes that are not one certificate.
#[must_use]
pub fn read(shown: &ShownCertificate, authorities: Option<&Authorities>, now: Timestamp) -> Option<Certificate> {
    let (rest, parsed) = X509Certificate::from_der(&shown.leaf).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut certificate = Certificate {
        thumbprint: CertificateThumbprint::of(&shown.leaf),
        subject: subject(parsed.subject()),
        dns: Vec::new(),
        uris: Vec::new(),
        emails: Vec::new(),
        addresses: Vec::new(),
        key: key(parsed.public_key()),
        not_before: Timestamp::from_secs(parsed.validity().not_before.timestamp()),
        not_after: Timestamp::from_secs(parsed.validity().not_after.timestamp()),
        is_trusted: authorities.is_some_and(|authorities| authorities.vouch_for(shown, now)),
    };
    // Two lists of names would let two readers see two clients.
    let names = parsed.subject_alternative_name().ok()?;
    for name in names.iter().flat_map(|names| &names.value.general_names) {
        match name {
            GeneralName::DNSName(name) => certificate.dns.push((*name).to_owned()),
            GeneralName::URI(uri) => certificate.uris.push((*uri).to_owned()),
            GeneralName::RFC822Name(address) => certificate.emails.push((*address).to_owned()),
            GeneralName::IPAddress(bytes) => certificate.addresses.extend(address(bytes)),
            _ => {}
        }
    }
    Some(certificate)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

/// The subject's name; `None` where a value is no text, so that nothing can be equal to it.
fn subject(name: &X509Name<'_>) -> Option<DistinguishedName> {
    let attributes = |part: &x509_parser::x509::RelativeDistinguishedName<'_>| -> Option<Vec<Attribute>> {
        let attributes = part.iter().map(|attribute| {
            let value = attribute.as_str().ok()?;
            Some((attribute.attr_type().to_id_string(), value.to_owned()))
        });
        attributes.collect()
    };
    let parts: Option<Vec<_>> = name.iter_rdn().map(attributes).collect();
    parts.map(DistinguishedName::new)
}

/// The public key as clients register theirs; `None` for one of a kind that is not known here.
fn key(info: &SubjectPublicKeyInfo<'_>) -> Option<Thumbprint> {
    let material = match info.parsed().ok()? {
        PublicKey::RSA(key) => KeyMaterial::rsa(without_sign(key.modulus), without_sign(key.exponent)).ok()?,
        PublicKey::EC(point) => {
            let parameters = info.algorithm.parameters.as_ref()?;
            let curve = match parameters.as_oid().ok()?.to_id_string().as_str() {
                "1.2.840.10045.3.1.7" => Curve::P256,
                "1.3.132.0.34" => Curve::P384,
                _ => return None,
            };
            // Uncompressed (SEC 1 section 2.3.3).
            let (4, numbers) = point.data().split_first()? else {
                return None;
            };
            let (x, y) = numbers.split_at_checked(curve.coordinate_len())?;
            KeyMaterial::ec(curve, x.to_vec(), y.to_vec()).ok()?
        }
        // RFC 8410 section 3.
        PublicKey::Unknown(bytes) if info.algorithm.algorithm.to_id_string() == "1.3.101.112" => {
            KeyMaterial::ed25519(bytes).ok()?
        }
        _ => return None,
    };
    Some(Jwk::new(material).thumbprint())
}

/// A number of DER without the zero that says that it is not negative.
fn without_sign(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}
