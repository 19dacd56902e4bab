//! A new application: five kinds, each with the defaults that fit it, and why.

use super::super::places;
use super::{action, notice, pieces};
use crate::api::inside::{Ask, path};
use crate::signed_in::fields::{line, lines, radios, values};
use crate::signed_in::listing::text;
use crate::signed_in::{Page, Place, Visit};
use grantd_core::realm::Realm;
use grantd_core::record::TokenEndpointAuthMethod as Method;
use grantd_core::record::client::GrantType;
use grantd_pages::{Action, Block, Heading, LocalUrl, Tone, Weight, Words};
use serde_json::{Value, json};

/// What is asked for by the name of a kind: what it is, whether it runs where its users can read it, whether people log in.
const KINDS: &[(&str, &str, Option<&str>)] = &[
    ("web", "console-kind-web", Some("console-kind-web-why")),
    ("spa", "console-kind-spa", Some("console-kind-spa-why")),
    ("native", "console-kind-native", Some("console-kind-native-why")),
    ("machine", "console-kind-machine", Some("console-kind-machine-why")),
    ("mcp", "console-kind-mcp", Some("console-kind-mcp-why")),
];

/// The form; and when it was sent, the new application.
pub(crate) async fn show(visit: &Visit<'_>) -> Page {
    let heading = Heading {
        lead: Some(Words::say("console-app-new-lead")),
        back: Some((visit.at(places::APPLICATIONS), places::APPLICATIONS.title())),
        ..Heading::new(Words::say("console-app-new"))
    };
    let kind = match visit.field("kind") {
        "" => "web",
        kind => kind,
    };
    let machines = visit.actor.developer().is_none() || visit.request.realm.config.realm.portal.machines;
    let offered = KINDS.iter().filter(|(kind, ..)| machines || *kind != "machine");
    let offered: Vec<_> = offered.copied().collect();
    let mut form = visit.new_form(visit.url(&["applications", "new"]), Words::say("console-create"));
    form.cancel = Some(visit.at(places::APPLICATIONS));
    form.fields = vec![
        line(
            "name",
            "console-name",
            Some("console-app-name-hint"),
            visit.field("name"),
        ),
        radios("kind", "console-app-kind", &offered, kind),
        lines(
            "redirect_uris",
            "console-app-redirects",
            Some("console-app-redirects-hint"),
            &values(visit.field("redirect_uris")),
        ),
    ];
    if visit.form.is_none() {
        return visit.show(places::APPLICATIONS, heading, vec![Block::Form(Box::new(form))]);
    }
    let realm = &visit.request.realm.config.realm;
    let body = body(kind, visit.field("name"), values(visit.field("redirect_uris")), realm);
    match visit
        .ask(
            Ask::new(http::Method::POST, path(&["clients"]))
                .body(body)
                .once(visit.once()),
        )
        .await
    {
        Ok(made) => {
            let list = (visit.at(places::APPLICATIONS), places::APPLICATIONS.title());
            made_known(visit, &made.body, list)
        }
        Err(denied) => {
            let names = [("/token_endpoint_auth_method", "kind"), ("/grant_types", "kind")];
            visit.again(places::APPLICATIONS, heading, form, denied, &names)
        }
    }
}

/// What the API is asked to make.
fn body(kind: &str, name: &str, redirect_uris: Vec<String>, realm: &Realm) -> Value {
    let public = matches!(kind, "spa" | "native" | "mcp");
    let secrets = [Method::ClientSecretBasic, Method::ClientSecretPost];
    let method = match secrets.into_iter().find(|method| realm.auth_methods.contains(method)) {
        Some(method) if !public => method,
        _ => Method::None,
    };
    let grants: &[GrantType] = if kind == "machine" {
        &[GrantType::ClientCredentials]
    } else {
        &[GrantType::AuthorizationCode, GrantType::RefreshToken]
    };
    // A realm without refresh tokens is no reason to refuse an application that can do without.
    let wanted = |grant: &&GrantType| **grant != GrantType::RefreshToken || realm.offers(GrantType::RefreshToken);
    let grants: Vec<&str> = grants.iter().filter(wanted).map(|grant| grant.as_str()).collect();
    let mut body = json!({
        "name": name,
        "application_type": if matches!(kind, "native" | "mcp") { "native" } else { "web" },
        "token_endpoint_auth_method": method.as_str(),
        "grant_types": grants,
    });
    if let Some(members) = body.as_object_mut().filter(|_| !redirect_uris.is_empty()) {
        members.insert("redirect_uris".to_owned(), json!(redirect_uris));
    }
    body
}

