//! What the approval of an application, and an operator's later word, is worth against its developer.

use super::*;

#[test]
fn an_approved_application_does_not_begin_to_act_without_a_user() {
    let machine = json!({ "grant_types": ["authorization_code", "client_credentials"] });
    let machines = |reviews| {
        realm(|policy| {
            policy.machines = true;
            policy.reviews = reviews;
        })
    };
    for stage in [Stage::Verified, Stage::Submitted] {
        let before = application_at(stage, "invoices:read");
        let refused = updated(&before, &machines(true), machine.clone());
        assert!(matches!(refused, Err(Refused::State(_))), "{stage:?}");
    }
    let draft = application_at(Stage::Draft, "");
    assert!(updated(&draft, &machines(true), machine.clone()).is_ok());
    let unreviewed = application_at(Stage::Verified, "invoices:read");
    assert!(updated(&unreviewed, &machines(false), machine.clone()).is_ok());
    let mut approved = application_at(Stage::Verified, "invoices:read");
    approved.grant_types.push(GrantType::ClientCredentials);
    assert!(
        updated(&approved, &machines(true), machine).is_ok(),
        "it was approved so"
    );
}

#[test]
fn what_an_operator_looks_at_stays_as_it_is() {
    let before = application_at(Stage::Submitted, "");
    for patch in [
        json!({ "grant_types": ["authorization_code", "refresh_token"] }),
        json!({ "application_type": "native" }),
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
    ] {
        let refused = updated(&before, &realm(|_| ()), patch.clone());
        assert!(matches!(refused, Err(Refused::State(_))), "{patch}");
    }
}

#[test]
fn what_an_operator_took_is_not_the_developers_to_take_back() {
    let realm = realm(|_| ());
    let (operator, entropy) = (Actor::command_line(), Counted::default());
    let deed = fixture::deed(&realm, &operator, &entropy);
    let mut before = application_at(Stage::Verified, "invoices:read invoices:write");
    before.scopes = scopes("invoices:read invoices:write");
    let cut = body(json!({ "scopes": ["invoices:read"], "default_scopes": ["invoices:read"] }));
    let again = json!({ "scopes": ["invoices:read", "invoices:write"] });
    let cut_as = |stage, before_suspension| {
        let mut before = before.clone();
        let own = before.development.as_mut().unwrap();
        (own.stage, own.before_suspension) = (stage, before_suspension);
        before.enabled = stage != Stage::Suspended;
        client::update(&before, &cut, &deed).unwrap().after
    };
    let suspended = cut_as(Stage::Suspended, Some(Stage::Verified));
    let reinstated = reviewed(&suspended, &realm, json!({ "verdict": "reinstate" })).unwrap();
    for after in [cut_as(Stage::Verified, None), reinstated] {
        let after = updated(&after, &realm, again.clone()).unwrap();
        assert_eq!(after.scopes, scopes("invoices:read"));
        assert_eq!(own(&after).wish.scopes, Some(scopes("invoices:read invoices:write")));
    }
}

#[test]
fn what_an_operator_trimmed_is_not_the_developers_to_take_back() {
    use crate::admin::usage::trim;
    use crate::least_privilege::Review;
    let realm = realm(|_| ());
    let mut before = application_at(Stage::Verified, "invoices:read invoices:write");
    before.scopes = scopes("invoices:read invoices:write");
    let review = Review {
        held: Vec::new(),
        droppable: vec!["invoices:write".into()],
        reported_since: None,
    };
    let verified_by = |actor: &Actor| {
        let entropy = Counted::default();
        let trimmed = trim(&before, &review, &fixture::deed(&realm, actor, &entropy));
        own(&trimmed.unwrap().after).verified.clone()
    };
    assert_eq!(verified_by(&Actor::command_line()), scopes("invoices:read"));
    assert_eq!(verified_by(&ada(&realm)), own(&before).verified, "it gave it up itself");
}

#[test]
fn what_was_given_up_comes_back_only_within_the_realms_present_bounds() {
    let before = application_at(Stage::Verified, "invoices:read customers:read");
    let again = json!({ "scopes": ["invoices:read", "customers:read"] });
    let refused = updated(&before, &realm(|_| ()), again).unwrap_err();
    assert_eq!(pointers(refused), ["/scopes/1"]);
}

