//! Certificates that clients show (RFC 8705): where they come from, how they are read, who vouches for them. What one
//! proves is decided in the core. Must not know OAuth.

mod authorities;
mod header;
mod read;

pub use authorities::{Authorities, AuthoritiesFault};
pub use header::CertificateHeader;
pub use read::read;

/// What a client showed, in DER. Whoever made this has seen that the client holds the leaf's key: this server's own TLS,
/// or a proxy that is believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownCertificate {
    /// The client's own.
    pub leaf: Vec<u8>,
    /// Those that lead from it to an authority; nobody has looked at them.
    pub chain: Vec<Vec<u8>>,
}

/// The most certificates of a chain that are looked at.
const MAX_CHAIN: usize = 6;

impl ShownCertificate {
    /// The leaf first, then the others; `None` for an empty or an absurdly long list.
    #[must_use]
    pub fn new(certificates: impl IntoIterator<Item = Vec<u8>>) -> Option<Self> {
        let mut certificates = certificates.into_iter();
        let leaf = certificates.next().filter(|leaf| !leaf.is_empty())?;
        let chain: Vec<Vec<u8>> = certificates.take(MAX_CHAIN + 1).collect();
        (chain.len() <= MAX_CHAIN).then_some(Self { leaf, chain })
    }
}

#[cfg(test)]
mod tests;
