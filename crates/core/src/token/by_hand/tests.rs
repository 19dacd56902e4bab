//! What a user may make by hand: within client, role and lifetime.

use super::*;
use crate::fixture::{
    NOW, after, client, client_with, decided, grant, membership, realm, realm_with, scopes, session, user,
};
use crate::realm::Realm;
use crate::record::AppState;
use grantd_protocol::entropy::counted::Counted;
use serde_json::Value;

fn place(role: &str) -> MembershipRecord {
    membership("acme", role)
}

fn with_tenants() -> Realm {
    realm_with(|realm| realm.tenants.enabled = true)
}

fn wanted(scope: &str, tenant: Option<&str>) -> NewToken {
    NewToken {
        status: None,
        name: "nightly export".into(),
        tenant: tenant.map(Into::into),
        scope: scopes(scope),
        lifetime: Seconds(3600),
        through: None,
    }
}

fn anything() -> ClientRecord {
    client_with(|client| client.scopes = scopes("*"))
}

fn made(
    new: NewToken,
    client: &ClientRecord,
    place: Option<&MembershipRecord>,
    realm: &Realm,
) -> Result<MadeToken, CannotMake> {
    let context = Context {
        realm,
        issuer: &realm.issuer,
        now: NOW,
    };
    make(new, client, &user(), place, &[], &context, &Counted::default())
}

#[test]
fn it_acts_for_its_maker_in_the_tenant_and_hangs_off_nothing() {
    let made = made(
        wanted("invoices:read", Some("acme")),
        &anything(),
        Some(&place("viewer")),
        &with_tenants(),
    );
    let made = made.unwrap();
    let record = &made.record;
    assert_eq!(record.subject, user().id);
    assert_eq!(record.tenant.as_deref(), Some("acme"));
    assert_eq!(record.client_id, client().client_id);
    assert!(record.grant.is_none() && record.family.is_none() && record.is_made_by_hand());
    assert_eq!(record.expires_at, NOW.plus(Seconds(3600)));
    let AccessToken::Opaque(text) = &made.access else {
        panic!("an opaque realm")
    };
    let bearer = Bearer::parse(Namespace::Access, "at_", text.expose()).unwrap();
    assert_eq!(bearer.id, *record.id.as_bytes());
    let guard = Guard::UserAt {
        realm: "main".into(),
        id: user().id,
        version: user().version,
    };
    assert_eq!(made.change.guards.first(), Some(&guard));
}

#[test]
fn it_permits_what_both_the_client_and_the_role_permit() {
    let realm = with_tenants();
    let scope = |client: &str, role: &str, asked: &str| {
        let client = client_with(|record| record.scopes = scopes(client));
        let made = made(wanted(asked, Some("acme")), &client, Some(&place(role)), &realm);
        made.map(|made| made.record.scope.to_string())
    };
    assert_eq!(scope("*", "owner", "*").unwrap(), "*");
    assert_eq!(scope("*", "viewer", "*").unwrap(), "invoices:read customers:read");
    assert_eq!(scope("invoices:*", "viewer", "invoices:*").unwrap(), "invoices:read");
    for (client, role, asked) in [
        ("*", "viewer", "invoices:write"),
        ("invoices:read", "owner", "invoices:write"),
        ("*", "nobody", "invoices:read"),
        ("*", "owner", "nonsense"),
        ("openid *", "owner", "openid invoices:read"),
    ] {
        let refused = scope(client, role, asked);
        assert!(matches!(refused, Err(CannotMake::Scope(_))), "{client} {role} {asked}");
    }
    assert_eq!(scope("*", "owner", ""), Err(CannotMake::NoScope));
}

