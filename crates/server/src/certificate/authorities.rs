//! The authorities that a realm lets vouch for clients' certificates. Must not know which client a name stands for.

use super::ShownCertificate;
use grantd_protocol::Timestamp;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Why a file of authorities cannot be used. A matter of configuration.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesFault {
    /// It cannot be read, or is no PEM.
    #[error("cannot be read: {0}")]
    File(rustls_pki_types::pem::Error),
    /// One of its certificates is none that can vouch.
    #[error("has a certificate that cannot vouch for others: {0}")]
    Certificate(rustls::Error),
    /// There is none in it.
    #[error("holds no certificate")]
    Empty,
}

/// Certificates that vouch for clients'.
#[derive(Clone, Debug)]
pub struct Authorities(Arc<dyn ClientCertVerifier>);

impl Authorities {
    /// Reads a file of certificates in PEM.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or holds something else.
    pub fn load(file: &Path) -> Result<Self, AuthoritiesFault> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(AuthoritiesFault::File)? {
            let certificate = certificate.map_err(AuthoritiesFault::File)?;
            roots.add(certificate).map_err(AuthoritiesFault::Certificate)?;
        }
        // Named here, not taken from the process-wide default, which another library could have set to something else.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        verifier.map(Self).map_err(|_| AuthoritiesFault::Empty)
    }

    /// Whether one of them vouches for the certificate as a client's at `now`: an unbroken chain of certificates that are
    /// in time and may sign, to a leaf that is for clients (RFC 5280 section 6).
    #[must_use]
    pub fn vouch_for(&self, shown: &ShownCertificate, now: Timestamp) -> bool {
        let leaf = CertificateDer::from(shown.leaf.as_slice());
        let chain: Vec<CertificateDer<'_>> = shown.chain.iter().map(|der| der.as_slice().into()).collect();
        let Ok(seconds) = u64::try_from(now.secs()) else {
            return false;
        };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.0.verify_client_cert(&leaf, &chain, now).is_ok()
    }
}
