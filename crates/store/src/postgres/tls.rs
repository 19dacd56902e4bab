//! TLS to the database, verified always: an unverified certificate protects from nobody who is in the way.

use super::options::{OpenError, PostgresOptions};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// rustls over aws-lc-rs, named explicitly: no provider is installed for the whole process.
pub(super) fn client_config(options: &PostgresOptions) -> Result<ClientConfig, OpenError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &options.root_certificates {
        let bad = |error: &dyn std::fmt::Display| OpenError::BadUrl(format!("{}: {error}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
            let certificate = certificate.map_err(|error| bad(&error))?;
            roots.add(certificate).map_err(|error| bad(&error))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(OpenError::BadUrl(
            "TLS is asked for and no certificate authority is known".to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::BadUrl(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