#[test]
fn it_is_not_made_while_its_makers_place_is_taken_away() {
    let guards = |tenant: Option<&str>, realm: &Realm| {
        let made = made(
            wanted("invoices:read", tenant),
            &anything(),
            Some(&place("owner")),
            realm,
        );
        made.unwrap().change.guards
    };
    let at_the_tenant = |guards: &[Guard]| {
        guards
            .iter()
            .any(|guard| matches!(guard, Guard::TenantAt { id, version: 1, .. } if **id == *"acme"))
    };
    let of_tenant = guards(Some("acme"), &with_tenants());
    assert!(at_the_tenant(&of_tenant));
    assert!(of_tenant.iter().any(|guard| matches!(guard, Guard::UserAt { .. })));
    assert!(!at_the_tenant(&guards(None, &realm())));
}

#[test]
fn its_maker_must_belong_to_the_tenant() {
    let realm = with_tenants();
    let refusal = |tenant: Option<&str>, place: Option<&MembershipRecord>| {
        made(wanted("invoices:read", tenant), &anything(), place, &realm)
            .map(|made| made.record.tenant)
            .unwrap_err()
    };
    let (mut elsewhere, mut disabled, mut anothers) = (place("owner"), place("owner"), place("owner"));
    elsewhere.tenant.id = "globex".into();
    disabled.tenant.enabled = false;
    anothers.user = "bob".into();
    assert_eq!(refusal(None, Some(&place("owner"))), CannotMake::TenantNeeded);
    for wrong in [None, Some(&elsewhere), Some(&disabled), Some(&anothers)] {
        assert_eq!(refusal(Some("acme"), wrong), CannotMake::Tenant);
    }
}

fn permission(change: impl FnOnce(&mut GrantRecord)) -> GrantRecord {
    let mut grant = grant();
    change(&mut grant);
    grant
}

#[test]
fn it_hangs_off_the_permission_of_the_app_that_made_it_and_does_not_outlive_it() {
    let session = session();
    let through = |grant: &GrantRecord| Some(Through::new(grant, Some(&session)));
    let made = |through: Option<Through>| {
        let mut new = wanted("invoices:read", None);
        new.through = through;
        made(new, &anything(), None, &realm()).map(|made| (made.record.grant, made.record.expires_at))
    };
    let id = grant().id;
    assert_eq!(made(None), Ok((None, after(3600))));
    assert_eq!(made(through(&grant())), Ok((Some(id), after(3600))));
    let short = permission(|grant| grant.expires_at = Some(after(60)));
    assert_eq!(made(through(&short)), Ok((Some(id), after(60))));
    let over = permission(|grant| grant.expires_at = Some(NOW));
    assert_eq!(made(through(&over)), Err(CannotMake::Past));
    let of_session = permission(|grant| grant.session = Some(session.id));
    let end = session.expires_at.min(after(3600));
    assert_eq!(made(through(&of_session)), Ok((Some(id), end)));
}

#[test]
fn it_is_not_made_for_a_client_of_another_tenant() {
    let realm = with_tenants();
    let of = |tenant: Option<&str>| {
        let client = client_with(|client| {
            client.scopes = scopes("*");
            client.tenant = tenant.map(Into::into);
        });
        made(
            wanted("invoices:read", Some("acme")),
            &client,
            Some(&place("owner")),
            &realm,
        )
        .map(|made| made.record.tenant)
    };
    assert_eq!(of(Some("globex")), Err(CannotMake::AnothersClient));
    assert_eq!(of(Some("acme")), Ok(Some("acme".into())));
    assert_eq!(of(None), Ok(Some("acme".into())));
}

#[test]
fn it_permits_what_its_makers_role_permits_now() {
    let made = made(
        wanted("*", Some("acme")),
        &anything(),
        Some(&place("owner")),
        &with_tenants(),
    );
    let token = made.unwrap().record;
    let now = |role: Option<&str>, place: Option<&MembershipRecord>| {
        let realm = realm_with(|realm| {
            realm.tenants.enabled = true;
            match role {
                Some(role) => realm.roles.insert("owner".into(), scopes(role)),
                None => realm.roles.remove("owner"),
            };
        });
        permits(&token, place, &realm).to_string()
    };
    let owner = place("owner");
    assert_eq!(now(Some("*"), Some(&owner)), "*");
    assert_eq!(now(Some("invoices:read"), Some(&owner)), "invoices:read");
    assert_eq!(now(None, Some(&owner)), "", "the realm has no such role any more");
    assert_eq!(now(Some("*"), None), "", "who left the tenant has no role there");
}

