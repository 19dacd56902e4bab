//! Whose certificate counts as the client's.

use super::*;
use crate::certificate::CertificateHeader;
use grantd_protocol::entropy::counted::Counted;

fn shown_of(trusted: &str, certificates: CertificateHeader) -> Option<Arc<ShownCertificate>> {
    let shared = Shared {
        limits: Limits::default(),
        trusted: TrustedProxies::new(vec![trusted.parse().unwrap()]).saying_certificates(certificates),
        entropy: Arc::new(Counted::default()),
        service: (),
        observer: Arc::new(()),
    };
    let origin = Origin {
        socket: "10.0.0.1:4711".parse().unwrap(),
        tls: true,
        client_certificate: ShownCertificate::new([vec![7]]).map(Arc::new),
    };
    peer(&shared, &origin, &Request::new(())).client_certificate
}

#[test]
fn a_trusted_proxys_own_certificate_is_never_its_clients() {
    assert_eq!(shown_of("10.0.0.0/8", CertificateHeader::Off), None);
    assert_eq!(shown_of("10.0.0.0/8", CertificateHeader::ClientCert), None);
    assert!(shown_of("192.0.2.0/24", CertificateHeader::Off).is_some());
}
