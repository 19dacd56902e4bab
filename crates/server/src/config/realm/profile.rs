//! `profile = "fapi2"`: the FAPI 2.0 Security Profile as one switch. What the file does not say becomes what the profile
//! asks for; what it says otherwise is a mistake, told with its key.

use crate::config::kind::Choice;
use crate::config::section::Section;
use grantd_core::realm::{PkcePolicy, Profile, Realm, Rotation};
use grantd_core::record::TokenEndpointAuthMethod;
use grantd_jose::Algorithm;
use grantd_protocol::Seconds;

const PROFILES: Choice<Profile> = Choice(&[("none", Profile::None), ("fapi2", Profile::Fapi2)]);
/// Section 5.3.2.1: codes live for at most a minute.
const CODE: Seconds = Seconds(60);

/// Section 5.3.2.1: how clients authenticate.
const STRONG: &[TokenEndpointAuthMethod] = &[
    TokenEndpointAuthMethod::PrivateKeyJwt,
    TokenEndpointAuthMethod::TlsClientAuth,
    TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
];

/// Reads the switch.
pub(super) fn read(section: &mut Section<'_>) -> Option<Profile> {
    section.or(
        "profile",
        "\"fapi2\" for the FAPI 2.0 Security Profile: requests are pushed, tokens bound to keys or certificates, clients sign or show certificates.",
        &PROFILES,
        "none",
    )
}

/// The realm as its profile has it; `None` where the file says what the profile forbids.
pub(super) fn keep(section: &Section<'_>, mut realm: Realm) -> Option<Realm> {
    if realm.profile == Profile::None {
        return Some(realm);
    }
    let is_strong = |algorithm: Algorithm| algorithm != Algorithm::RS256;
    let methods_are_strong = realm.auth_methods.iter().all(|method| STRONG.contains(method));
    let checks = [
        ("", "pkce", realm.pkce == PkcePolicy::Required, "required"),
        (
            "",
            "client_auth",
            methods_are_strong,
            "of private_key_jwt, tls_client_auth and self_signed_tls_client_auth alone",
        ),
        ("pushed_requests", "required", realm.pushed.required, "true"),
        ("dpop", "required", realm.dpop.required, "true"),
        ("code", "lifetime", realm.code.lifetime <= CODE, "at most 60s"),
        (
            "refresh_token",
            "rotation",
            realm.refresh.rotation == Rotation::Off,
            "\"off\"",
        ),
        (
            "access_token",
            "algorithm",
            is_strong(realm.access.algorithm),
            "ES256, PS256 or EdDSA",
        ),
        (
            "id_token",
            "algorithm",
            is_strong(realm.id_token.algorithm),
            "ES256, PS256 or EdDSA",
        ),
        (
            "client_assertion",
            "accept_token_endpoint_audience",
            !realm.assertions.token_endpoint_audience,
            "false",
        ),
    ];
    let mut good = true;
    for (table, key, fits, needed) in checks {
        if !fits && section.is_written_in(table, key) {
            let path = if table.is_empty() {
                key.to_owned()
            } else {
                format!("{table}.{key}")
            };
            section.problem("profile", format!("\"fapi2\" needs {path} to be {needed}"), None);
            good = false;
        }
    }
    realm.pkce = PkcePolicy::Required;
    if !methods_are_strong {
        realm.auth_methods = vec![TokenEndpointAuthMethod::PrivateKeyJwt];
    }
    realm.pushed.required = true;
    realm.dpop.required = true;
    realm.code.lifetime = realm.code.lifetime.min(CODE);
    realm.refresh.rotation = Rotation::Off;
    realm.assertions.token_endpoint_audience = false;
    for algorithm in [&mut realm.access.algorithm, &mut realm.id_token.algorithm] {
        if !is_strong(*algorithm) {
            *algorithm = Algorithm::ES256;
        }
    }
    good.then_some(realm)
}
