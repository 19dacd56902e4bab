//! Every kind of mistake, with the message that an operator reads.

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
    insta::assert_snapshot!(realm("name = 'acme'\n"), @"");
}

#[test]
fn unknown_keys_come_with_a_suggestion() {
    insta::assert_snapshot!(rest("[access_token]\nlifetim = '1h'\n[refresh_tokens]\nidle = '1d'\n[session]\ncolour = 1\n"), @"");
}

#[test]
fn wrong_kinds_of_values_say_what_was_expected() {
    insta::assert_snapshot!(rest("openid = 'yes'\npkce = 3\nclient_auth = 'none'\naccess_token = 5\npermissions = 'x'\nroles = []\n"), @"");
}

#[test]
fn a_table_in_place_of_a_value_is_a_wrong_kind() {
    insta::assert_snapshot!(rest("[pkce]\n[roles]\nowner = 'x'\n[[client_auth]]\n"), @"");
}

#[test]
fn bad_values_say_what_is_good() {
    insta::assert_snapshot!(rest("pkce = 'requierd'\nclient_id_shape = '3-digits'\n[access_token]\nlifetime = 'an hour'\nprefix = 'a b'\n[code]\nlifetime = '1d'\n[branding]\naccent = 'teal'\nlocales = ['english']\n"), @"");
}

#[test]
fn a_bad_name_is_refused() {
    insta::assert_snapshot!(realm("name = 'Acme Inc'\ndisplay_name = ''\nissuer = 'https://id.example'\n"), @"");
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
    insta::assert_snapshot!(spellings.map(issuer).concat(), @"");
}

#[test]
fn an_alias_is_on_the_issuers_origin_and_another_path() {
    insta::assert_snapshot!(rest("aliases = ['https://other.example/x', 'https://id.example']\n"), @"");
}

#[test]
fn endpoints_have_plain_paths_and_addresses_of_their_own() {
    insta::assert_snapshot!(
        rest("[endpoints]\ntoken = 'oauth/token'\nrevoke = '/a?b'\nintrospect = 'http://api.example/x'\nuserinfo = 'https://API.example/u'\n"),
        @""
    );
    insta::assert_snapshot!(rest("[endpoints]\ntoken = '/x'\nrevoke = '/x'\njwks = '/.well-known/openid-configuration'\n"), @"");
}

#[test]
fn an_endpoint_that_is_not_served_cannot_be_configured() {
    insta::assert_snapshot!(rest("[endpoints]\nregister = '/register'\n"), @"");
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
    insta::assert_snapshot!(rest(&text.concat()), @"");
    let text = ["a:*", "openid", "grantd:x", "a b"].map(|name| permission(name, ""));
    insta::assert_snapshot!(rest(&text.concat()), @"");
}

#[test]
fn a_role_names_known_permissions() {
    let catalogue = "[[permissions]]\nname = 'invoices:read'\ndescription = 'See'\nrisk = 'read'\n";
    insta::assert_snapshot!(
        rest(&format!("{catalogue}[roles.owner]\npermissions = [\n  'invoices:raed',\n  'payments:*',\n  'openid',\n  'invoices:read',\n]\n")),
        @""
    );
}

#[test]
fn resources_are_uris_and_each_is_declared_once() {
    insta::assert_snapshot!(
        rest("default_resource = 'https://elsewhere.example'\n[[resources]]\nidentifier = 'https://api.example'\nname = 'A'\n[[resources]]\nidentifier = 'https://api.example/'\nname = 'B'\n[[resources]]\nidentifier = 'api'\nname = 'C'\n"),
        @""
    );
    insta::assert_snapshot!(rest("default_resource = 'https://elsewhere.example'\n"), @"");
}

#[test]
fn contradicting_lifetimes_are_refused() {
    insta::assert_snapshot!(rest("[refresh_token]\nidle = '30d'\nabsolute = '7d'\n"), @"");
}

#[test]
fn a_tenant_claim_is_a_free_name() {
    insta::assert_snapshot!(rest("[tenants]\nclaim = 'sub'\n"), @"");
}

#[test]
fn demo_data_names_what_is_there() {
    insta::assert_snapshot!(
        rest("[tenants]\nenabled = true\n[roles.owner]\npermissions = []\n[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n[[demo.users]]\nusername = 'ada'\npassword = 'short'\n[[demo.users]]\nusername = 'bob'\npassword = 'long enough'\ntenants = { acmee = 'ownr' }\nclaims = { sub = 'x' }\n"),
        @""
    );
    insta::assert_snapshot!(rest("[[demo.tenants]]\nid = 'acme'\nname = 'Acme'\n"), @"");
}

#[test]
fn demo_clients_are_consistent() {
    let catalogue = "[[permissions]]\nname = 'a:read'\ndescription = 'See'\nrisk = 'read'\n[[permissions]]\nname = 'a:write'\ndescription = 'Change'\nrisk = 'change'\n";
    insta::assert_snapshot!(
        rest(&format!("{catalogue}[[demo.clients]]\nname = 'A'\nkind = 'web'\nscopes = ['a:read', 'b:read']\ndefault_scopes = [\n  'a:read',\n  'a:write',\n]\noptional_scopes = ['a:write']\n")),
        @""
    );
    insta::assert_snapshot!(
        rest("grant_types = ['authorization_code']\nclient_auth = ['none']\n[[demo.clients]]\nname = 'A'\nkind = 'native'\nclient_secret = 'hunter2hunter2hunter2'\nredirect_uris = ['http://evil.example/', 'javascript:x']\n[[demo.clients]]\nname = 'B'\nkind = 'web'\n"),
        @""
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
    insta::assert_snapshot!(realm("name = acme\ndisplay_name = 'x'\n[demo\nx = 1\nx = 1\n"), @"");
}

#[test]
fn variables_that_override_nothing_are_mistakes() {
    insta::assert_snapshot!(
        server(&[("GRANTD__LOG__LEVLE", "debug"), ("GRANTD__X", "1"), ("GRANTD__LOG__FORMAT", "xml"), ("OTHER", "1")]),
        @""
    );
}

#[test]
fn a_variable_and_its_file_form_exclude_each_other() {
    insta::assert_snapshot!(
        server(&[("GRANTD__LOG__LEVEL", "debug"), ("GRANTD__LOG__LEVEL_FILE", "/nowhere"), ("GRANTD__DATA_DIR_FILE", "/nowhere/x")]),
        @""
    );
}

#[test]
fn values_in_the_environment_are_typed_like_those_in_the_file() {
    insta::assert_snapshot!(
        server(&[
            ("GRANTD__LISTEN", "127.0.0.1"),
            ("GRANTD__LIMITS__BODY_BYTES", "many"),
            ("GRANTD__LIMITS__JSON_DEPTH", "1000"),
            ("GRANTD__RATE_LIMITS__LOGIN__PER_USER", "10 per minute"),
            ("GRANTD__TLS__CERT_FILE", "/nowhere/cert.pem"),
            ("GRANTD__MASTER_KEY_FILE", "/nowhere/key"),
        ]),
        @""
    );
}