/// What was made: with its secret, which no later page shows. `back` is the page that it was made on, as that page is called.
pub(super) fn made_known(visit: &Visit<'_>, client: &Value, back: (LocalUrl, Words)) -> Page {
    let id = text(client, "client_id");
    let next = action(visit, "console-app-next", &pieces(id, "permissions"), Weight::Primary);
    let next = (
        next,
        notice(Tone::Info, "console-app-next-title", "console-app-next-more"),
    );
    let pages = Around {
        home: visit.url(&pieces(id, "")),
        back,
    };
    shown_once(visit, places::APPLICATIONS, client, pages, Some(next))
}

/// Where one goes from what was just made.
pub(in super::super) struct Around {
    /// Its own page.
    pub(in super::super) home: LocalUrl,
    /// The page that it was made on, as that page is called.
    pub(in super::super) back: (LocalUrl, Words),
}

/// Something with a secret that was made; `next` is what comes next, if something does.
pub(in super::super) fn shown_once(
    visit: &Visit<'_>,
    place: Place,
    client: &Value,
    pages: Around,
    next: Option<(Action, Block)>,
) -> Page {
    let id = text(client, "client_id");
    let secret = text(client, "client_secret");
    if secret.is_empty() {
        return Ok(visit.done(&pages.home, "console-done-created"));
    }
    let (actions, then) = next.map_or_else(Default::default, |(action, block)| (vec![action], vec![block]));
    let file = format!("CLIENT_ID={}\nCLIENT_SECRET={}\n", quoted(id), quoted(secret));
    let heading = Heading {
        id: Some(id.to_owned()),
        back: Some(pages.back),
        actions,
        ..Heading::new(Words::given(text(client, "name")))
    };
    let mut blocks = vec![Block::Secret {
        title: Words::say("console-secret"),
        text: Words::say("console-secret-once"),
        value: secret.to_owned(),
        file: Some((format!("{}.env", file_name(text(client, "name"))), file)),
    }];
    blocks.extend(then);
    visit.show(place, heading, blocks)
}

/// A value in a file of shell variables: nothing in it is the shell's.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// A name of a file made of a name that somebody chose.
fn file_name(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .filter(|one| one.is_ascii_alphanumeric() || *one == '-')
        .take(40)
        .collect();
    if plain.is_empty() {
        "application".to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::built_in_demo_realm;

    #[test]
    fn each_kind_has_the_defaults_that_fit_it() {
        let realm = built_in_demo_realm().unwrap().realm;
        let made = |kind: &str| body(kind, "Books", vec!["https://books.example/cb".to_owned()], &realm);
        let method = |kind: &str| made(kind)["token_endpoint_auth_method"].clone();
        for public in ["spa", "native", "mcp"] {
            assert_eq!(method(public), "none", "{public}");
        }
        for confidential in ["web", "machine"] {
            assert_eq!(method(confidential), "client_secret_basic", "{confidential}");
        }
        assert_eq!(made("machine")["grant_types"], json!(["client_credentials"]));
        assert_eq!(
            made("web")["grant_types"],
            json!(["authorization_code", "refresh_token"])
        );
        assert_eq!(made("native")["application_type"], "native");
    }

    #[test]
    fn the_file_of_an_application_has_a_harmless_name_and_runs_nothing() {
        assert_eq!(file_name("../../etc/passwd; rm -rf"), "etcpasswdrm-rf");
        assert_eq!(file_name("日本"), "application");
        assert_eq!(quoted("a'$(x)"), r"'a'\''$(x)'");
    }
}
