//! Every kind of mistake, with the message that an operator reads.

mod environment;
mod gate;
mod sections;

use crate::config::{Environment, Problems, parse_realm, server_without_file};
use std::path::Path;

const HEAD: &str = "name = 'acme'\ndisplay_name = 'Acme'\n";
const ISSUER: &str = "issuer = 'https://id.example'\n";

fn realm(text: &str) -> String {
    match parse_realm(Path::new("realm.toml"), text) {
        Ok(_) => panic!("nothing was wrong with\n{text}"),
        Err(Problems(problems)) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

/// A realm that is right but for `rest`.
fn rest(rest: &str) -> String {
    realm(&format!("{HEAD}{ISSUER}{rest}"))
}

fn issuer(issuer: &str) -> String {
    realm(&format!("{HEAD}issuer = '{issuer}'\n"))
}

fn server(variables: &[(&str, &str)]) -> String {
    let environment: Environment = variables
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    match server_without_file(&environment) {
        Ok(_) => panic!("nothing was wrong with {variables:?}"),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn a_missing_key_is_named() {
    insta::assert_snapshot!(realm("name = 'acme'\n"), @r#"
    realm.toml:1: display_name: is missing
    realm.toml:1: issuer: is missing
    "#);
}

#[test]
fn unknown_keys_come_with_a_suggestion() {
    insta::assert_snapshot!(rest("[access_token]\nlifetim = '1h'\n[refresh_tokens]\nidle = '1d'\n[session]\ncolour = 1\n"), @r#"
    realm.toml:5: access_token.lifetim: is not a known key; did you mean "lifetime"?
    realm.toml:6: refresh_tokens: is not a known key; did you mean "refresh_token"?
    realm.toml:9: session.colour: is not a known key; known here: lifetime
    "#);
}

#[test]
fn wrong_kinds_of_values_say_what_was_expected() {
    insta::assert_snapshot!(rest("openid = 'yes'\npkce = 3\nclient_auth = 'none'\naccess_token = 5\npermissions = 'x'\nroles = []\n"), @r#"
    realm.toml:4: openid: must be true or false, not a string
    realm.toml:5: pkce: must be one of "required", "public-clients", not an integer
    realm.toml:6: client_auth: must be a list, not a string; write it in brackets: ["..."]
    realm.toml:7: access_token: must be a table, not an integer
    realm.toml:8: permissions: must be a list of tables, each under [[permissions]], not a string
    realm.toml:9: roles: must be a table, not a list
    "#);
}

#[test]
fn a_table_in_place_of_a_value_is_a_wrong_kind() {
    insta::assert_snapshot!(rest("[pkce]\n[roles]\nowner = 'x'\n[[client_auth]]\n"), @r#"
    realm.toml:4: pkce: must be one of "required", "public-clients", not a table
    realm.toml:6: roles.owner: must be a table, not a string
    realm.toml:7: client_auth: must be one of "none", "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", not a table
    "#);
}

#[test]
fn bad_values_say_what_is_good() {
    insta::assert_snapshot!(rest("pkce = 'requierd'\nclient_id_shape = '3-digits'\n[access_token]\nlifetime = 'an hour'\nprefix = 'a b'\n[code]\nlifetime = '1d'\n[branding]\naccent = 'teal'\nlocales = ['english']\n"), @r#"
    realm.toml:4: pkce: "requierd" is not one of "required", "public-clients"; did you mean "required"?
    realm.toml:5: client_id_shape: "3-digits" is neither "opaque" nor "N-digits" with N from 10 to 32
    realm.toml:7: access_token.lifetime: "an hour" is not a duration such as "1h", "30d" or whole seconds; units are s, m, h, d and w; "1h30m" combines them
    realm.toml:8: access_token.prefix: "a b" is not at most 32 letters, digits, _ and -
    realm.toml:10: code.lifetime: must be within 5s and 10m
    realm.toml:12: branding.accent: "teal" is not a colour of the form #rrggbb
    realm.toml:13: branding.locales: "english" is not a language tag such as "en" or "pt-BR"
    "#);
}

#[test]
fn a_bad_name_is_refused() {
    insta::assert_snapshot!(realm("name = 'Acme Inc'\ndisplay_name = ''\nissuer = 'https://id.example'\n"), @r#"
    realm.toml:1: name: "Acme Inc" is not a name of lower-case letters, digits and hyphens that begins with a letter
    realm.toml:2: display_name: must not be empty
    "#);
}

#[test]
fn an_issuer_has_one_spelling() {
    let spellings = [
        "https://id.example/",
        "https://ID.example",
        "https://id.example:443",
        "https://id.example?x=1",
        "http://id.example",
        "id.example",
        "https://u@id.example",
        "https://id.example/a//b",
    ];
    insta::assert_snapshot!(spellings.map(issuer).concat(), @r#"
    realm.toml:3: issuer: "https://id.example/" must not end in a slash; write "https://id.example"
    realm.toml:3: issuer: "https://ID.example" must have its scheme and host in lower case; write "https://id.example"
    realm.toml:3: issuer: "https://id.example:443" must not name its scheme's own port; write "https://id.example"
    realm.toml:3: issuer: "https://id.example?x=1" must not have a query or fragment
    realm.toml:3: issuer: "http://id.example" uses plain http on a host that is not this computer; use https; insecure_http = true allows it all the same
    realm.toml:3: issuer: "id.example" is not an absolute https URL; write "https://id.example"
    realm.toml:3: issuer: "https://u@id.example" must not have a user name or password
    realm.toml:3: issuer: "https://id.example/a//b" must not have empty or dotted path segments
    "#);
}

#[test]
fn an_alias_is_on_the_issuers_origin_and_another_path() {
    insta::assert_snapshot!(rest("aliases = ['https://other.example/x', 'https://id.example']\n"), @r#"
    realm.toml:4: aliases: "https://id.example" is the issuer itself
    realm.toml:4: aliases: "https://other.example/x" is not on the issuer's origin; an alias begins with "https://id.example/"
    "#);
}

#[test]
fn endpoints_have_plain_paths_and_addresses_of_their_own() {
    insta::assert_snapshot!(
        rest("[endpoints]\ntoken = 'oauth/token'\nrevoke = '/a?b'\nintrospect = 'http://api.example/x'\nuserinfo = 'https://API.example/u'\n"),
        @r#"
        realm.toml:5: endpoints.token: "oauth/token" is not an absolute https URL; write "/oauth/token" for a path below the issuer
        realm.toml:6: endpoints.revoke: "/a?b" must have only letters, digits and -._~ in its path
        realm.toml:7: endpoints.introspect: "http://api.example/x" uses plain http on a host that is not this computer; use https; insecure_http = true allows it all the same
        realm.toml:8: endpoints.userinfo: "https://API.example/u" must have its scheme and host in lower case; write "https://api.example/u"
        "#
    );
    insta::assert_snapshot!(rest("[endpoints]\ntoken = '/x'\nrevoke = '/x'\njwks = '/.well-known/openid-configuration'\n"), @r#"
    realm.toml:6: endpoints.revoke: is at the same address as token: https://id.example/x
    realm.toml:7: endpoints.jwks: is at the same address as a metadata document: https://id.example/.well-known/openid-configuration
    "#);
}

#[test]
fn an_endpoint_that_is_not_served_cannot_be_configured() {
    insta::assert_snapshot!(rest("[endpoints]\nbackchannel = '/backchannel'\n"), @r#"realm.toml:5: endpoints.backchannel: is not a known key; known here: authorize, token, par, revoke, introspect, usage, userinfo, jwks, api, register, logout, device_code, status, gate"#);
}

#[test]
fn permissions_are_unique_scopes_that_imply_each_other_without_a_circle() {
    let permission = |name: &str, more: &str| {
        format!("[[permissions]]\nname = '{name}'\ndescription = 'x'\nrisk = 'read'\n{more}\n")
    };
    let text = [
        permission("a:read", ""),
        permission("a:read", ""),
        permission("b:read", "implies = ['a:raed']"),
        permission("c:read", "implies = ['d:read']"),
        permission("d:read", "implies = ['c:read']"),
    ];
    insta::assert_snapshot!(rest(&text.concat()), @r#"
    realm.toml:10: permissions[1].name: "a:read" is already a permission at realm.toml:5
    realm.toml:15: permissions[2].name: implies "a:raed", which is no permission; did you mean "a:read"?
    realm.toml:20: permissions[3].name: implies itself by way of "d:read"
    realm.toml:25: permissions[4].name: implies itself by way of "c:read"
    "#);
    let text = ["a:*", "openid", "grantd:x", "a b"].map(|name| permission(name, ""));
    insta::assert_snapshot!(rest(&text.concat()), @r#"
    realm.toml:5: permissions[0].name: "a:*": a pattern cannot be a permission; it covers some
    realm.toml:10: permissions[1].name: "openid": OpenID Connect already defines this scope
    realm.toml:15: permissions[2].name: "grantd:x": names that begin with grantd: are the server's own
    realm.toml:20: permissions[3].name: "a b" is not a scope: only visible ASCII characters but \ and " (RFC 6749 section 3.3)
    "#);
}

#[test]
fn a_role_names_known_permissions() {
    let catalogue = "[[permissions]]\nname = 'invoices:read'\ndescription = 'See'\nrisk = 'read'\n";
    insta::assert_snapshot!(
        rest(&format!("{catalogue}[roles.owner]\npermissions = [\n  'invoices:raed',\n  'payments:*',\n  'openid',\n  'invoices:read',\n]\n")),
        @r#"
        realm.toml:10: roles.owner.permissions: "invoices:raed" is no permission of this realm; did you mean "invoices:read"?
        realm.toml:11: roles.owner.permissions: "payments:*" covers no permission
        realm.toml:12: roles.owner.permissions: "openid" is the user's to give; no role holds it
        "#
    );
}

#[test]
fn a_brokers_rights_are_of_its_own_words_and_of_known_permissions() {
    let permissions = "[[permissions]]\nname = 'a:read'\ndescription = 'A'\nrisk = 'read'\n";
    let broker = |profile: &str, permission: &str, allow: &str| {
        rest(&format!(
            "{permissions}[[resources]]\nidentifier = 'mqtts://b.example'\nname = 'B'\n{profile}[[resources.rights]]\npermission = '{permission}'\nallow = [{allow}]\n"
        ))
    };
    for (profile, permission, allow, says) in [
        ("", "a:read", "'all:x'", "needs profile beside it"),
        (
            "profile = 'kafka'\n",
            "a:read",
            "'all:x'",
            "\"kafka\" is not one of \"rabbitmq\", \"emqx\"",
        ),
        (
            "profile = 'emqx'\n",
            "b:read",
            "'all:x'",
            "\"b:read\" is not one of [[permissions]]",
        ),
        (
            "profile = 'emqx'\n",
            "a:read",
            "'read:x'",
            "\"read:x\" is no right: EMQX's begin with",
        ),
        ("profile = 'emqx'\n", "a:read", "'publish:'", "is not a right such as"),
        (
            "profile = 'rabbitmq'\n",
            "a:read",
            "'read:a b'",
            "\"read:a b\" is no right: RabbitMQ's",
        ),
    ] {
        let told = broker(profile, permission, allow);
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn resources_are_uris_and_each_is_declared_once() {
    insta::assert_snapshot!(
        rest("default_resource = 'https://elsewhere.example'\n[[resources]]\nidentifier = 'https://api.example'\nname = 'A'\n[[resources]]\nidentifier = 'https://api.example/'\nname = 'B'\n[[resources]]\nidentifier = 'api'\nname = 'C'\n"),
        @r#"realm.toml:12: resources[2].identifier: "api" is not an absolute URI without a fragment (RFC 8707 section 2)"#
    );
    insta::assert_snapshot!(rest("default_resource = 'https://elsewhere.example'\n"), @r#"realm.toml:4: default_resource: "https://elsewhere.example" is not one of [[resources]]"#);
}

#[test]
fn contradicting_lifetimes_are_refused() {
    insta::assert_snapshot!(rest("[refresh_token]\nidle = '30d'\nabsolute = '7d'\n"), @r#"realm.toml:6: refresh_token.absolute: is shorter than idle, which then never takes effect; make idle the shorter one, or leave absolute out"#);
}

#[test]
fn a_tenant_claim_is_a_free_name() {
    for taken in [
        "sub",
        "status",
        "permitted",
        "may_act",
        "email",
        "updated_at",
        "s_hash",
        "clientId",
    ] {
        assert_eq!(
            rest(&format!("[tenants]\nclaim = '{taken}'\n")),
            format!("realm.toml:5: tenants.claim: \"{taken}\" already means something else in tokens\n")
        );
    }
}

#[test]
fn demo_data_names_what_is_there() {
    insta::assert_snapshot!(
        rest("[tenants]\nenabled = true\n[roles.owner]\npermissions = []\n[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n[[demo.users]]\nusername = 'ada'\npassword = 'short'\n[[demo.users]]\nusername = 'bob'\npassword = 'long enough'\ntenants = { acmee = 'ownr' }\nclaims = { sub = 'x' }\n"),
        @r#"
        realm.toml:16: demo.users[0].password: must have 8 to 200 characters
        realm.toml:20: demo.users[1].tenants: "acmee" is not one of [[demo.tenants]]; did you mean "acme"?
        realm.toml:20: demo.users[1].tenants: "ownr" is not one of [roles]; did you mean "owner"?
        realm.toml:21: demo.users[1].claims: the claim "sub" is made by the server
        "#
    );
    insta::assert_snapshot!(rest("[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n"), @r#"realm.toml:4: demo.tenants: there are tenants, but the realm has tenants switched off; set enabled = true in [tenants]"#);
}

#[test]
fn demo_clients_are_consistent() {
    let catalogue = "[[permissions]]\nname = 'a:read'\ndescription = 'See'\nrisk = 'read'\n[[permissions]]\nname = 'a:write'\ndescription = 'Change'\nrisk = 'change'\n";
    insta::assert_snapshot!(
        rest(&format!("{catalogue}[[demo.clients]]\nname = 'A'\nkind = 'web'\nscopes = ['a:read', 'b:read']\ndefault_scopes = [\n  'a:read',\n  'a:write',\n]\noptional_scopes = ['a:write']\n")),
        @r#"
        realm.toml:15: demo.clients[0].scopes: "b:read" is no permission of this realm; did you mean "a:read"?
        realm.toml:18: demo.clients[0].default_scopes: "a:write" is not within scopes; add "a:write" to scopes, or take it out here
        "#
    );
    insta::assert_snapshot!(
        rest("grant_types = ['authorization_code']\nclient_auth = ['none']\n[[demo.clients]]\nname = 'A'\nkind = 'native'\nclient_secret = 'hunter2hunter2hunter2'\nredirect_uris = ['http://evil.example/', 'javascript:x']\n[[demo.clients]]\nname = 'B'\nkind = 'web'\n"),
        @r#"
        realm.toml:6: demo.clients[0].grant_types: the realm's grant_types do not have refresh_token
        realm.toml:9: demo.clients[0].client_secret: a public client has no secret
        realm.toml:10: demo.clients[0].redirect_uris: "http://evil.example/": a redirect URI may use http on localhost, 127.0.0.1 and [::1] only
        realm.toml:10: demo.clients[0].redirect_uris: "javascript:x": a redirect URI must not use this scheme
        realm.toml:11: demo.clients[1].auth_method: the realm's client_auth does not have client_secret_basic
        realm.toml:11: demo.clients[1].grant_types: the realm's grant_types do not have refresh_token
        realm.toml:11: demo.clients[1].redirect_uris: authorization_code needs at least one
        "#
    );
}

#[test]
fn a_secret_is_never_repeated_in_a_message() {
    let text = rest(
        "[[demo.clients]]\nname = 'A'\nkind = 'web'\nclient_secret = 'hunter 2'\nredirect_uris = ['https://a.example/']\n",
    );
    assert!(text.contains("client_secret") && !text.contains("hunter"), "{text}");
    let text = server(&[
        ("GRANTD__STORAGE", "mysql://u:hunter2@h/d"),
        ("GRANTD__MASTER_KEY", "hunter2"),
    ]);
    assert!(
        text.contains("storage") && text.contains("master_key") && !text.contains("hunter"),
        "{text}"
    );
}

#[test]
fn what_was_written_cannot_break_a_line_of_the_message() {
    let text = rest("pkce = \"a\\nb\\u001b[31m\"\n");
    assert!(!text.trim_end().contains(['\n', '\u{1b}']), "{text:?}");
}

#[test]
fn mistakes_of_syntax_are_named_by_line() {
    insta::assert_snapshot!(realm("name = acme\ndisplay_name = 'x'\n[demo\nx = 1\nx = 1\n"), @r#"
    realm.toml:1: is not TOML: string values must be quoted, expected literal string
    realm.toml:3: is not TOML: unclosed table, expected `]`
    "#);
}
