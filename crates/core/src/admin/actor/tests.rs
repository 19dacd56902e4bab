use super::*;
use crate::fixture::token_endpoint::access_facts;
use crate::fixture::{ADMIN_API, API, NOW, client_with, membership, realm_with, scopes, session_facts};
use crate::record::{ClientOrigin, UserRecord};
use grantd_protocol::Seconds;

const MINE: &str = "grantd:clients:read";

/// A machine's token, a client that may have everything, a tenant and a place in it.
struct Setting {
    facts: AccessFacts,
    client: ClientRecord,
    place: MembershipRecord,
    realm: Realm,
}

impl Setting {
    fn new() -> Self {
        let mut facts = access_facts();
        facts.token.client_id = "webapp".into();
        facts.token.subject = "webapp".into();
        facts.token.grant = None;
        facts.token.family = None;
        facts.token.tenant = None;
        facts.token.audience = ADMIN_API.into();
        facts.token.scope = scopes("* grantd:*");
        facts.token.expires_at = NOW.plus(Seconds(60));
        let realm = realm_with(|realm| {
            realm.catalogue = std::mem::take(&mut realm.catalogue).with_own();
            realm.roles.insert("owner".into(), scopes("* grantd:members:*"));
        });
        Self {
            facts,
            client: client_with(|client| client.scopes = scopes("* grantd:*")),
            place: membership("acme", "owner"),
            realm,
        }
    }

    fn user(&mut self) {
        self.facts.token.subject = self.place.user.clone();
        self.facts.token.tenant = Some("acme".into());
    }

    fn actor(&self) -> Result<Actor, NoActor> {
        let around = Surroundings {
            client: Some(&self.client),
            membership: Some(&self.place),
            tenant: Some(&self.place.tenant),
        };
        authenticate(&self.facts, around, &self.realm, NOW)
    }
}

fn catalogue() -> Catalogue {
    realm_with(|_| ()).catalogue.with_own()
}

#[test]
fn an_operators_machine_acts_on_the_whole_realm() {
    let actor = Setting::new().actor().unwrap();
    assert!(actor.may(MINE) && actor.tenant().is_none() && actor.reaches("acme"));
    assert_eq!(actor.name(), "client:webapp");
}

#[test]
fn a_token_for_another_resource_opens_nothing() {
    let mut setting = Setting::new();
    setting.facts.token.audience = API.into();
    assert_eq!(setting.actor().unwrap_err(), NoActor::Elsewhere);
    setting.facts.token.audience = format!("{API} {ADMIN_API}").into();
    assert!(setting.actor().is_ok());
    setting.realm.api = None;
    assert_eq!(setting.actor().unwrap_err(), NoActor::Elsewhere);
}

#[test]
fn a_dead_token_a_disabled_client_and_one_that_registered_itself_open_nothing() {
    let mut setting = Setting::new();
    setting.facts.token.ended_at = Some(NOW);
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
    let mut setting = Setting::new();
    setting.client.enabled = false;
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
    let mut setting = Setting::new();
    setting.client.origin = ClientOrigin::Dynamic;
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
    let mut setting = Setting::new();
    setting.facts.token.realm = "other".into();
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
}

#[test]
fn a_star_in_a_token_opens_nothing() {
    let mut setting = Setting::new();
    setting.facts.token.scope = scopes("*");
    assert!(!setting.actor().unwrap().may(MINE));
}

#[test]
fn what_the_client_lost_its_tokens_lost() {
    let mut setting = Setting::new();
    setting.client.scopes = scopes("*");
    assert!(!setting.actor().unwrap().may(MINE));
}

#[test]
fn a_user_acts_with_the_role_of_now_and_within_the_tenant() {
    let mut setting = Setting::new();
    setting.user();
    let actor = setting.actor().unwrap();
    assert!(actor.may("grantd:members:write") && !actor.may(MINE));
    assert!(actor.reaches("acme") && !actor.reaches("globex"));
    setting.place.role = "viewer".into();
    assert!(!setting.actor().unwrap().may("grantd:members:write"));
    setting.place.tenant.enabled = false;
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
}

#[test]
fn a_user_outside_of_every_tenant_may_do_nothing() {
    let mut setting = Setting::new();
    setting.user();
    setting.facts.token.tenant = None;
    assert!(!setting.actor().unwrap().may(MINE));
}

