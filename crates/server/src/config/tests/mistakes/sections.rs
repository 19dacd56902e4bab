//! Mistakes in sections that not every realm has.

use super::*;

#[test]
fn registration_that_would_permit_nothing_or_too_much_is_refused() {
    let open = |more: &str| rest(&format!("[registration]\nmode = 'open'\n{more}\n"));
    insta::assert_snapshot!(open(""), @r#"realm.toml:4: registration.scopes: is empty, so nothing could be permitted to any such client; name what such clients may be permitted, such as ["openid", "invoices:read"]"#);
    insta::assert_snapshot!(open("scopes = ['openid', 'grantd:clients:read']"), @r#"realm.toml:6: registration.scopes: "grantd:clients:read": the server's own permissions are not for clients that nobody vouches for"#);
    insta::assert_snapshot!(open("scopes = ['openid']\ngrant_types = ['client_credentials']"), @r#"realm.toml:7: registration.grant_types: would give tokens to everybody, with no user to allow it; use mode = "initial-access-token", or leave client_credentials out"#);
    insta::assert_snapshot!(rest("[registration]\nmode = 'software-statement'\nscopes = ['openid']"), @r#"realm.toml:4: registration.statement_issuers: is empty, so no statement would be believed"#);
    insta::assert_snapshot!(open("scopes = ['openid']\n[[registration.statement_issuers]]\nissuer = 'x'\njwks = '{\"keys\":[]}'"), @r#"realm.toml:9: registration.statement_issuers[0].jwks: has no key"#);
}

#[test]
fn details_that_could_not_be_shown_or_told_apart_are_refused() {
    let field = |more: &str| {
        rest(&format!(
            "[[authorization_details]]\ntype = 'pay'\ntitle = 'Pay'\n[[authorization_details.fields]]\nname = 'a'\nlabel = 'A'\nkind = 'text'\n{more}"
        ))
    };
    let second = |name: &str, kind: &str| {
        field(&format!(
            "[[authorization_details.fields]]\nname = '{name}'\nlabel = 'B'\nkind = '{kind}'\n"
        ))
    };
    insta::assert_snapshot!(second("a", "text"), @r#"realm.toml:11: authorization_details[0].fields: "a" and "a" cannot both be there"#);
    insta::assert_snapshot!(second("a.b", "text"), @r#"realm.toml:11: authorization_details[0].fields: "a.b" and "a" cannot both be there"#);
    insta::assert_snapshot!(second("type", "text"), @r#"realm.toml:12: authorization_details[0].fields[1].name: "type" is not a name of letters, digits and _, with dots for what is within an object, two at most"#);
    insta::assert_snapshot!(second("b..c", "text"), @r#"realm.toml:12: authorization_details[0].fields[1].name: "b..c" is not a name of letters, digits and _, with dots for what is within an object, two at most"#);
    insta::assert_snapshot!(second("b", "money"), @r#"realm.toml:14: authorization_details[0].fields[1].kind: "money" is not one of "text", "amount", "number", "flag", "list""#);
    insta::assert_snapshot!(second("locations", "text"), @r#"realm.toml:14: authorization_details[0].fields[1].kind: must be "list" for locations, which name APIs"#);
    insta::assert_snapshot!(field("[[authorization_details]]\ntype = 'pay'\ntitle = 'Pay'"), @r#"realm.toml:11: authorization_details: "pay" is there twice"#);
    insta::assert_snapshot!(rest("[registration]\nauthorization_details_types = ['pay']"), @r#"realm.toml:5: registration.authorization_details_types: "pay" is none of [[authorization_details]]"#);
}

#[test]
fn a_level_that_nobody_reaches_or_everybody_is_refused() {
    let level = |methods: &str| rest(&format!("[[authentication_levels]]\nname = 'x'\nmethods = {methods}\n"));
    insta::assert_snapshot!(level("[]"), @"realm.toml:6: authentication_levels[0].methods: is empty, so that every login would do");
    insta::assert_snapshot!(level("['fpt']"), @r#"realm.toml:6: authentication_levels[0].methods: "fpt" is nothing that people log in by here; use some of pwd, otp, mfa, hwk, swk, user"#);
    let twice = "[[authentication_levels]]\nname = 'x'\nmethods = ['pwd']\n";
    insta::assert_snapshot!(rest(&twice.repeat(2)), @r#"realm.toml:7: authentication_levels: "x" is there twice"#);
}

#[test]
fn methods_with_certificates_need_certificates_and_who_vouches_for_them() {
    let self_signed = "client_auth = ['self_signed_tls_client_auth']\n";
    assert!(rest(self_signed).contains("self_signed_tls_client_auth needs certificates"));
    let by_name = "client_auth = ['tls_client_auth']\n[mtls]\nenabled = true\n";
    assert!(rest(by_name).contains("tls_client_auth needs authorities that vouch"));
    assert!(rest(&format!("{by_name}authorities_file = '/nowhere.pem'\n")).contains("mtls.authorities_file"));
    for origin in ["https://mtls.a.example/path", "mtls.a.example", "http://mtls.a.example"] {
        let text = format!("[mtls]\nenabled = true\nendpoint_origin = '{origin}'\n");
        assert!(rest(&text).contains("mtls.endpoint_origin"), "{origin}");
    }
    let right = format!("{HEAD}{ISSUER}{self_signed}[mtls]\nenabled = true\n");
    assert!(parse_realm(Path::new("realm.toml"), &right).is_ok());
}

#[test]
fn the_platforms_own_app_is_reached_over_tls_at_a_plain_address() {
    let wrong = |text: &str| rest(&format!("[interaction]\n{text}\n"));
    assert!(wrong("login_url = 'http://app.example/login'").contains("must begin with https://"));
    assert!(wrong("login_url = '/login'").contains("begins with https://"));
    for odd in [
        "https://a@app.example/",
        "https://app.example/#x",
        "https://app.example/a b",
        "https://app.example/<",
    ] {
        assert!(
            wrong(&format!("consent_url = '{odd}'")).contains("a plain address"),
            "{odd}"
        );
    }
    let text = format!("{HEAD}{ISSUER}[interaction]\nlogin_url = 'http://localhost:4000/login'\n");
    let realm = parse_realm(Path::new("realm.toml"), &text).unwrap();
    assert_eq!(realm.handover.login_url.as_deref(), Some("http://localhost:4000/login"));
    assert!(realm.handover.consent_url.is_none() && realm.loosenings.is_empty());
}

#[test]
fn levels_have_any_methods_where_the_platforms_own_app_logs_in() {
    let levels = "[[authentication_levels]]\nname = 'card'\nmethods = ['fpt']\n";
    assert!(rest(levels).contains("nothing that people log in by here"));
    let text = format!("{HEAD}{ISSUER}{levels}[interaction]\nlogin_url = 'https://app.example/login'\n");
    let realm = parse_realm(Path::new("realm.toml"), &text).unwrap();
    assert_eq!(realm.realm.openid.attainable().count(), 1);
}

#[test]
fn a_token_names_one_client_that_may_act() {
    let row = |client: &str, subjects: &str| {
        format!(
            "[[token_exchange]]\nclient_id = '{client}'\nsubject_clients = [{subjects}]\nresources = []\nscopes = []\nmay_act = true\n"
        )
    };
    let two = rest(&format!("{}{}", row("one", "'web'"), row("two", "'other', 'web'")));
    assert!(
        two.contains("tokens of \"web\" can name one client in may_act"),
        "{two}"
    );
    let everybody = rest(&row("one", "'*'"));
    assert!(
        everybody.contains("may_act: goes with clients that are named"),
        "{everybody}"
    );
}
