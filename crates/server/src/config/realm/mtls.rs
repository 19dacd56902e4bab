//! Reading `[mtls]`: whether certificates of clients mean anything in the realm, who vouches for them, and the origin at
//! which clients are asked for one (RFC 8705).

use super::issuer::{self, Addresses};
use crate::certificate::Authorities;
use crate::config::kind::{Flag, Text};
use crate::config::section::Section;
use grantd_core::record::TokenEndpointAuthMethod;
use std::sync::Arc;

/// What a realm has of certificates.
#[derive(Debug)]
pub(super) struct Mtls {
    /// Whether they mean anything.
    pub(super) enabled: bool,
    /// Who vouches for clients' certificates; nobody without.
    pub(super) authorities: Option<Authorities>,
    /// Another origin of the endpoints that clients call (`mtls_endpoint_aliases`).
    pub(super) origin: Option<Arc<str>>,
}

/// Reads the section.
pub(super) fn read(
    section: &mut Section<'_>,
    addresses: Option<&Addresses>,
    methods: Option<&[TokenEndpointAuthMethod]>,
) -> Option<Mtls> {
    let doc = "Certificates of clients (RFC 8705): to authenticate with, and to bind tokens to.";
    let read = section.section("mtls", doc, |section| {
        let enabled = section.or("enabled", "Whether they mean anything here.", &Flag, false);
        let authorities = authorities(section);
        let origin = origin(section, addresses);
        Some(Mtls {
            enabled: enabled?,
            authorities: authorities?,
            origin: origin?,
        })
    });
    read.filter(|mtls| fits(section, mtls, methods.unwrap_or_default()))
}

#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
fn authorities(section: &mut Section<'_>) -> Option<Option<Authorities>> {
    let file = section.optional(
        "authorities_file",
        "A PEM file, relative to this one, of the authorities that vouch for certificates (tls_client_auth).",
        &Text,
    )?;
    let Some(file) = file else { return Some(None) };
    let path = section.resolve(&file);
    match Authorities::load(&path) {
        Ok(authorities) => Some(Some(authorities)),
        Err(fault) => {
            section.problem("authorities_file", format!("\"{}\" {fault}", path.display()), None);
            None
        }
    }
}

#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
fn origin(section: &mut Section<'_>, addresses: Option<&Addresses>) -> Option<Option<Arc<str>>> {
    let doc = "An origin of its own for clients with certificates, such as https://mtls.example.com: only there they are \
               asked for one, so that no browser asks its user.";
    let written = section.optional("endpoint_origin", doc, &Text)?;
    let Some(written) = written else { return Some(None) };
    let insecure = addresses.is_some_and(|addresses| addresses.insecure_http);
    match issuer::check_origin(&written, insecure) {
        Ok((_, "")) => Some(Some(written.into())),
        Ok(_) => {
            section.problem("endpoint_origin", "must be scheme and host alone, without a path", None);
            None
        }
        Err((message, fix)) => {
            section.problem("endpoint_origin", message, fix);
            None
        }
    }
}

/// Whether the section and `client_auth` fit together.
fn fits(section: &Section<'_>, mtls: &Mtls, methods: &[TokenEndpointAuthMethod]) -> bool {
    let method = methods.iter().find(|method| method.has_certificate());
    let by_name = methods.contains(&TokenEndpointAuthMethod::TlsClientAuth);
    if let Some(method) = method.filter(|_| !mtls.enabled) {
        let fix = Some("write [mtls] and enabled = true".to_owned());
        section.problem("client_auth", format!("{} needs certificates", method.as_str()), fix);
        return false;
    }
    if by_name && mtls.authorities.is_none() {
        let fix = Some("name them in mtls.authorities_file".to_owned());
        section.problem(
            "client_auth",
            "tls_client_auth needs authorities that vouch for certificates",
            fix,
        );
        return false;
    }
    true
}