#[test]
fn a_service_accounts_token_without_its_tenant_opens_nothing() {
    let mut setting = Setting::new();
    setting.client.tenant = Some("acme".into());
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
    setting.facts.token.tenant = Some("globex".into());
    assert_eq!(setting.actor().unwrap_err(), NoActor::Dead);
    setting.facts.token.tenant = Some("acme".into());
    setting.client.role = Some("owner".into());
    assert!(setting.actor().unwrap().may("grantd:members:read"));
}

#[test]
fn a_tenants_administrator_hands_out_what_it_holds_and_no_more() {
    let actor = actor(
        Some("acme"),
        &["invoices:* grantd:members:write", "invoices:read grantd:*"],
    );
    assert!(
        actor
            .must_hold(&scopes("invoices:read grantd:members:write"), &catalogue())
            .is_ok()
    );
    for beyond in ["invoices:write", "*", "grantd:members:read", "invoices:*"] {
        assert_eq!(
            actor.must_hold(&scopes(beyond), &catalogue()),
            Err(Refused::Beyond(beyond.into())),
            "{beyond}"
        );
    }
}

#[test]
fn whoever_holds_everything_that_a_pattern_covers_holds_the_pattern() {
    let actor = actor(
        Some("acme"),
        &["grantd:members:read grantd:members:write invoices:read"],
    );
    assert!(actor.must_hold(&scopes("grantd:members:*"), &catalogue()).is_ok());
    assert!(actor.must_hold(&scopes("invoices:*"), &catalogue()).is_err());
    assert!(actor.must_hold(&scopes("nothing:*"), &catalogue()).is_err());
}

#[test]
fn an_operator_hands_out_the_platforms_permissions_freely_and_the_servers_own_within_its_bounds() {
    let actor = actor(None, &["grantd:clients:write"]);
    assert!(
        actor
            .must_hold(&scopes("* invoices:write grantd:clients:write"), &catalogue())
            .is_ok()
    );
    assert!(actor.must_hold(&scopes("grantd:users:write"), &catalogue()).is_err());
    assert!(actor.must_hold(&scopes("grantd:*"), &catalogue()).is_err());
}

/// A session of somebody whom the realm names as an operator.
fn operators_session(change: impl FnOnce(&mut SessionFacts, &mut Realm)) -> Result<Actor, NoOperator> {
    let mut facts = session_facts();
    let mut realm = realm_with(|realm| realm.catalogue = std::mem::take(&mut realm.catalogue).with_own());
    if let Some(user) = &facts.user {
        let key = UserRecord::key_of(&user.username);
        realm.operators.insert(key, scopes("grantd:clients:*").into());
    }
    change(&mut facts, &mut realm);
    operator(&facts, &realm, NOW)
}

#[test]
fn an_operator_may_what_the_configuration_says_in_the_whole_realm() {
    let actor = operators_session(|_, _| ()).unwrap();
    assert!(actor.may("grantd:clients:write") && !actor.may("grantd:keys:write") && !actor.may("invoices:read"));
    assert!(actor.tenant().is_none() && actor.reaches("acme"));
    assert!(actor.name().starts_with("user:") && actor.name().ends_with(" via console"));
}

#[test]
fn an_operators_name_is_found_as_a_login_finds_it() {
    let upper = |facts: &mut SessionFacts, _: &mut Realm| {
        if let Some(user) = &mut facts.user {
            user.username = format!(" {} ", user.username.to_uppercase());
        }
    };
    assert!(operators_session(upper).is_ok());
}

#[test]
fn a_session_that_is_over_or_not_an_operators_opens_nothing() {
    type Change = fn(&mut SessionFacts, &mut Realm);
    let broken: [(&str, Change); 9] = [
        ("nobody is named", |_, realm| realm.operators.clear()),
        ("the realm has no admin API", |_, realm| realm.api = None),
        ("ended", |facts, _| facts.session.ended_at = Some(NOW)),
        ("expired", |facts, _| facts.session.expires_at = NOW),
        ("of another realm", |facts, _| facts.session.realm = "other".into()),
        ("the user is gone", |facts, _| facts.user = None),
        ("the user is disabled", |facts, _| {
            facts.user.as_mut().unwrap().enabled = false
        }),
        ("the user is another", |facts, _| {
            facts.user.as_mut().unwrap().id = "other".into()
        }),
        ("from before the password was changed", |facts, _| {
            facts.user.as_mut().unwrap().password_changed_at = facts.session.created_at.plus(Seconds(1));
        }),
    ];
    for (what, change) in broken {
        assert!(matches!(operators_session(change), Err(NoOperator::Nobody)), "{what}");
    }
}

