//! PKCE, resources and scopes at the authorization endpoint.

use super::*;

#[test]
fn pkce_is_required_of_public_and_confidential_clients() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(refused(&without), ("pkce", ErrorCode::InvalidRequest));
    let public = Asked::with_client(make_public);
    assert_eq!(public.code(&without), ("pkce", ErrorCode::InvalidRequest));
}

#[test]
fn a_realm_may_excuse_confidential_clients_from_pkce_and_never_public_ones() {
    let mut loose = Asked::with_realm(|realm| realm.pkce = PkcePolicy::PublicClients);
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(loose.send(&without).unwrap().challenge, None);
    make_public(&mut loose.client);
    assert_eq!(loose.code(&without), ("pkce", ErrorCode::InvalidRequest));
}

#[test]
fn s256_is_the_only_challenge_method() {
    for method in ["", "plain", "S512", "s256"] {
        assert_eq!(
            refused(&[("code_challenge_method", method)]),
            ("pkce", ErrorCode::InvalidRequest),
            "{method}"
        );
    }
    assert_eq!(refused(&[("code_challenge", "")]), ("pkce", ErrorCode::InvalidRequest));
    for challenge in [
        &CHALLENGE[1..],
        &format!("{CHALLENGE}A"),
        &CHALLENGE.replacen('E', "=", 1),
        &CHALLENGE.replacen('E', "+", 1),
    ] {
        assert_eq!(
            refused(&[("code_challenge", challenge)]),
            ("pkce", ErrorCode::InvalidRequest),
            "{challenge}"
        );
    }
}

#[test]
fn resources_must_be_declared_and_keep_their_declared_spelling() {
    assert_eq!(&*send(&[]).resource, API, "the realm's default");
    assert_eq!(&*send(&[("resource", "https://api.example/")]).resource, API);
    assert_eq!(
        &*send(&[("resource", OTHER_API), ("resource", API), ("resource", API)]).resource,
        "https://other.example/v1 https://api.example"
    );
    for wrong in [
        "https://evil.example",
        "https://other.example/v1/",
        "https://other.example",
        "https://api.example#f",
        "api",
    ] {
        assert_eq!(
            refused(&[("resource", wrong)]),
            ("resource", ErrorCode::InvalidTarget),
            "{wrong}"
        );
    }
}

#[test]
fn an_unknown_scope_is_invalid_scope_for_every_client() {
    for origin in [ClientOrigin::Console, ClientOrigin::Dynamic] {
        let asked = Asked::with_client(|client| client.origin = origin);
        for scope in ["nonsense", "invoices:read nonsense", "a\"b", "nonsense:*"] {
            assert_eq!(
                asked.code(&[("scope", scope)]),
                ("scope", ErrorCode::InvalidScope),
                "{scope}"
            );
        }
    }
    assert_eq!(
        refused(&[("scope", &"a ".repeat(50_000))]),
        ("scope", ErrorCode::InvalidScope)
    );
}

#[test]
fn a_scope_beyond_the_client_is_refused_or_cut() {
    let sent = [("scope", "invoices:read customers:write")];
    assert_eq!(refused(&sent), ("scope", ErrorCode::InvalidScope));
    let cutting = Asked::with_realm(|realm| realm.excess_scope = ExcessScope::Cut);
    assert_eq!(cutting.send(&sent).unwrap().scope, scopes("invoices:read"));
    // Clients that registered themselves cannot know what is permitted to them.
    for origin in [ClientOrigin::Dynamic, ClientOrigin::MetadataDocument] {
        let asked = Asked::with_client(|client| client.origin = origin);
        assert_eq!(asked.send(&sent).unwrap().scope, scopes("invoices:read"));
        assert_eq!(
            asked.code(&[("scope", "customers:write")]),
            ("scope", ErrorCode::InvalidScope),
            "cut to nothing"
        );
    }
    let portal = Asked::with_client(|client| client.origin = ClientOrigin::Portal);
    assert_eq!(portal.code(&sent), ("scope", ErrorCode::InvalidScope));
}

#[test]
fn no_scope_means_the_clients_default_scopes() {
    assert_eq!(send(&[]).scope, scopes("invoices:read"));
    let beyond = Asked::with_client(|client| client.default_scopes = scopes("invoices:read customers:write"));
    assert_eq!(beyond.send(&[]).unwrap().scope, scopes("invoices:read"));
    let none = Asked::with_client(|client| client.default_scopes = ScopeSet::empty());
    assert_eq!(none.code(&[]), ("scope", ErrorCode::InvalidScope));
}

#[test]
fn a_pattern_is_kept_only_where_the_client_holds_it() {
    let holder = Asked::with_client(|client| client.scopes = scopes("invoices:*"));
    let sent = [("scope", "invoices:*")];
    assert_eq!(holder.send(&sent).unwrap().scope, scopes("invoices:*"));
    assert_eq!(send(&sent).scope, scopes("invoices:read invoices:write"));
    assert_eq!(
        send(&[("scope", "*")]).scope,
        scopes("invoices:read invoices:write customers:read"),
        "neither openid nor offline_access, though the client has them"
    );
}
