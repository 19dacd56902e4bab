mod approved;

use super::*;
use crate::admin::Actor;
use crate::admin::actor::developer as developer_of;
use crate::change::{Guard, Write};
use crate::fixture::{self, after, client_with, realm_with, scopes, session_facts};
use crate::realm::{PortalAccess, Realm};
use grantd_protocol::Seconds;
use grantd_protocol::entropy::counted::Counted;
use serde_json::json;

fn realm(change: impl FnOnce(&mut PortalPolicy)) -> Realm {
    realm_with(|realm| {
        realm.portal = PortalPolicy {
            open_to: PortalAccess::Everyone,
            reviews: true,
            permissions: scopes("openid invoices:*"),
            machines: false,
            max_applications: 3,
        };
        change(&mut realm.portal);
    })
}

fn ada(realm: &Realm) -> Actor {
    developer_of(&session_facts(), &[], realm, fixture::NOW).unwrap()
}

fn body(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn wanted() -> Value {
    json!({
        "name": "Books",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://books.example/cb"],
        "scopes": ["invoices:read"],
    })
}

const NONE: Owned = Owned { count: 0, turn: None };

fn created(realm: &Realm, asked: Value, owned: Owned) -> Result<Edit<Made>, Refused> {
    let (actor, entropy) = (ada(realm), Counted::default());
    create(&body(asked), owned, &fixture::deed(realm, &actor, &entropy))
}

/// An application of the fixture's user at a stage.
fn application_at(stage: Stage, verified: &str) -> ClientRecord {
    client_with(|client| {
        client.origin = ClientOrigin::Portal;
        client.name = "Books".to_owned();
        client.scopes = scopes("invoices:read");
        client.default_scopes = scopes("invoices:read");
        client.grant_types = vec![GrantType::AuthorizationCode];
        client.development = Some(Box::new(Development {
            stage,
            verified: scopes(verified),
            ..Development::begun_by(&fixture::USER.into())
        }));
    })
}

fn own(client: &ClientRecord) -> &Development {
    client.development.as_deref().unwrap()
}

fn updated(before: &ClientRecord, realm: &Realm, patch: Value) -> Result<ClientRecord, Refused> {
    let (actor, entropy) = (ada(realm), Counted::default());
    let deed = fixture::deed(realm, &actor, &entropy);
    client::update(before, &body(patch), &deed).map(|edit| edit.after)
}

fn reviewed(before: &ClientRecord, realm: &Realm, says: Value) -> Result<ClientRecord, Refused> {
    let (actor, entropy) = (Actor::command_line(), Counted::default());
    let deed = fixture::deed(realm, &actor, &entropy);
    review(before, &body(says), &deed).map(|edit| edit.after)
}

fn pointers(refused: Refused) -> Vec<String> {
    match refused {
        Refused::Invalid(wrong) => wrong.into_iter().map(|wrong| wrong.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_application_is_a_draft_of_its_developer() {
    let made = created(&realm(|_| ()), wanted(), NONE).unwrap();
    let record = made.after.record;
    assert_eq!(
        (record.origin, &*own(&record).owner),
        (ClientOrigin::Portal, fixture::USER)
    );
    assert_eq!((own(&record).stage, record.is_open(true)), (Stage::Draft, false));
    assert!(made.after.secret.is_some());
}

#[test]
fn a_developer_has_no_more_applications_than_the_realm_lets_them() {
    let realm = realm(|_| ());
    let owned = |count| Owned { count, turn: None };
    assert!(created(&realm, wanted(), owned(2)).is_ok());
    assert!(matches!(created(&realm, wanted(), owned(3)), Err(Refused::State(_))));
}

#[test]
fn of_two_creations_at_once_one_sees_the_other() {
    let made = created(&realm(|_| ()), wanted(), NONE).unwrap();
    let key = turn_of("main", fixture::USER);
    assert!(made.change.guards.contains(&Guard::AttemptsAt { key, tat: None }));
    let moved = made.change.writes.iter().find_map(|write| match write {
        Write::SetAttempts { key: of, tat, .. } if *of == key => Some(*tat),
        _ => None,
    });
    let again = Owned { count: 1, turn: moved };
    let made = created(&realm(|_| ()), wanted(), again).unwrap();
    assert!(made.change.guards.contains(&Guard::AttemptsAt { key, tat: moved }));
}

#[test]
fn what_is_beyond_the_realms_bounds_is_named() {
    let realm = realm(|_| ());
    for (patch, pointer) in [
        (json!({ "scopes": ["customers:read"] }), "/scopes/0"),
        (json!({ "scopes": ["invoices:read", "*"] }), "/scopes/1"),
        (json!({ "scopes": ["grantd:clients:write"] }), "/scopes/0"),
        (json!({ "grant_types": ["client_credentials"] }), "/grant_types/0"),
        (
            json!({ "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"] }),
            "/grant_types/1",
        ),
        (json!({ "verified_domain": "bank.example" }), "/verified_domain"),
        (json!({ "resources": ["https://api.example"] }), "/resources"),
        (json!({ "access_lifetime": 315_360_000 }), "/access_lifetime"),
        (json!({ "enabled": true }), "/enabled"),
        (json!({ "owner": "somebody" }), "/owner"),
        (json!({ "stage": "verified" }), "/stage"),
        (
            json!({ "backchannel_logout_uri": "https://10.0.0.1/" }),
            "/backchannel_logout_uri",
        ),
        (
            json!({ "token_endpoint_auth_method": "tls_client_auth" }),
            "/token_endpoint_auth_method",
        ),
        (
            json!({ "testers": (0..51).map(|n| format!("t{n}")).collect::<Vec<_>>() }),
            "/testers",
        ),
    ] {
        let mut asked = body(wanted());
        asked.extend(body(patch.clone()));
        let made = created(&realm, Value::Object(asked), NONE);
        assert!(pointers(made.unwrap_err()).contains(&pointer.to_owned()), "{patch}");
        let draft = application_at(Stage::Draft, "");
        let wrong = pointers(updated(&draft, &realm, patch.clone()).unwrap_err());
        assert!(wrong.contains(&pointer.to_owned()), "{patch}");
    }
    let machines = self::realm(|portal| portal.machines = true);
    let asked = json!({ "name": "Sync", "grant_types": ["client_credentials"], "scopes": ["invoices:read"] });
    assert!(created(&machines, asked, NONE).is_ok());
}

#[test]
fn somebody_elses_application_looks_like_none() {
    let realm = realm(|_| ());
    let mut foreign = application_at(Stage::Draft, "");
    foreign.development = Some(Box::new(Development::begun_by(&"bob".into())));
    let operators = client_with(|_| ());
    let (actor, entropy) = (ada(&realm), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    for other in [&foreign, &operators] {
        assert_eq!(
            client::update(other, &body(json!({ "name": "Mine" })), &deed).unwrap_err(),
            Refused::Unknown
        );
        assert_eq!(client::rotate(other, Seconds(0), &deed).unwrap_err(), Refused::Unknown);
        assert_eq!(client::delete(other, &deed).unwrap_err(), Refused::Unknown);
        assert_eq!(client::drop_secret(other, 0, &deed).unwrap_err(), Refused::Unknown);
        assert_eq!(submit(other, &deed).unwrap_err(), Refused::Unknown);
        assert_eq!(withdraw(other, &deed).unwrap_err(), Refused::Unknown);
        assert_eq!(
            review(other, &body(json!({ "verdict": "approve" })), &deed).unwrap_err(),
            Refused::Unknown
        );
    }
    assert_eq!(client::create(&body(wanted()), &deed).unwrap_err(), Refused::Unknown);
}

#[test]
fn a_developer_never_reviews_their_own_application() {
    let realm = realm(|_| ());
    let (actor, entropy) = (ada(&realm), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let mine = application_at(Stage::Submitted, "");
    for verdict in ["approve", "reinstate"] {
        let refused = review(&mine, &body(json!({ "verdict": verdict })), &deed);
        assert_eq!(refused.unwrap_err(), Refused::Unknown);
    }
}

#[test]
fn an_application_is_submitted_withdrawn_and_approved() {
    let realm = realm(|_| ());
    let (actor, entropy) = (ada(&realm), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let draft = application_at(Stage::Draft, "");
    let submitted = submit(&draft, &deed).unwrap().after;
    assert!(own(&submitted).waits() && !submitted.is_open(true) && submitted.is_open(false));
    assert!(matches!(submit(&submitted, &deed), Err(Refused::State(_))));
    let back = withdraw(&submitted, &deed).unwrap().after;
    assert_eq!(own(&back).stage, Stage::Draft);
    assert!(matches!(withdraw(&back, &deed), Err(Refused::State(_))));
    assert!(matches!(
        reviewed(&back, &realm, json!({ "verdict": "approve" })),
        Err(Refused::State(_))
    ));
    let approved = reviewed(&submitted, &realm, json!({ "verdict": "approve" })).unwrap();
    assert_eq!(
        (own(&approved).stage, &own(&approved).verified),
        (Stage::Verified, &approved.scopes)
    );
    assert!(approved.is_open(true) && approved.version == submitted.version + 1);
}

#[test]
fn a_rejection_and_a_suspension_have_a_reason() {
    let realm = realm(|_| ());
    let submitted = application_at(Stage::Submitted, "");
    for verdict in ["reject", "suspend"] {
        let wrong = pointers(reviewed(&submitted, &realm, json!({ "verdict": verdict })).unwrap_err());
        assert_eq!(wrong, ["/reason"]);
    }
    let rejected = reviewed(&submitted, &realm, json!({ "verdict": "reject", "reason": "no" })).unwrap();
    assert_eq!(
        (own(&rejected).stage, own(&rejected).note.as_deref()),
        (Stage::Draft, Some("no"))
    );
}

#[test]
fn a_suspended_application_is_dead_until_an_operator_says_otherwise() {
    let realm = realm(|_| ());
    let verified = application_at(Stage::Verified, "invoices:read");
    let suspended = reviewed(&verified, &realm, json!({ "verdict": "suspend", "reason": "spam" })).unwrap();
    assert!(!suspended.enabled && !suspended.is_open(true));
    assert!(matches!(
        updated(&suspended, &realm, json!({ "name": "Other" })),
        Err(Refused::State(_))
    ));
    let (actor, entropy) = (Actor::command_line(), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let enabled = client::update(&suspended, &body(json!({ "enabled": true })), &deed);
    assert!(matches!(enabled, Err(Refused::State(_))));
    let back = reviewed(&suspended, &realm, json!({ "verdict": "reinstate" })).unwrap();
    assert!(back.enabled && own(&back).stage == Stage::Verified);
}

#[test]
fn more_than_was_verified_goes_to_review_again_and_less_is_so_at_once() {
    let realm = realm(|_| ());
    let verified = application_at(Stage::Verified, "invoices:read");
    let patch = json!({ "scopes": ["invoices:write"], "default_scopes": ["invoices:write"], "name": "Bank" });
    let waiting = updated(&verified, &realm, patch).unwrap();
    assert_eq!((waiting.name.as_str(), waiting.scopes.is_empty()), ("Books", true));
    let wish = &own(&waiting).wish;
    assert_eq!(
        (wish.name.as_deref(), wish.scopes.as_ref()),
        (Some("Bank"), Some(&scopes("invoices:write")))
    );
    assert!(own(&waiting).waits() && own(&waiting).stage == Stage::Verified);
    // Whatever else is changed meanwhile, the wish stays.
    let moved = updated(
        &waiting,
        &realm,
        json!({ "redirect_uris": ["https://books.example/2"] }),
    )
    .unwrap();
    assert_eq!(own(&moved).wish, *wish);
    let approved = reviewed(&moved, &realm, json!({ "verdict": "approve" })).unwrap();
    assert_eq!(
        (approved.name.as_str(), &approved.scopes),
        ("Bank", &scopes("invoices:write"))
    );
    let rejected = reviewed(&moved, &realm, json!({ "verdict": "reject", "reason": "no" })).unwrap();
    assert_eq!(
        (rejected.name.as_str(), own(&rejected).stage),
        ("Books", Stage::Verified)
    );
    assert!(own(&rejected).wish.is_none() && rejected.is_open(true));
    let less = updated(&verified, &realm, json!({ "scopes": [], "default_scopes": [] })).unwrap();
    assert!(less.scopes.is_empty() && !own(&less).waits());
}

#[test]
fn what_an_operator_is_looking_at_does_not_change_under_their_eyes() {
    let realm = realm(|_| ());
    let submitted = application_at(Stage::Submitted, "");
    for patch in [
        json!({ "name": "Bank" }),
        json!({ "scopes": ["invoices:read", "invoices:write"] }),
        json!({ "redirect_uris": ["https://evil.example/"] }),
    ] {
        assert!(matches!(updated(&submitted, &realm, patch), Err(Refused::State(_))));
    }
    assert!(updated(&submitted, &realm, json!({ "testers": ["Bob@Example.com"] })).is_ok());
    let without = self::realm(|portal| portal.reviews = false);
    assert!(updated(&submitted, &without, json!({ "name": "Other" })).is_ok());
}

#[test]
fn a_draft_is_for_its_developer_and_the_test_users_alone() {
    let realm = realm(|_| ());
    let draft = updated(
        &application_at(Stage::Draft, ""),
        &realm,
        json!({ "testers": [" Bob@Example.com "] }),
    )
    .unwrap();
    let user = |id: &str, name: &str| UserRecord {
        id: id.into(),
        username: name.to_owned(),
        ..fixture::user()
    };
    assert!(draft.admits(&fixture::user(), true) && draft.admits(&user("b", "bob@example.COM"), true));
    assert!(!draft.admits(&user("c", "cyd"), true) && !draft.admits(&user("c", "cyd"), false));
    let verified = application_at(Stage::Verified, "invoices:read");
    assert!(verified.admits(&user("c", "cyd"), true));
    assert!(
        client_with(|_| ()).admits(&user("c", "cyd"), true),
        "an operator's is open to everybody"
    );
}

#[test]
fn one_of_two_secrets_can_be_ended_and_the_only_one_cannot() {
    let realm = realm(|_| ());
    let (actor, entropy) = (ada(&realm), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let mut mine = application_at(Stage::Draft, "");
    let first = mine.secrets[0].created_at.millis();
    assert!(matches!(
        client::drop_secret(&mine, first, &deed),
        Err(Refused::State(_))
    ));
    mine = client::rotate(&mine, Seconds(604_800), &deed).unwrap().after.record;
    assert_eq!(mine.secrets.len(), 2);
    let left = client::drop_secret(&mine, first, &deed).unwrap().after;
    assert_eq!(left.secrets.len(), 1);
    assert_eq!(client::drop_secret(&left, first, &deed).unwrap_err(), Refused::Unknown);
}

#[test]
fn who_is_let_in_acts_on_their_own_applications_and_nothing_else() {
    let closed = realm(|portal| portal.open_to = PortalAccess::Nobody);
    assert!(developer_of(&session_facts(), &[], &closed, fixture::NOW).is_none());
    let realm = realm(|_| ());
    let actor = ada(&realm);
    assert!(!actor.governs() && actor.developer().is_some());
    assert!(actor.may("grantd:clients:write") && !actor.may("grantd:users:read") && !actor.may("grantd:reviews:write"));
    assert!(actor.owns(&application_at(Stage::Draft, "")) && !actor.owns(&client_with(|_| ())));
    let own_permission = scopes("grantd:clients:write");
    assert!(matches!(
        actor.must_hold(&own_permission, &realm.catalogue),
        Err(Refused::Beyond(_))
    ));
    let mut over = session_facts();
    over.session.ended_at = Some(after(-1));
    assert!(developer_of(&over, &[], &realm, fixture::NOW).is_none());
    let mut elsewhere = session_facts();
    elsewhere.session.realm = "other".into();
    assert!(developer_of(&elsewhere, &[], &realm, fixture::NOW).is_none());
}

#[test]
fn a_token_made_by_hand_acts_for_its_developer_and_never_for_another_user() {
    let realm = realm(|_| ());
    let (actor, entropy) = (ada(&realm), Counted::default());
    let deed = fixture::deed(&realm, &actor, &entropy);
    let asked = |user: Option<&str>| {
        let mut asked = body(json!({ "client_id": "webapp", "name": "try", "scopes": ["invoices:read"] }));
        asked.extend(user.map(|user| ("user_id".to_owned(), json!(user))));
        crate::admin::token::read(&asked, &deed)
    };
    assert_eq!(&*asked(None).unwrap().user, fixture::USER);
    assert_eq!(pointers(asked(Some("bob")).unwrap_err()), ["/user_id"]);
}