/// A session of somebody who owns a tenant.
fn administrators_session(change: impl FnOnce(&mut SessionFacts, &mut MembershipRecord, &mut Realm)) -> Option<Actor> {
    let mut facts = session_facts();
    let mut realm = realm_with(|realm| {
        realm.catalogue = std::mem::take(&mut realm.catalogue).with_own();
        realm.tenants.enabled = true;
        realm
            .roles
            .insert("owner".into(), scopes("invoices:* grantd:members:*"));
        realm.roles.insert("clerk".into(), scopes("*"));
    });
    let mut place = membership("acme", "owner");
    if let Some(user) = &facts.user {
        place.user = Arc::clone(&user.id);
    }
    change(&mut facts, &mut place, &mut realm);
    administrator(&facts, &place, &realm, NOW)
}

#[test]
fn a_tenants_administrator_may_what_the_role_permits_in_that_tenant_alone() {
    let actor = administrators_session(|_, _, _| ()).unwrap();
    assert!(actor.may("grantd:members:write") && !actor.may("grantd:clients:read"));
    assert!(actor.reaches("acme") && !actor.reaches("other"));
    assert_eq!(actor.role_name().map(|role| &**role), Some("owner"));
    assert!(actor.must_hold(&scopes("invoices:read"), &catalogue()).is_ok());
    assert!(actor.must_hold(&scopes("customers:read"), &catalogue()).is_err());
}

#[test]
fn a_place_that_is_no_administrators_opens_nothing() {
    type Change = fn(&mut SessionFacts, &mut MembershipRecord, &mut Realm);
    let broken: [(&str, Change); 11] = [
        ("a role without anything of the server's own", |_, place, _| {
            place.role = "clerk".into()
        }),
        ("a role that is gone", |_, place, _| place.role = "gone".into()),
        ("somebody else's place", |_, place, _| place.user = "other".into()),
        ("a place in another realm", |_, place, _| place.realm = "other".into()),
        ("a tenant of another realm", |_, place, _| {
            place.tenant.realm = "other".into()
        }),
        ("a disabled tenant", |_, place, _| place.tenant.enabled = false),
        ("a realm without tenants", |_, _, realm| realm.tenants.enabled = false),
        ("a realm without the API", |_, _, realm| realm.api = None),
        ("a session that ended", |facts, _, _| facts.session.ended_at = Some(NOW)),
        ("a session of another realm", |facts, _, _| {
            facts.session.realm = "other".into()
        }),
        ("a disabled user", |facts, _, _| {
            facts.user.as_mut().unwrap().enabled = false
        }),
    ];
    for (what, change) in broken {
        assert!(administrators_session(change).is_none(), "{what}");
    }
}

#[test]
fn an_operator_who_needs_a_second_step_does_nothing_after_a_password_alone() {
    let tried = |methods: &'static [&'static str]| {
        operators_session(|facts, realm| {
            for operator in realm.operators.values_mut() {
                operator.second_step = true;
            }
            facts.session.authentication.amr = methods.iter().map(|method| (*method).to_owned()).collect();
        })
    };
    for weak in [&[][..], &["pwd"], &["otp"], &["MFA"]] {
        assert!(matches!(tried(weak), Err(NoOperator::OneStep(_))), "{weak:?}");
    }
    assert!(tried(&["pwd", "otp", "mfa"]).is_ok());
}

#[test]
fn the_same_rights_are_told_the_same_in_any_order_and_other_rights_otherwise() {
    let told = |tenant, bounds: &[&str]| actor(tenant, bounds).bounds_told();
    let both = told(None, &["grantd:clients:read grantd:clients:write"]);
    for same in [
        "grantd:clients:write grantd:clients:read",
        "openid grantd:clients:write invoices:read grantd:clients:read",
    ] {
        assert_eq!(told(None, &[same]), both, "{same}");
    }
    for other in [
        "grantd:clients:read",
        "grantd:clients:read grantd:users:write",
        "grantd:*",
    ] {
        assert_ne!(told(None, &[other]), both, "{other}");
    }
    // What one bound says another does not take back.
    let (read, write) = ("grantd:clients:read", "grantd:clients:write");
    assert_ne!(told(None, &[read, write]), told(None, &[write, read]));
    assert_ne!(
        told(None, &["grantd:clients:read", ""]),
        told(None, &["", "grantd:clients:read"])
    );
    // Within a tenant nobody hands out permissions of the platform that they lack.
    let owner = told(Some("acme"), &["invoices:read grantd:clients:write"]);
    assert_eq!(told(Some("acme"), &["grantd:clients:write invoices:read"]), owner);
    assert_ne!(told(Some("acme"), &["grantd:clients:write"]), owner);
}
