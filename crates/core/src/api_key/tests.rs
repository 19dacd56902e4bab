//! Who may make which key, and which key is good.

use super::*;
use crate::fixture::{NOW, after, realm, realm_with, scopes, user};
use crate::record::AppPolicy;
use grantd_protocol::entropy::counted::Counted;

fn tenant(id: &str) -> TenantRecord {
    TenantRecord {
        realm: "main".into(),
        id: id.into(),
        version: 1,
        name: "Acme".into(),
        enabled: true,
        apps: AppPolicy::Open,
        created_at: NOW,
    }
}

fn wanted(scope: &str) -> NewApiKey {
    NewApiKey {
        tenant: None,
        name: "reporting".into(),
        scope: scopes(scope),
        expires_at: None,
    }
}

const OPERATOR: Maker<'_> = Maker {
    actor: "cli",
    role: None,
    role_name: None,
    user: None,
};

fn made(new: NewApiKey, maker: &Maker<'_>, realm: &Realm) -> Result<MadeApiKey, CannotMake> {
    make(new, maker, None, realm, NOW, &Counted::default())
}

fn facts(record: ApiKeyRecord) -> ApiKeyFacts {
    ApiKeyFacts {
        key: record,
        tenant_disabled: false,
        last_used_at: None,
    }
}

#[test]
fn a_made_key_is_found_again_by_its_text_and_kept_as_a_hash() {
    let made = made(wanted("invoices:read"), &OPERATOR, &realm()).unwrap();
    let bearer = Bearer::parse(Namespace::ApiKey, "ak_", made.secret.expose()).unwrap();
    assert_eq!(bearer.id, *made.record.id.as_bytes());
    assert_eq!(bearer.hash.as_bytes(), made.record.hash.as_bytes());
    assert!(made.secret.expose().ends_with(&made.record.last_four));
    assert_eq!(made.record.last_four.len(), 4);
    assert!(matches!(made.change.writes.as_slice(), [Write::InsertApiKey(row)] if row.id == made.record.id));
    // The same text is no access token and no code, although a realm may give all of them one prefix.
    assert!(Bearer::parse(Namespace::Access, "ak_", made.secret.expose()).is_none());
}

#[test]
fn a_key_holds_no_more_than_its_makers_role() {
    let role = scopes("invoices:*");
    let maker = Maker {
        role: Some(&role),
        ..OPERATOR
    };
    let scope = |asked: &str| made(wanted(asked), &maker, &realm()).map(|made| made.record.scope.to_string());
    assert_eq!(scope("invoices:read").unwrap(), "invoices:read");
    assert_eq!(scope("invoices:*").unwrap(), "invoices:*");
    assert_eq!(
        scope("*").unwrap(),
        "invoices:read invoices:write",
        "a star is spelled out"
    );
    for beyond in ["customers:read", "invoices:read customers:read", "customers:*"] {
        assert!(matches!(scope(beyond), Err(CannotMake::Scope(_))), "{beyond}");
    }
}

#[test]
fn an_operators_key_is_bounded_by_the_catalogue_alone() {
    let scope = |asked: &str| made(wanted(asked), &OPERATOR, &realm()).map(|made| made.record.scope.to_string());
    assert_eq!(scope("*").unwrap(), "*");
    for unknown in ["nonsense", "nonsense:*", "invoices:read nonsense"] {
        assert!(matches!(scope(unknown), Err(CannotMake::Scope(_))), "{unknown}");
    }
    assert_eq!(scope(""), Err(CannotMake::NoScope));
}

#[test]
fn no_key_holds_a_scope_of_openid_connect_or_of_grantd_itself() {
    let role = scopes("openid email offline_access grantd:clients:read *");
    let maker = Maker {
        role: Some(&role),
        ..OPERATOR
    };
    for scope in [
        "openid",
        "email",
        "offline_access",
        "invoices:read profile",
        "grantd:clients:read",
        "grantd:*",
    ] {
        for maker in [&OPERATOR, &maker] {
            let refused = made(wanted(scope), maker, &realm()).map(|made| made.record.scope);
            assert!(matches!(refused, Err(CannotMake::Scope(_))), "{scope}");
        }
    }
}

#[test]
fn a_realm_with_tenants_has_no_key_outside_of_them_and_one_without_none_inside() {
    let with_tenants = realm_with(|realm| realm.tenants.enabled = true);
    let make_in = |named: Option<&str>, tenant: Option<&TenantRecord>, realm: &Realm| {
        let mut new = wanted("invoices:read");
        new.tenant = named.map(Into::into);
        let made = make(new, &OPERATOR, tenant, realm, NOW, &Counted::default());
        made.map(|made| made.record.tenant)
    };
    let acme = tenant("acme");
    assert_eq!(make_in(None, None, &with_tenants), Err(CannotMake::TenantNeeded));
    assert_eq!(make_in(Some("acme"), None, &with_tenants), Err(CannotMake::Tenant));
    assert_eq!(
        make_in(Some("acme"), Some(&acme), &with_tenants),
        Ok(Some("acme".into()))
    );
    let (mut disabled, mut foreign) = (acme.clone(), acme.clone());
    disabled.enabled = false;
    foreign.realm = "other".into();
    for wrong in [disabled, foreign, tenant("globex")] {
        assert_eq!(
            make_in(Some("acme"), Some(&wrong), &with_tenants),
            Err(CannotMake::Tenant)
        );
    }
    assert_eq!(make_in(Some("acme"), Some(&acme), &realm()), Err(CannotMake::Tenant));
}