#[test]
fn its_lifetime_is_bounded_by_the_realm() {
    let realm = realm_with(|realm| realm.access.by_hand_lifetime = Seconds(3600));
    let lifetime = |seconds: u32| {
        let mut new = wanted("invoices:read", None);
        new.lifetime = Seconds(seconds);
        made(new, &anything(), None, &realm).map(|made| made.record.expires_at)
    };
    assert_eq!(lifetime(3600), Ok(NOW.plus(Seconds(3600))));
    assert_eq!(lifetime(3601), Err(CannotMake::TooLong(Seconds(3600))));
    assert_eq!(lifetime(0), Err(CannotMake::Past));
}

#[test]
fn a_disabled_client_or_user_has_none() {
    let off = client_with(|client| client.enabled = false);
    assert!(matches!(
        made(wanted("invoices:read", None), &off, None, &realm()),
        Err(CannotMake::Disabled)
    ));
    let realm = realm();
    let context = Context {
        realm: &realm,
        issuer: &realm.issuer,
        now: NOW,
    };
    let mut gone = user();
    gone.enabled = false;
    let refused = make(
        wanted("invoices:read", None),
        &anything(),
        &gone,
        None,
        &[],
        &context,
        &Counted::default(),
    );
    assert!(matches!(refused, Err(CannotMake::Disabled)));
}

#[test]
fn where_tokens_are_jwts_it_says_whom_it_acts_for() {
    let client = client_with(|client| {
        client.scopes = scopes("*");
        client.token_format = Some(TokenFormat::Jwt);
    });
    let made = made(
        wanted("invoices:read", Some("acme")),
        &client,
        Some(&place("owner")),
        &with_tenants(),
    );
    let made = made.unwrap();
    let AccessToken::Jwt(payload) = &made.access else {
        panic!("a client with JWTs")
    };
    let claims: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(claims["sub"], *user().id);
    assert_eq!(claims["tenant"], "acme");
    assert_eq!(claims["scope"], "invoices:read");
    assert_eq!(claims["jti"], made.record.id.to_string());
    assert!(made.record.hash.is_none());
}

#[test]
fn it_is_ended_once() {
    let mut token = made(wanted("invoices:read", None), &anything(), None, &realm())
        .unwrap()
        .record;
    let change = ChangeId::from_bytes([1; 16]);
    let ended = end(&token, NOW, change).unwrap();
    assert_eq!(ended.guards, [Guard::AccessLive(token.id)]);
    token.ended_at = Some(NOW);
    assert!(end(&token, NOW, change).is_none());
}

#[test]
fn nobody_makes_one_by_hand_for_what_their_tenant_blocked() {
    let realm = with_tenants();
    let context = Context {
        realm: &realm,
        issuer: &realm.issuer,
        now: NOW,
    };
    let theirs = client_with(|client| client.origin = crate::record::ClientOrigin::Portal);
    let blocked = [decided("acme", AppState::Blocked)];
    let of = |client: &ClientRecord, apps: &[TenantAppRecord]| {
        let new = wanted("invoices:read", Some("acme"));
        make(
            new,
            client,
            &user(),
            Some(&place("owner")),
            apps,
            &context,
            &Counted::default(),
        )
    };
    assert!(matches!(of(&theirs, &blocked), Err(CannotMake::NotAdmitted)));
    assert!(of(&theirs, &[]).is_ok() && of(&client(), &blocked).is_ok());
}
