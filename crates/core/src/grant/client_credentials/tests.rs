//! A client acts for itself (RFC 6749 section 4.4).

use super::*;
use crate::fixture::{
    API, CLIENT, OTHER_API, at_the_issuer, authenticated, client_with, make_public, params, realm, realm_with, scopes,
};
use crate::grant::TokenRequest;
use crate::realm::Realm;
use crate::record::{ClientOrigin, ClientRecord};
use grantd_protocol::Seconds;

fn decide(realm: &Realm, client: &ClientRecord, sent: &[(&str, &str)]) -> Result<Approved, ErrorCode> {
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend_from_slice(sent);
    let request = match TokenRequest::parse(&params(&pairs)).map_err(|error| error.code())? {
        TokenRequest::ClientCredentials(request) => request,
        other => panic!("{other:?}"),
    };
    let client = authenticated(client);
    at_the_issuer(realm, |context| super::decide(&request, &client, context)).map_err(|refusal| {
        assert!(refusal.writes.is_empty());
        refusal.error.code()
    })
}

fn granted(client: &ClientRecord, sent: &[(&str, &str)]) -> Result<String, ErrorCode> {
    decide(&realm(), client, sent).map(|approved| approved.scope.to_string())
}

fn machine() -> ClientRecord {
    client_with(|client| {
        client.scopes = scopes("openid profile invoices:read invoices:write");
        client.default_scopes = scopes("invoices:read invoices:write");
    })
}

fn machine_with(change: impl FnOnce(&mut ClientRecord)) -> ClientRecord {
    let mut machine = machine();
    change(&mut machine);
    machine
}

#[test]
fn a_client_acts_as_itself_without_refresh_and_id_token() {
    let approved = decide(&realm(), &machine(), &[]).unwrap();
    assert_eq!(&*approved.subject, CLIENT);
    assert_eq!(approved.scope, scopes("invoices:read invoices:write"));
    assert_eq!(&*approved.audience, API);
    assert_eq!(approved.lifetime, Seconds(600));
    assert!(approved.refresh_generation.is_none() && approved.family.is_none() && approved.grant.is_none());
    assert!(approved.id_token.is_none() && approved.authentication.is_none());
    assert!(approved.guards.is_empty() && approved.writes.is_empty());
}

#[test]
fn a_public_client_cannot_act_for_itself() {
    assert_eq!(
        granted(&machine_with(make_public), &[]),
        Err(ErrorCode::UnauthorizedClient)
    );
}

#[test]
fn a_client_without_the_grant_type_is_unauthorized_client() {
    let client = machine_with(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    assert_eq!(granted(&client, &[]), Err(ErrorCode::UnauthorizedClient));
    let realm = realm_with(|realm| realm.grant_types = vec![GrantType::AuthorizationCode]);
    assert_eq!(
        decide(&realm, &machine(), &[]).unwrap_err(),
        ErrorCode::UnsupportedGrantType
    );
}

#[test]
fn a_narrower_scope_is_granted_as_asked() {
    assert_eq!(
        granted(&machine(), &[("scope", "invoices:write")]),
        Ok("invoices:write".into())
    );
}

#[test]
fn an_identity_scope_needs_a_user() {
    for scope in ["openid", "invoices:read profile", "offline_access"] {
        assert_eq!(
            granted(&machine(), &[("scope", scope)]),
            Err(ErrorCode::InvalidScope),
            "{scope}"
        );
    }
    // As a default they are left out: the same client may log users in as well.
    let both = machine_with(|client| client.default_scopes = scopes("openid invoices:read profile"));
    assert_eq!(granted(&both, &[]), Ok("invoices:read".into()));
}

#[test]
fn an_unknown_or_malformed_scope_is_invalid_scope() {
    for scope in ["nonsense", "invoices:read nonsense", "a\"b", "nonsense:*"] {
        assert_eq!(
            granted(&machine(), &[("scope", scope)]),
            Err(ErrorCode::InvalidScope),
            "{scope}"
        );
    }
}

#[test]
fn a_scope_beyond_the_client_is_refused_or_cut_as_the_realm_says() {
    let sent = [("scope", "invoices:read customers:read")];
    assert_eq!(granted(&machine(), &sent), Err(ErrorCode::InvalidScope));
    let cut = realm_with(|realm| realm.excess_scope = ExcessScope::Cut);
    let approved = decide(&cut, &machine(), &sent).unwrap();
    assert_eq!(approved.scope, scopes("invoices:read"));
    // Cut down to nothing is no token at all.
    let nothing = decide(&cut, &machine(), &[("scope", "customers:read")]);
    assert_eq!(nothing.unwrap_err(), ErrorCode::InvalidScope);
}

#[test]
fn a_client_that_registered_itself_is_cut_and_not_refused() {
    for origin in [ClientOrigin::Dynamic, ClientOrigin::MetadataDocument] {
        let client = machine_with(|client| client.origin = origin);
        assert_eq!(
            granted(&client, &[("scope", "invoices:read customers:read")]),
            Ok("invoices:read".into())
        );
    }
}

#[test]
fn a_service_account_is_bounded_by_its_role() {
    let account = machine_with(|client| {
        client.tenant = Some("acme".into());
        client.role = Some("viewer".into());
    });
    let approved = decide(&realm(), &account, &[("scope", "invoices:read")]).unwrap();
    assert_eq!(approved.tenant.as_deref(), Some("acme"));
    assert_eq!(
        granted(&account, &[("scope", "invoices:write")]),
        Err(ErrorCode::InvalidScope)
    );
    let unknown_role = machine_with(|client| client.role = Some("nobody".into()));
    assert_eq!(
        granted(&unknown_role, &[("scope", "invoices:read")]),
        Err(ErrorCode::InvalidScope)
    );
}

#[test]
fn no_scope_means_the_default_scopes_within_the_role() {
    let account = machine_with(|client| client.role = Some("viewer".into()));
    assert_eq!(granted(&account, &[]), Ok("invoices:read".into()));
    let no_defaults = machine_with(|client| client.default_scopes = scopes(""));
    assert_eq!(granted(&no_defaults, &[]), Err(ErrorCode::InvalidScope));
}

#[test]
fn a_pattern_is_kept_only_where_client_and_role_both_hold_it() {
    let account = |role: &'static str| {
        machine_with(|client| {
            client.scopes = scopes("invoices:*");
            client.role = Some(role.into());
        })
    };
    let sent = [("scope", "invoices:*")];
    assert_eq!(granted(&account("owner"), &sent), Ok("invoices:*".into()));
    assert_eq!(granted(&account("viewer"), &sent), Ok("invoices:read".into()));
}

