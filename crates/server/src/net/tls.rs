//! TLS of a listener: TLS 1.2 and 1.3 on aws-lc-rs, HTTP/2 and HTTP/1.1 by ALPN, certificates that can be replaced
//! while the server runs. Must not know what is served.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme, version};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// Where a listener's certificate is.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// PEM, the leaf first, then the intermediates.
    pub certificate: PathBuf,
    /// PEM: PKCS #8, PKCS #1 or SEC1.
    pub private_key: PathBuf,
    /// Who is asked for a certificate (RFC 8705). They need not send one; who issued it is not checked here, only that the
    /// client holds its key.
    pub asks: AsksClients,
}

/// Which connections are asked for a client's certificate: browsers would ask their users in turn.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AsksClients {
    /// By the name that the client called this server by (SNI), in lower case.
    pub names: BTreeSet<String>,
    /// Also those that named none, as one that connects to an address.
    pub nameless: bool,
}

/// Why a certificate cannot be used. A matter of configuration: exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be read or holds no PEM of the right kind.
    #[error("the TLS {what} {} cannot be read: {cause}", path.display())]
    File {
        /// `certificate` or `private key`.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why.
        cause: rustls_pki_types::pem::Error,
    },
    /// The certificate and the private key do not fit each other, or rustls refuses them.
    #[error("the TLS certificate {} cannot be used: {cause}", path.display())]
    Refused {
        /// Where the certificate is.
        path: PathBuf,
        /// Why.
        cause: rustls::Error,
    },
}

/// A listener's TLS.
pub struct Tls {
    current: RwLock<Current>,
}

/// A certificate and its key that were read and fit each other, and that no connection gets yet.
pub struct Fresh(Current);

/// What connections get: with and without the question for a certificate. Neither can resume a session of the other.
struct Current {
    asks: AsksClients,
    asking: Arc<ServerConfig>,
    plain: Arc<ServerConfig>,
}

impl Current {
    fn read(settings: &TlsSettings) -> Result<Self, TlsFault> {
        Ok(Self {
            asks: settings.asks.clone(),
            asking: Arc::new(server_config(settings, true)?),
            plain: Arc::new(server_config(settings, false)?),
        })
    }
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// When they cannot be read or do not fit.
    pub fn load(settings: &TlsSettings) -> Result<Self, TlsFault> {
        let Fresh(current) = Self::read(settings)?;
        Ok(Self {
            current: RwLock::new(current),
        })
    }

    /// Reads what a running listener shall [take](Self::take), and changes nothing.
    ///
    /// # Errors
    /// When they cannot be read or do not fit.
    pub fn read(settings: &TlsSettings) -> Result<Fresh, TlsFault> {
        Current::read(settings).map(Fresh)
    }

    /// Connections from now on get these.
    pub fn take(&self, Fresh(current): Fresh) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    pub(super) fn config_for(&self, name: Option<&str>) -> Arc<ServerConfig> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let asks = match name {
            Some(name) => current.asks.names.contains(&name.to_ascii_lowercase()),
            None => current.asks.nameless,
        };
        Arc::clone(if asks { &current.asking } else { &current.plain })
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn server_config(settings: &TlsSettings, asks: bool) -> Result<ServerConfig, TlsFault> {
    let chain = CertificateDer::pem_file_iter(&settings.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| TlsFault::File {
            what: "certificate",
            path: settings.certificate.clone(),
            cause,
        })?;
    let key = PrivateKeyDer::from_pem_file(&settings.private_key).map_err(|cause| TlsFault::File {
        what: "private key",
        path: settings.private_key.clone(),
        cause,
    })?;
    let refused = |cause| TlsFault::Refused {
        path: settings.certificate.clone(),
        cause,
    };
    // Named here, not taken from the process-wide default, which another library could have set to something else.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(refused)?;
    let clients = if asks {
        versions.with_client_cert_verifier(Arc::new(AnyHeldCertificate(provider)))
    } else {
        versions.with_no_client_auth()
    };
    let mut config = clients.with_single_cert(chain, key).map_err(refused)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Accepts every certificate whose key the client holds. Which client it stands for is decided by comparing it with
/// what is registered (RFC 8705 sections 2.1 and 2.2), which may be self-signed.
#[derive(Debug)]
struct AnyHeldCertificate(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyHeldCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
