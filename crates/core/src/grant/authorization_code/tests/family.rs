//! What comes from a code: its family, how long it lives, and for how long the code is remembered.

use super::*;

#[test]
fn a_client_without_the_refresh_grant_gets_no_refresh_token() {
    for change in [
        (|exchange| exchange.around.client.grant_types = vec![GrantType::AuthorizationCode]) as fn(&mut Exchange),
        |exchange| exchange.around.realm.refresh.requires_offline_access = true,
        |exchange| exchange.around.realm.grant_types = vec![GrantType::AuthorizationCode],
    ] {
        let approved = approved(change);
        assert_eq!(approved.refresh_generation, None);
        let family = approved.family.unwrap();
        assert_eq!(family.generation, None);
        // The family still exists, for revocation and replays, as long as its access token.
        assert_eq!(family.idle_expires_at, after(600));
    }
}

#[test]
fn a_realm_may_demand_offline_access_for_a_refresh_token() {
    let approved = approved(|exchange| {
        exchange.around.realm.refresh.requires_offline_access = true;
        exchange.code().delegation.scope = scopes("openid offline_access");
    });
    assert_eq!(approved.refresh_generation, Some(0));
}

#[test]
fn a_public_client_gets_a_refresh_token_too() {
    let approved = approved(|exchange| {
        make_public(&mut exchange.around.client);
        exchange.around.realm.refresh.rotation = Rotation::PublicClients;
    });
    assert_eq!(approved.refresh_generation, Some(0));
}

#[test]
fn offline_access_decides_whether_the_family_outlives_logout() {
    assert!(!approved(|_| {}).family.unwrap().offline);
    let offline = approved(|exchange| exchange.code().delegation.scope = scopes("invoices:read offline_access"));
    assert!(offline.family.unwrap().offline);
    let without_session = approved(|exchange| exchange.code().delegation.session = None);
    assert!(without_session.family.unwrap().offline);
}

#[test]
fn a_family_has_an_idle_and_an_absolute_end() {
    let family = approved(|exchange| exchange.around.realm.refresh.absolute = Some(Seconds(1000)))
        .family
        .unwrap();
    assert_eq!(family.idle_expires_at, after(86_400));
    assert_eq!(family.absolute_expires_at, Some(after(1000)));
    let short_idle = approved(|exchange| exchange.around.realm.refresh.idle = Seconds(5));
    assert_eq!(
        short_idle.family.unwrap().idle_expires_at,
        after(600),
        "never before the access token's end"
    );
}

#[test]
fn a_used_code_is_remembered_for_as_long_as_its_family_can_live() {
    let keep_until = |approved: &Approved| match approved.writes.first() {
        Some(Write::SpendCode { keep_until, .. }) => *keep_until,
        other => panic!("{other:?}"),
    };
    assert_eq!(keep_until(&approved(|_| {})), after(86_400));
    let absolute = approved(|exchange| exchange.around.realm.refresh.absolute = Some(Seconds(864_000)));
    assert_eq!(keep_until(&absolute), after(864_000 + 600));
    let access_only = approved(|exchange| exchange.around.client.grant_types = vec![GrantType::AuthorizationCode]);
    assert_eq!(keep_until(&access_only), after(600));
}

#[test]
fn an_access_token_never_outlives_the_end_that_the_user_set() {
    let approved = approved(|exchange| exchange.around.grant.as_mut().unwrap().expires_at = Some(after(90)));
    assert_eq!(approved.lifetime, Seconds(90));
}

#[test]
fn the_clients_own_lifetime_goes_before_the_realms() {
    assert_eq!(approved(|_| {}).lifetime, Seconds(600));
    let own = approved(|exchange| exchange.around.client.access_lifetime = Some(Seconds(30)));
    assert_eq!(own.lifetime, Seconds(30));
}