#[test]
fn resources_must_be_declared_and_are_told_in_their_declared_spelling() {
    let audience = |sent: &[(&str, &str)]| decide(&realm(), &machine(), sent).map(|approved| approved.audience);
    assert_eq!(&*audience(&[("resource", "https://api.example/")]).unwrap(), API);
    let both = [("resource", OTHER_API), ("resource", API), ("resource", OTHER_API)];
    assert_eq!(
        &*audience(&both).unwrap(),
        "https://other.example/v1 https://api.example"
    );
    for wrong in ["https://evil.example", "api", "https://api.example/#x"] {
        assert_eq!(
            audience(&[("resource", wrong)]),
            Err(ErrorCode::InvalidTarget),
            "{wrong}"
        );
    }
}

#[test]
fn the_grant_type_is_read_strictly() {
    let parse = |pairs: &[(&str, &str)]| {
        TokenRequest::parse(&params(pairs))
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(parse(&[]), Err(ErrorCode::InvalidRequest));
    assert_eq!(parse(&[("grant_type", "")]), Err(ErrorCode::InvalidRequest));
    for unknown in ["password", "implicit", "Client_Credentials", "urn:x"] {
        assert_eq!(
            parse(&[("grant_type", unknown)]),
            Err(ErrorCode::UnsupportedGrantType),
            "{unknown}"
        );
    }
    assert_eq!(
        parse(&[
            ("grant_type", "client_credentials"),
            ("grant_type", "client_credentials")
        ]),
        Err(ErrorCode::InvalidRequest)
    );
}

#[test]
fn a_service_account_needs_its_own_tenant_and_that_enabled() {
    let account = machine_with(|client| client.tenant = Some("acme".into()));
    let tenant = crate::fixture::membership("acme", "owner").tenant;
    let judged = |client: &ClientRecord, tenant: Option<&TenantRecord>| {
        require_tenant(&authenticated(client), tenant).map_err(|refusal| {
            assert!(refusal.writes.is_empty());
            refusal.error.code()
        })
    };
    assert_eq!(judged(&account, Some(&tenant)), Ok(()));
    assert_eq!(judged(&account, None), Err(ErrorCode::UnauthorizedClient));
    let changes: [fn(&mut TenantRecord); 3] = [
        |tenant| tenant.enabled = false,
        |tenant| tenant.id = "globex".into(),
        |tenant| tenant.realm = "other".into(),
    ];
    for change in changes {
        let mut other = tenant.clone();
        change(&mut other);
        assert_eq!(judged(&account, Some(&other)), Err(ErrorCode::UnauthorizedClient));
    }
    assert_eq!(judged(&machine(), None), Ok(()), "a client without a tenant needs none");
}
