//! Certificates are read as what they are; whatever is odd about a header shows none; an authority vouches for clients
//! alone.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantd_core::client_auth::distinguished_name::DistinguishedName;
use grantd_protocol::Timestamp;
use http::HeaderMap;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn client() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "billing");
    params.subject_alt_names = vec![
        SanType::DnsName("billing.acme.example".try_into().unwrap()),
        SanType::URI("spiffe://acme/billing".try_into().unwrap()),
        SanType::Rfc822Name("ops@acme.example".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::IpAddress("2001:db8::7".parse().unwrap()),
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn issued(by: &CertifiedIssuer<'_, KeyPair>, params: &CertificateParams) -> ShownCertificate {
    let leaf = params.signed_by(&KeyPair::generate().unwrap(), by).unwrap();
    ShownCertificate::new([leaf.der().to_vec()]).unwrap()
}

fn trusting(authority: &CertifiedIssuer<'_, KeyPair>) -> Authorities {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    Authorities::load(&file).unwrap()
}

#[test]
fn a_certificate_is_read_with_all_its_names() {
    let ca = authority("CA");
    let shown = issued(&ca, &client());
    let certificate = read(&shown, None, NOW).unwrap();
    assert_eq!(
        certificate.subject,
        DistinguishedName::parse("CN=billing,O=Acme\\, Inc.")
    );
    assert_eq!(certificate.dns, ["billing.acme.example"]);
    assert_eq!(certificate.uris, ["spiffe://acme/billing"]);
    assert_eq!(certificate.emails, ["ops@acme.example"]);
    assert_eq!(certificate.addresses.len(), 2);
    assert!(!certificate.is_trusted);
    assert!(certificate.not_before < NOW && NOW < certificate.not_after);
}

#[test]
fn the_key_of_a_certificate_is_the_one_that_a_client_registers() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = client().self_signed(&key).unwrap();
        let shown = ShownCertificate::new([certificate.der().to_vec()]).unwrap();
        let read = read(&shown, None, NOW).unwrap().key;
        assert_eq!(read, Some(registered(&key)), "{algorithm:?}");
    }
}

/// The thumbprint of a key as a client registers it, from the raw public key.
fn registered(key: &KeyPair) -> grantd_jose::Thumbprint {
    use rcgen::PublicKeyData as _;
    let raw = key.der_bytes();
    let text = |bytes: &[u8]| grantd_jose::base64url_encode(bytes);
    let jwk = match raw.len() {
        32 => serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": text(raw)}),
        length => {
            let half = (length - 1) / 2;
            let curve = if half == 32 { "P-256" } else { "P-384" };
            serde_json::json!({"kty": "EC", "crv": curve, "x": text(&raw[1..=half]), "y": text(&raw[1 + half..])})
        }
    };
    grantd_jose::Jwk::parse(jwk.to_string().as_bytes())
        .unwrap()
        .thumbprint()
}

#[test]
fn an_authority_vouches_for_what_it_issued_for_clients() {
    let (ca, other) = (authority("CA"), authority("CA"));
    let trusted = |shown: &ShownCertificate, by| read(shown, Some(&trusting(by)), NOW).unwrap().is_trusted;
    let shown = issued(&ca, &client());
    assert!(trusted(&shown, &ca));
    // Another authority of the same name.
    assert!(!trusted(&shown, &other));
    let mut for_servers = client();
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    assert!(!trusted(&issued(&ca, &for_servers), &ca));
    let mut over = client();
    over.not_after = rcgen::date_time_ymd(2020, 1, 1);
    assert!(!trusted(&issued(&ca, &over), &ca));
    let own = client().self_signed(&KeyPair::generate().unwrap()).unwrap();
    assert!(!trusted(&ShownCertificate::new([own.der().to_vec()]).unwrap(), &ca));
}

#[test]
fn who_has_a_clients_certificate_cannot_issue_others() {
    let ca = authority("CA");
    let leaf = CertifiedIssuer::signed_by(client(), KeyPair::generate().unwrap(), &ca).unwrap();
    let forged = client().signed_by(&KeyPair::generate().unwrap(), &leaf).unwrap();
    let shown = ShownCertificate::new([forged.der().to_vec(), leaf.der().to_vec()]).unwrap();
    assert!(!read(&shown, Some(&trusting(&ca)), NOW).unwrap().is_trusted);
}

#[test]
fn the_first_certificate_counts_and_an_intermediate_leads_to_the_authority() {
    let ca = authority("CA");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Issuing");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let between = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &ca).unwrap();
    let leaf = client().signed_by(&KeyPair::generate().unwrap(), &between).unwrap();
    let chain = |certificates: &[&[u8]]| ShownCertificate::new(certificates.iter().map(|der| der.to_vec())).unwrap();
    let authorities = trusting(&ca);
    let right = chain(&[leaf.der(), between.der()]);
    assert!(read(&right, Some(&authorities), NOW).unwrap().is_trusted);
    assert!(!read(&chain(&[leaf.der()]), Some(&authorities), NOW).unwrap().is_trusted);
    // Turned around it is the authority's certificate, which is no client's.
    let turned = read(&chain(&[between.der(), leaf.der()]), Some(&authorities), NOW).unwrap();
    assert_ne!(turned.subject, DistinguishedName::parse("CN=billing,O=Acme\\, Inc."));
}