#[test]
fn another_kind_another_proof_and_more_ways_to_get_tokens_go_to_review_again() {
    let realm = realm(|_| ());
    let before = application_at(Stage::Verified, "invoices:read");
    let same = |client: &ClientRecord| {
        assert_eq!(
            (client.application_type, client.auth_method, &client.grant_types),
            (before.application_type, before.auth_method, &before.grant_types)
        );
        assert_eq!(client.secrets.len(), before.secrets.len());
    };
    for patch in [
        json!({ "application_type": "native" }),
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
        json!({ "token_endpoint_auth_method": "none" }),
        json!({ "grant_types": ["authorization_code", "refresh_token"] }),
        // Not what it has without what it wants: it would stop meanwhile.
        json!({ "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"] }),
        json!({ "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"] }),
    ] {
        let waiting = updated(&before, &realm, patch.clone()).unwrap();
        same(&waiting);
        assert!(own(&waiting).waits(), "{patch}");
        let renamed = updated(&waiting, &realm, json!({ "testers": ["cyd"] })).unwrap();
        assert_eq!(
            own(&renamed).wish,
            own(&waiting).wish,
            "another change takes nothing back"
        );
        let rejected = reviewed(&waiting, &realm, json!({ "verdict": "reject", "reason": "no" })).unwrap();
        same(&rejected);
        assert!(!own(&rejected).waits());
        let approved = reviewed(&waiting, &realm, json!({ "verdict": "approve" })).unwrap();
        let (view, patch) = (client::view(&approved), patch.as_object().unwrap());
        patch.iter().for_each(|(name, value)| assert_eq!(view[name], *value));
        assert_eq!(approved.secrets.is_empty(), !approved.auth_method.has_secret());
    }
    let mut two = before.clone();
    two.grant_types.push(GrantType::RefreshToken);
    let less = updated(&two, &realm, json!({ "grant_types": ["authorization_code"] })).unwrap();
    assert_eq!((&less.grant_types, own(&less).waits()), (&before.grant_types, false));
}

#[test]
fn what_comes_with_a_wish_must_fit_to_what_stays_and_an_approved_wish_to_what_came_since() {
    let realm = realm(|_| ());
    let before = application_at(Stage::Verified, "invoices:read");
    let native = json!({ "application_type": "native", "redirect_uris": ["com.example.books:/cb"] });
    assert_eq!(
        pointers(updated(&before, &realm, native).unwrap_err()),
        ["/redirect_uris/0"]
    );
    let mut native = before.clone();
    native.application_type = grantd_protocol::redirect_uri::ApplicationType::Native;
    let waiting = updated(&native, &realm, json!({ "application_type": "web" })).unwrap();
    let since = json!({ "redirect_uris": ["com.example.books:/cb"] });
    let since = updated(&waiting, &realm, since).unwrap();
    let approved = reviewed(&since, &realm, json!({ "verdict": "approve" }));
    assert_eq!(pointers(approved.unwrap_err()), ["/redirect_uris/0"]);
}

#[test]
fn an_operator_who_decides_nothing_about_permissions_leaves_what_was_approved_as_it_is() {
    let realm = realm(|_| ());
    let (operator, entropy) = (Actor::command_line(), Counted::default());
    let deed = fixture::deed(&realm, &operator, &entropy);
    // Its developer gave invoices:write up.
    let before = application_at(Stage::Verified, "invoices:read invoices:write");
    let approved = |patch: Value| {
        let after = client::update(&before, &body(patch), &deed).unwrap().after;
        assert_eq!(own(&after).stage, Stage::Verified);
        own(&after).verified.to_string()
    };
    assert_eq!(approved(json!({ "name": "Ledger" })), "invoices:read invoices:write");
    assert_eq!(
        approved(json!({ "name": "Ledger", "scopes": ["invoices:read"] })),
        "invoices:read invoices:write",
        "a form says everything again"
    );
    let decided = json!({ "scopes": ["invoices:read", "customers:read"] });
    assert_eq!(approved(decided), "invoices:read customers:read");
}
