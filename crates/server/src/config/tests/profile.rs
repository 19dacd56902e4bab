//! `profile = "fapi2"`: what it sets by itself, and what it refuses.

use crate::config::{RealmConfig, parse_realm};
use grantd_core::realm::{Profile, Rotation};
use grantd_core::record::TokenEndpointAuthMethod;
use grantd_jose::Algorithm;
use grantd_protocol::Seconds;
use std::path::Path;

const BASE: &str = "name = 'bank'\ndisplay_name = 'Bank'\nissuer = 'https://id.example'\nprofile = 'fapi2'\n";

fn read(more: &str) -> Result<RealmConfig, String> {
    parse_realm(Path::new("realm.toml"), &format!("{BASE}{more}")).map_err(|problems| problems.to_string())
}

#[test]
fn the_profile_sets_what_the_file_does_not_say() {
    let realm = read("").unwrap().realm;
    assert_eq!(realm.profile, Profile::Fapi2);
    assert!(realm.pushed.required && realm.dpop.required);
    assert_eq!(realm.refresh.rotation, Rotation::Off);
    assert_eq!(realm.auth_methods, [TokenEndpointAuthMethod::PrivateKeyJwt]);
    assert!(realm.code.lifetime <= Seconds(60));
    for algorithm in [realm.access.algorithm, realm.id_token.algorithm] {
        assert_ne!(algorithm, Algorithm::RS256);
    }
}

#[test]
fn the_file_may_say_what_the_profile_asks_for() {
    let more = "client_auth = ['private_key_jwt']\n[code]\nlifetime = '30s'\n[access_token]\nalgorithm = 'PS256'\n";
    let realm = read(more).unwrap().realm;
    assert_eq!(realm.code.lifetime, Seconds(30));
    assert_eq!(realm.access.algorithm, Algorithm::PS256);
}

#[test]
fn clients_of_the_profile_may_show_certificates_instead_of_signing() {
    let more = "client_auth = ['private_key_jwt', 'self_signed_tls_client_auth']\n[mtls]\nenabled = true\n";
    let realm = read(more).unwrap().realm;
    assert_eq!(realm.auth_methods.len(), 2);
    assert!(realm.mtls.enabled && realm.dpop.required);
}

#[test]
fn a_file_that_says_otherwise_is_refused_with_the_key() {
    for (more, key) in [
        ("pkce = 'public-clients'\n", "pkce"),
        ("client_auth = ['private_key_jwt', 'none']\n", "client_auth"),
        ("[pushed_requests]\nrequired = false\n", "pushed_requests.required"),
        ("[pushed_requests]\nlifetime = '10m'\n", "pushed_requests.lifetime"),
        ("[dpop]\nrequired = false\n", "dpop.required"),
        ("[code]\nlifetime = '61s'\n", "code.lifetime"),
        ("[refresh_token]\nrotation = 'always'\n", "refresh_token.rotation"),
        ("[access_token]\nalgorithm = 'RS256'\n", "access_token.algorithm"),
        ("[id_token]\nalgorithm = 'RS256'\n", "id_token.algorithm"),
        (
            "[client_assertion]\naccept_token_endpoint_audience = true\n",
            "client_assertion.accept_token_endpoint_audience",
        ),
    ] {
        let problem = read(more).err().unwrap_or_else(|| panic!("{more} was taken"));
        assert!(problem.contains(&format!("\"fapi2\" needs {key} to be")), "{problem}");
    }
}

#[test]
fn only_a_realm_of_the_profile_refuses_the_signatures_that_it_does_not_name() {
    for algorithm in [Algorithm::RS256, Algorithm::PS512, Algorithm::ES384] {
        assert!(!Profile::Fapi2.admits(algorithm) && Profile::None.admits(algorithm));
    }
    for algorithm in [Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA] {
        assert!(Profile::Fapi2.admits(algorithm));
    }
}
