//! Whoever may not know is told `{"active":false}` and nothing more (RFC 7662 section 2.2).

use super::*;
use crate::fixture::token_endpoint::{FAMILY, Refresh, access_facts};
use crate::fixture::{
    API, CLIENT, ISSUER, NOW, OTHER_API, SESSION, USER, after, authenticated, client, client_with, make_public, realm,
    realm_with, scopes,
};
use grantd_protocol::ErrorCode;
use serde_json::{Value, json};

/// The default token asked about by the client it was issued to, with one thing changed.
struct Asked {
    facts: AccessFacts,
    issued_to: Option<ClientRecord>,
    caller: ClientRecord,
}

fn described(change: impl FnOnce(&mut Asked)) -> Vec<u8> {
    let mut asked = Asked {
        facts: access_facts(),
        issued_to: Some(client()),
        caller: client(),
    };
    change(&mut asked);
    describe_access(
        Some(&asked.facts),
        asked.issued_to.as_ref(),
        &authenticated(&asked.caller),
        None,
        &realm(),
        NOW,
    )
}

fn resource_server(resources: &[&str]) -> ClientRecord {
    client_with(|client| {
        client.client_id = "api".into();
        client.resources = resources.iter().map(|resource| (*resource).into()).collect();
    })
}

#[test]
fn a_live_token_is_described_with_exactly_these_members() {
    let reply: Value = serde_json::from_slice(&described(|_| {})).unwrap();
    assert_eq!(
        reply,
        json!({
            "active": true,
            "token_type": "Bearer",
            "iss": ISSUER,
            "sub": USER,
            "aud": API,
            "client_id": CLIENT,
            "scope": "openid profile email",
            "iat": NOW.secs() - 60,
            "exp": NOW.secs() + 540,
            "jti": access_facts().token.id.to_string(),
        })
    );
}

#[test]
fn the_tenant_is_told_under_the_realms_claim() {
    let facts = AccessFacts {
        token: crate::record::AccessRecord {
            tenant: Some("acme".into()),
            ..access_facts().token
        },
        ..access_facts()
    };
    let realm = realm_with(|realm| realm.tenants.claim = "merchant".into());
    let reply = describe_access(
        Some(&facts),
        Some(&client()),
        &authenticated(&client()),
        None,
        &realm,
        NOW,
    );
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(reply["merchant"], "acme");
}

