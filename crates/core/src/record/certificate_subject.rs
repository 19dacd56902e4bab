//! Which certificate stands for a client that authenticates with one (RFC 8705 section 2.1.2): exactly one name, of one kind.

use crate::client_auth::distinguished_name::DistinguishedName;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The longest name, in bytes.
pub const MAX_SUBJECT: usize = crate::client_auth::distinguished_name::MAX_NAME;

/// The name that the client's certificate must have. The variants are called as in client metadata.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum CertificateSubject {
    /// The subject's name, in the text of RFC 4514.
    #[serde(rename = "tls_client_auth_subject_dn")]
    Name(String),
    /// A DNS name among the alternative ones.
    #[serde(rename = "tls_client_auth_san_dns")]
    Dns(String),
    /// A URI there.
    #[serde(rename = "tls_client_auth_san_uri")]
    Uri(String),
    /// An IP address there.
    #[serde(rename = "tls_client_auth_san_ip")]
    Ip(String),
    /// A mail address there.
    #[serde(rename = "tls_client_auth_san_email")]
    Email(String),
}

/// The members of client metadata, in the order of the variants.
pub const MEMBERS: [&str; 5] = [
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
];

impl CertificateSubject {
    /// The one that is there of the five members, in the order of [`MEMBERS`]; `None` where there is none.
    ///
    /// # Errors
    /// The member that is there although another one is, or that is malformed, with what is wrong.
    pub fn of(values: [Option<String>; 5]) -> Result<Option<Self>, (&'static str, &'static str)> {
        const MAKE: [fn(String) -> CertificateSubject; 5] = [
            CertificateSubject::Name,
            CertificateSubject::Dns,
            CertificateSubject::Uri,
            CertificateSubject::Ip,
            CertificateSubject::Email,
        ];
        let mut found = None;
        for ((value, member), make) in values.into_iter().zip(MEMBERS).zip(MAKE) {
            let Some(value) = value else { continue };
            if found.is_some() {
                return Err((
                    member,
                    "excludes the other names of a certificate (tls_client_auth_...)",
                ));
            }
            let subject = make(value);
            if !subject.is_well_formed() {
                return Err((member, "is not a name of its kind"));
            }
            found = Some(subject);
        }
        Ok(found)
    }

    /// The member of client metadata, and its value.
    #[must_use]
    pub fn member(&self) -> (&'static str, &str) {
        let [name, dns, uri, ip, email] = MEMBERS;
        match self {
            Self::Name(value) => (name, value),
            Self::Dns(value) => (dns, value),
            Self::Uri(value) => (uri, value),
            Self::Ip(value) => (ip, value),
            Self::Email(value) => (email, value),
        }
    }

    /// Whether it is what it is called.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let (_, value) = self.member();
        let is_plain =
            !value.is_empty() && value.len() <= MAX_SUBJECT && value.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Self::Name(name) => DistinguishedName::parse(name).is_some(),
            // A pattern would stand for many clients.
            Self::Dns(name) => is_plain && !name.contains('*'),
            Self::Uri(uri) => is_plain && uri.contains(':'),
            Self::Ip(address) => address.parse::<IpAddr>().is_ok(),
            Self::Email(address) => is_plain && address.contains('@'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(members: &[(&str, &str)]) -> Result<Option<CertificateSubject>, (&'static str, &'static str)> {
        CertificateSubject::of(MEMBERS.map(|member| {
            let found = members.iter().find(|(name, _)| *name == member);
            found.map(|(_, value)| (*value).to_owned())
        }))
    }

    #[test]
    fn a_certificate_is_known_by_exactly_one_name() {
        assert_eq!(of(&[]), Ok(None));
        let dns = of(&[("tls_client_auth_san_dns", "a.example")]).unwrap().unwrap();
        assert_eq!(dns.member(), ("tls_client_auth_san_dns", "a.example"));
        let two = of(&[
            ("tls_client_auth_subject_dn", "CN=a"),
            ("tls_client_auth_san_ip", "192.0.2.1"),
        ]);
        assert_eq!(two.unwrap_err().0, "tls_client_auth_san_ip");
    }

    #[test]
    fn a_name_is_of_its_kind() {
        for (member, value) in [
            ("tls_client_auth_subject_dn", "no name"),
            ("tls_client_auth_san_dns", "*.example"),
            ("tls_client_auth_san_dns", ""),
            ("tls_client_auth_san_uri", "nothing"),
            ("tls_client_auth_san_ip", "192.0.2"),
            ("tls_client_auth_san_email", "a b@c"),
        ] {
            assert_eq!(of(&[(member, value)]).unwrap_err().0, member, "{value}");
        }
        for (member, value) in [
            ("tls_client_auth_subject_dn", "CN=a,O=b"),
            ("tls_client_auth_san_uri", "spiffe://acme/billing"),
            ("tls_client_auth_san_ip", "2001:db8::1"),
            ("tls_client_auth_san_email", "ops@acme.example"),
        ] {
            assert!(of(&[(member, value)]).unwrap().is_some(), "{value}");
        }
    }

    #[test]
    fn a_stored_name_is_read_back_under_the_name_of_its_member() {
        let subject = CertificateSubject::Uri("spiffe://acme/a".to_owned());
        let stored = serde_json::to_value(&subject).unwrap();
        assert_eq!(
            stored,
            serde_json::json!({ "tls_client_auth_san_uri": "spiffe://acme/a" })
        );
        assert_eq!(serde_json::from_value::<CertificateSubject>(stored).unwrap(), subject);
    }
}
