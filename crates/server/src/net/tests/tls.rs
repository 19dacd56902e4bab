//! TLS: versions, ALPN, client certificates, reload.

use super::*;
use crate::net::tls::TlsSettings;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(super) struct Certificate {
    _folder: TempDir,
    settings: TlsSettings,
    root: CertificateDer<'static>,
}

impl Certificate {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = TlsSettings {
            certificate: folder.path().join("certificate.pem"),
            private_key: folder.path().join("key.pem"),
            asks: AsksClients {
                names: ["a.example".to_owned()].into(),
                nameless: false,
            },
        };
        let root = write(&settings);
        Self {
            _folder: folder,
            settings,
            root,
        }
    }

    pub(super) fn tls(&self) -> Arc<Tls> {
        Arc::new(Tls::load(&self.settings).unwrap())
    }

    pub(super) fn client(&self, alpn: &[&str], versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut config = self.builder(versions).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    fn builder(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
    }
}

fn self_signed() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap()
}

fn write(settings: &TlsSettings) -> CertificateDer<'static> {
    let made = self_signed();
    std::fs::write(&settings.certificate, made.cert.pem()).unwrap();
    std::fs::write(&settings.private_key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

pub(super) async fn connect(house: &House, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("a.example").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, house.connect().await)
        .await
}

async fn house(certificate: &Certificate) -> House {
    House::open_with(patient(), Some(certificate.tls()), TrustedProxies::default()).await
}

const PEER: &[u8] = b"GET /peer HTTP/1.1\r\nHost: a.example\r\n\r\n";

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_http1_is_the_default() {
    let certificate = Certificate::new();
    let house = house(&certificate).await;
    for version in [&version::TLS12, &version::TLS13] {
        let mut stream = connect(&house, certificate.client(&[], &[version])).await.unwrap();
        stream.write_all(PEER).await.unwrap();
        let reply = one_reply(&mut stream).await;
        assert!(
            reply.ends_with("127.0.0.1 tls=true host=a.example certificate=0"),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn older_versions_are_refused() {
    let certificate = Certificate::new();
    let house = house(&certificate).await;
    for version in [[3, 1], [3, 2]] {
        // A ClientHello of TLS 1.0 or 1.1 with one suite and no extension.
        let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41];
        hello.extend(version);
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
        let mut socket = house.connect().await;
        socket.write_all(&hello).await.unwrap();
        let mut reply = Vec::new();
        let _reset = tokio::time::timeout(LONG, socket.read_to_end(&mut reply))
            .await
            .unwrap();
        // An alert, or nothing; never a ServerHello.
        assert_ne!(reply.first(), Some(&0x16), "{reply:?}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_handed_on_when_the_client_holds_its_key() {
    let certificate = Certificate::new();
    let house = house(&certificate).await;
    let own = self_signed();
    let leaf = own.cert.der().clone();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = certificate
        .builder(&[&version::TLS13])
        .with_client_auth_cert(vec![leaf.clone()], key)
        .unwrap();
    let mut stream = connect(&house, config).await.unwrap();
    stream.write_all(PEER).await.unwrap();
    let reply = one_reply(&mut stream).await;
    assert!(reply.ends_with(&format!("certificate={}", leaf.len())), "{reply}");
}

#[tokio::test]
async fn a_client_certificate_without_its_key_is_refused() {
    let certificate = Certificate::new();
    let house = house(&certificate).await;
    let (own, other) = (self_signed(), self_signed());
    let key = PrivateKeyDer::try_from(other.signing_key.serialize_der()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let signer = provider.key_provider.load_private_key(key).unwrap();
    let stolen = Arc::new(rustls::sign::CertifiedKey::new(vec![own.cert.der().clone()], signer));
    let config = certificate
        .builder(&[&version::TLS13])
        .with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(stolen)));
    let refused = match connect(&house, config).await {
        Err(_) => true,
        // In TLS 1.3 the client may write before it learns that it was refused.
        Ok(mut stream) => {
            let _written = stream.write_all(PEER).await;
            !until_closed(&mut stream).await.contains("200 OK")
        }
    };
    assert!(refused);
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut() {
    let certificate = Certificate::new();
    let limits = Limits {
        handshake_timeout: SHORT,
        ..patient()
    };
    let house = House::open_with(limits, Some(certificate.tls()), TrustedProxies::default()).await;
    assert_eq!(house.say(b"\x16\x03\x01").await, "");
}

#[tokio::test]
async fn a_reloaded_certificate_is_used_and_a_broken_one_keeps_the_old() {
    let mut certificate = Certificate::new();
    let tls = certificate.tls();
    let house = House::open_with(patient(), Some(Arc::clone(&tls)), TrustedProxies::default()).await;
    let works = |client: ClientConfig| {
        let house = &house;
        async move { connect(house, client).await.is_ok() }
    };
    let before = certificate.client(&[], &[&version::TLS13]);
    std::fs::write(&certificate.settings.private_key, "nothing").unwrap();
    assert!(Tls::read(&certificate.settings).is_err());
    assert!(works(before.clone()).await);
    certificate.root = write(&certificate.settings);
    let after = certificate.client(&[], &[&version::TLS13]);
    assert!(!works(after.clone()).await);
    let fresh = Tls::read(&certificate.settings).unwrap();
    assert!(works(before.clone()).await, "read, and not taken yet");
    tls.take(fresh);
    assert!(works(after).await);
    assert!(!works(before).await);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_with_the_files_name() {
    let certificate = Certificate::new();
    std::fs::write(
        &certificate.settings.private_key,
        self_signed().signing_key.serialize_pem(),
    )
    .unwrap();
    let fault = Tls::load(&certificate.settings).unwrap_err();
    assert!(fault.to_string().contains("certificate.pem"), "{fault}");
}