#[test]
fn foreign_expired_revoked_and_unknown_tokens_get_the_same_bytes() {
    let cases: &[fn(&mut Asked)] = &[
        |asked| asked.facts.token.ended_at = Some(after(-1)),
        |asked| asked.facts.token.expires_at = NOW,
        |asked| asked.facts.family_ended = true,
        |asked| asked.facts.subject_ended = true,
        |asked| asked.facts.grant_ended = true,
        |asked| asked.facts.user_disabled = true,
        |asked| asked.facts.tenant_lost = true,
        |asked| asked.facts.token.realm = "other".into(),
        |asked| asked.issued_to = None,
        |asked| {
            asked.facts.token = made_by_hand("invoices:read");
            asked.issued_to.as_mut().unwrap().scopes = scopes("invoices:write customers:*");
        },
        |asked| asked.issued_to.as_mut().unwrap().enabled = false,
        |asked| asked.caller = resource_server(&[]),
        |asked| asked.caller = resource_server(&[OTHER_API]),
        |asked| asked.caller = resource_server(&["https://api.example/v1", "https://api.example.evil", "https"]),
    ];
    for (number, change) in cases.iter().enumerate() {
        assert_eq!(described(*change), br#"{"active":false}"#, "case {number}");
    }
    let unknown = describe_access(None, Some(&client()), &authenticated(&client()), None, &realm(), NOW);
    assert_eq!(unknown, br#"{"active":false}"#);
}

fn made_by_hand(scope: &str) -> AccessRecord {
    AccessRecord {
        name: Some("nightly export".into()),
        grant: None,
        family: None,
        scope: scopes(scope),
        ..access_facts().token
    }
}

#[test]
fn a_token_made_by_hand_lives_while_its_client_may_do_what_it_permits() {
    let reply = described(|asked| {
        asked.facts.token = made_by_hand("invoices:read");
        asked.issued_to.as_mut().unwrap().scopes = scopes("invoices:*");
    });
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(
        (&reply["active"], &reply["scope"]),
        (&true.into(), &"invoices:read".into())
    );
    let nothing_left = described(|asked| asked.facts.token = made_by_hand(""));
    assert_eq!(nothing_left, INACTIVE);
}

#[test]
fn a_token_is_alive_until_the_very_instant_of_its_end() {
    assert_ne!(
        described(|asked| asked.facts.token.expires_at = grantd_protocol::Timestamp::from_millis(NOW.millis() + 1)),
        INACTIVE
    );
    assert_eq!(described(|asked| asked.facts.token.expires_at = NOW), INACTIVE);
}

#[test]
fn a_resource_may_introspect_tokens_with_its_audience() {
    for resources in [&[API][..], &[OTHER_API, API], &["https://api.example/"]] {
        assert_ne!(described(|asked| asked.caller = resource_server(resources)), INACTIVE);
    }
    assert_ne!(
        described(|asked| {
            asked.facts.token.audience = format!("{OTHER_API} {API}").into();
            asked.caller = resource_server(&[API]);
        }),
        INACTIVE
    );
    assert_eq!(
        described(|asked| {
            asked.facts.token.audience = "".into();
            asked.caller = resource_server(&[""]);
            asked.caller.resources.clear();
        }),
        INACTIVE
    );
}

#[test]
fn a_public_client_cannot_introspect() {
    assert!(require_confidential(&authenticated(&client())).is_ok());
    let error = require_confidential(&authenticated(&client_with(make_public))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidClient);
}

mod of_a_refresh_token {
    use super::*;
    use crate::record::FamilyFacts;

    fn described(generation: u32, change: impl FnOnce(&mut FamilyFacts, &mut ClientRecord)) -> Vec<u8> {
        let refresh = Refresh::new();
        let mut facts = FamilyFacts {
            family: refresh.family.unwrap(),
            grant: refresh.around.grant,
            session: refresh.around.session,
            user: refresh.around.user,
        };
        let mut caller = client();
        change(&mut facts, &mut caller);
        describe_refresh(&facts, None, generation, &authenticated(&caller), &realm(), NOW)
    }

    #[test]
    fn in_a_tenant_it_falls_with_the_tenant_and_with_the_users_place_there() {
        let refresh = Refresh::new();
        let mut facts = FamilyFacts {
            family: refresh.family.unwrap(),
            grant: refresh.around.grant,
            session: refresh.around.session,
            user: refresh.around.user,
        };
        facts.family.delegation.tenant = Some("acme".into());
        let described = |place: Option<&MembershipRecord>| {
            describe_refresh(&facts, place, 5, &authenticated(&client()), &realm(), NOW)
        };
        let mut place = crate::fixture::membership("acme", "owner");
        assert_ne!(described(Some(&place)), INACTIVE);
        place.tenant.enabled = false;
        assert_eq!(described(Some(&place)), INACTIVE);
        assert_eq!(described(None), INACTIVE);
    }

    #[test]
    fn the_present_one_is_described_to_its_client() {
        let reply: Value = serde_json::from_slice(&described(5, |_, _| {})).unwrap();
        assert_eq!(
            reply,
            json!({
                "active": true,
                "iss": ISSUER,
                "sub": USER,
                "client_id": CLIENT,
                "scope": "openid invoices:read invoices:write",
                "iat": NOW.secs() - 100,
                "exp": NOW.secs() + 80_000,
            })
        );
        assert_eq!(Refresh::new().family.unwrap().id, FAMILY);
    }

    #[test]
    fn every_other_one_is_inactive() {
        let cases: &[fn(&mut FamilyFacts, &mut ClientRecord)] = &[
            |facts, _| facts.family.ended_at = Some(after(-1)),
            |facts, _| facts.family.idle_expires_at = NOW,
            |facts, _| facts.family.absolute_expires_at = Some(NOW),
            |facts, _| facts.family.generation = None,
            |facts, _| facts.grant = None,
            |facts, _| facts.grant.as_mut().unwrap().ended_at = Some(after(-1)),
            |facts, _| facts.user = None,
            |facts, _| facts.user.as_mut().unwrap().enabled = false,
            |facts, _| facts.user.as_mut().unwrap().password_changed_at = after(-1),
            |facts, _| facts.session.as_mut().unwrap().ended_at = Some(after(-1)),
            |facts, _| facts.family.delegation.realm = "other".into(),
            |_, caller| caller.client_id = "other".into(),
            |_, caller| {
                caller.client_id = "api".into();
                caller.resources = vec![API.into()];
            },
            |facts, _| {
                facts.family.offline = true;
                facts.grant.as_mut().unwrap().session = Some(SESSION);
                facts.session.as_mut().unwrap().ended_at = Some(after(-1));
            },
        ];
        for (number, change) in cases.iter().enumerate() {
            assert_eq!(described(5, change), INACTIVE, "case {number}");
        }
        for generation in [0, 4, 6, u32::MAX] {
            assert_eq!(described(generation, |_, _| {}), INACTIVE, "{generation}");
        }
    }

    #[test]
    fn an_offline_one_outlives_logout() {
        let reply = described(5, |facts, _| {
            facts.family.offline = true;
            facts.session.as_mut().unwrap().ended_at = Some(after(-1));
        });
        assert_ne!(reply, INACTIVE);
    }
}

#[test]
fn what_was_issued_to_an_earlier_client_of_the_same_id_is_dead() {
    let lives = |made_at: i64| {
        let made = client_with(|client| client.created_at = after(made_at));
        is_live(&access_facts(), Some(&made), NOW)
    };
    // The token is a minute old, and clocks of two nodes differ by up to one.
    assert!(lives(-3600) && lives(-60) && lives(0));
    assert!(!lives(1));
}

#[test]
fn a_reply_as_a_jwt_says_who_asked_and_has_neither_subject_nor_end_of_its_own() {
    let claims = as_jwt(INACTIVE, "https://id.example", &client(), Timestamp::from_secs(7));
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let expected = serde_json::json!({
        "iss": "https://id.example", "aud": &*client().client_id, "iat": 7,
        "token_introspection": { "active": false },
    });
    assert_eq!(claims, expected);
}