#[test]
fn a_key_lives_no_longer_than_the_realm_allows() {
    let bounded = realm_with(|realm| realm.api_keys.max_lifetime = Some(Seconds(100)));
    let expiry = |end: Option<Timestamp>, realm: &Realm| {
        let mut new = wanted("invoices:read");
        new.expires_at = end;
        made(new, &OPERATOR, realm).map(|made| made.record.expires_at)
    };
    assert_eq!(expiry(None, &realm()), Ok(None));
    assert_eq!(expiry(None, &bounded), Ok(Some(after(100))));
    assert_eq!(expiry(Some(after(100)), &bounded), Ok(Some(after(100))));
    assert_eq!(
        expiry(Some(after(101)), &bounded),
        Err(CannotMake::TooLong(Seconds(100)))
    );
    for over in [NOW, after(-1)] {
        assert_eq!(expiry(Some(over), &realm()), Err(CannotMake::Past));
    }
}

#[test]
fn names_are_short_and_plain() {
    for bad in ["", "   ", "a\nb", "a\u{7}", &"x".repeat(121)] {
        let mut new = wanted("invoices:read");
        new.name = bad.into();
        assert!(
            matches!(made(new, &OPERATOR, &realm()), Err(CannotMake::Name)),
            "{bad:?}"
        );
    }
}

#[test]
fn the_maker_must_still_be_who_they_were_at_the_commit() {
    let user = user();
    let maker = Maker {
        user: Some(&user),
        ..OPERATOR
    };
    let made = made(wanted("invoices:read"), &maker, &realm()).unwrap();
    let expected = Guard::UserAt {
        realm: "main".into(),
        id: user.id.clone(),
        version: user.version,
    };
    assert_eq!(made.change.guards, [expected]);
}

#[test]
fn an_edit_is_bounded_like_a_new_key_and_guards_the_version_it_saw() {
    let before = made(wanted("invoices:read"), &OPERATOR, &realm()).unwrap().record;
    let role = scopes("customers:read");
    let maker = Maker {
        role: Some(&role),
        ..OPERATOR
    };
    let change = ChangeId::from_bytes([1; 16]);
    let edited = |wanted: Edit| edit(&before, wanted, &maker, &realm(), NOW, change);
    let renamed = Edit {
        name: Some("billing".into()),
        ..Edit::default()
    };
    let (after, written) = edited(renamed).unwrap();
    assert_eq!(
        (&*after.name, after.version, after.scope),
        ("billing", 2, scopes("invoices:read"))
    );
    assert_eq!(written.guards, [at_version(&before)]);
    let widened = Edit {
        scope: Some(scopes("invoices:write")),
        ..Edit::default()
    };
    assert!(matches!(edited(widened), Err(CannotMake::Scope(_))));
}

#[test]
fn a_key_is_good_until_the_very_instant_of_its_end() {
    let mut new = wanted("invoices:read");
    new.expires_at = Some(after(100));
    let key = made(new, &OPERATOR, &realm()).unwrap().record;
    let live = |change: fn(&mut ApiKeyFacts), now| {
        let mut facts = facts(key.clone());
        change(&mut facts);
        is_live(&facts, &realm(), now)
    };
    assert!(live(|_| {}, after(99)));
    assert!(!live(|_| {}, after(100)));
    assert!(!live(|facts| facts.key.ended_at = Some(NOW), NOW));
    assert!(!live(|facts| facts.tenant_disabled = true, NOW));
    assert!(!live(|facts| facts.key.realm = "other".into(), NOW));
    assert!(live(|facts| facts.key.expires_at = None, after(1_000_000)));
}

#[test]
fn where_keys_are_switched_off_none_is_made_and_none_is_good() {
    let key = made(wanted("invoices:read"), &OPERATOR, &realm()).unwrap().record;
    let off = realm_with(|realm| realm.api_keys.enabled = false);
    assert!(!is_live(&facts(key), &off, NOW));
    assert!(matches!(
        made(wanted("invoices:read"), &OPERATOR, &off),
        Err(CannotMake::SwitchedOff)
    ));
}

#[test]
fn a_key_is_ended_once() {
    let mut key = made(wanted("invoices:read"), &OPERATOR, &realm()).unwrap().record;
    let change = ChangeId::from_bytes([1; 16]);
    let ended = end(&key, NOW, change).unwrap();
    assert_eq!(ended.guards, [at_version(&key)]);
    key.ended_at = Some(NOW);
    assert!(end(&key, NOW, change).is_none());
}