#[test]
fn bytes_that_are_not_one_certificate_are_none() {
    let shown = issued(&authority("CA"), &client());
    let mut longer = shown.leaf.clone();
    longer.push(0);
    let shorter = shown.leaf[..shown.leaf.len() - 1].to_vec();
    for leaf in [longer, shorter, vec![0], vec![0x30; 4000], b"-----BEGIN".to_vec()] {
        assert_eq!(read(&ShownCertificate::new([leaf]).unwrap(), None, NOW), None);
    }
    assert!(ShownCertificate::new([]).is_none());
    assert!(ShownCertificate::new(vec![vec![1]; 20]).is_none());
}

fn headers(lines: &[(&'static str, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(*name, value.parse().unwrap());
    }
    map
}

fn escaped(der: &[u8]) -> String {
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(der)
    );
    url::form_urlencoded::byte_serialize(pem.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[test]
fn each_form_of_header_shows_the_certificate() {
    let shown = issued(&authority("CA"), &client());
    let (leaf, text) = (&shown.leaf, escaped(&shown.leaf));
    let binary = format!(":{}:", STANDARD.encode(leaf));
    for (form, lines) in [
        (CertificateHeader::ClientCert, vec![("client-cert", binary.clone())]),
        (
            CertificateHeader::SslClientCert,
            vec![("ssl-client-cert", text.clone())],
        ),
        (
            CertificateHeader::XSslClientCert,
            vec![("x-ssl-client-cert", text.clone())],
        ),
        (
            CertificateHeader::Envoy,
            vec![(
                "x-forwarded-client-cert",
                format!("Hash=ab;Cert=\"{text}\";Subject=\"CN=a,O=b\""),
            )],
        ),
    ] {
        assert_eq!(form.shown(&headers(&lines)).as_ref(), Some(&shown), "{form:?}");
        assert_eq!(CertificateHeader::Off.shown(&headers(&lines)), None);
        // Twice it is the client's or the proxy's, and nobody knows which.
        let twice = [lines.clone(), lines].concat();
        assert_eq!(form.shown(&headers(&twice)), None, "{form:?}");
    }
    let chained = [
        ("client-cert", binary),
        ("client-cert-chain", ":AAEC:, :AwQ=:".to_owned()),
    ];
    let chained = CertificateHeader::ClientCert.shown(&headers(&chained)).unwrap();
    assert_eq!(chained.chain, [vec![0, 1, 2], vec![3, 4]]);
}

#[test]
fn an_empty_chain_is_one_of_nobody() {
    let leaf = issued(&authority("CA"), &client()).leaf;
    let alone = ("client-cert", format!(":{}:", STANDARD.encode(&leaf)));
    for chain in ["", " "] {
        let lines = [alone.clone(), ("client-cert-chain", chain.to_owned())];
        let shown = CertificateHeader::ClientCert.shown(&headers(&lines)).unwrap();
        assert_eq!((&shown.leaf, shown.chain.len()), (&leaf, 0));
    }
    let broken = [alone, ("client-cert-chain", ",".to_owned())];
    assert_eq!(CertificateHeader::ClientCert.shown(&headers(&broken)), None);
}

#[test]
fn a_header_of_another_form_shows_nothing() {
    let leaf = issued(&authority("CA"), &client()).leaf;
    let (text, binary) = (escaped(&leaf), format!(":{}:", STANDARD.encode(&leaf)));
    for (form, name, value) in [
        (CertificateHeader::ClientCert, "client-cert", text.clone()),
        (
            CertificateHeader::ClientCert,
            "client-cert",
            format!("{binary}, {binary}"),
        ),
        (CertificateHeader::ClientCert, "client-cert", format!("{binary};a=b")),
        (CertificateHeader::ClientCert, "client-cert", "::".to_owned()),
        (CertificateHeader::ClientCert, "client_cert", binary.clone()),
        (CertificateHeader::SslClientCert, "ssl-client-cert", binary.clone()),
        (CertificateHeader::SslClientCert, "ssl-client-cert", "%".to_owned()),
        (CertificateHeader::SslClientCert, "x-ssl-client-cert", text.clone()),
        (
            CertificateHeader::Envoy,
            "x-forwarded-client-cert",
            format!("Cert=\"{text}\",Cert=\"{text}\""),
        ),
        (
            CertificateHeader::Envoy,
            "x-forwarded-client-cert",
            format!("Cert=\"{text}\";Cert=\"{text}\""),
        ),
        (
            CertificateHeader::Envoy,
            "x-forwarded-client-cert",
            format!("Cert=\"{text}"),
        ),
        (
            CertificateHeader::Envoy,
            "x-forwarded-client-cert",
            "Hash=ab".to_owned(),
        ),
    ] {
        assert_eq!(form.shown(&headers(&[(name, value.clone())])), None, "{form:?} {value}");
    }
}
