//! Authorities and the certificates that they issue.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantd_jose::base64url_encode;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use serde_json::{Value, json};

/// Somebody who issues certificates.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(crate) struct Holder {
    der: Vec<u8>,
    key: KeyPair,
    pem: String,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, name);
    // Two with all the same names are still two.
    params.serial_number = Some(SerialNumber::from_slice(&rand_serial()));
    params
}

fn rand_serial() -> [u8; 8] {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = named("Clients");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A client's certificate with this common name.
    pub(super) fn issue(&self, name: &str) -> Holder {
        let mut params = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    /// One whose time is over.
    pub(super) fn issue_expired(&self, name: &str) -> Holder {
        let mut params = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.sign(&params)
    }

    /// One of an authority between this one and its clients, and a client's of that.
    pub(super) fn through_another(&self, name: &str) -> (Holder, Holder) {
        let mut params = named("Between");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let between = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.0).unwrap();
        let der = between.der().to_vec();
        let pem = between.pem();
        let leaf = Self(between).issue(name);
        let key = KeyPair::generate().unwrap();
        (Holder { der, key, pem }, leaf)
    }

    fn sign(&self, params: &CertificateParams) -> Holder {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Holder {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key,
        }
    }
}

impl Holder {
    /// One that nobody but its holder vouches for.
    pub(super) fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).self_signed(&key).unwrap();
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key,
        }
    }

    /// What a proxy says that shows the certificate (RFC 9440).
    pub(crate) fn header(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.der))
    }

    /// Certificate and key for a TLS client.
    pub(super) fn identity(&self) -> reqwest::Identity {
        let pem = format!("{}{}", self.pem, self.key.serialize_pem());
        reqwest::Identity::from_pem(pem.as_bytes()).unwrap()
    }

    /// `x5t#S256`.
    pub(super) fn thumbprint(&self) -> String {
        base64url_encode(grantd_jose::sha256(&self.der))
    }

    /// The key as a client registers it.
    pub(super) fn jwks(&self) -> Value {
        let point = self.key.der_bytes();
        let key = json!({
            "kty": "EC", "crv": "P-256", "x": base64url_encode(&point[1..33]), "y": base64url_encode(&point[33..]),
        });
        json!({ "keys": [key] })
    }
}
