//! Reading `[[upstream]]`: other providers at which users of the realm may log in (OpenID Connect).

use super::read::NAME;
use crate::config::kind::{Choice, Flag, ListOf, Parsed, Sensitive, Text};
use crate::config::section::Section;
use grantd_core::realm::{LinkBy, Unknown, Upstream};
use grantd_protocol::redirect_uri::is_loopback;
use grantd_protocol::web::WebUrl;
use grantd_protocol::{Secret, scope};
use serde_json::json;
use std::sync::Arc;

/// The largest file with a secret, in bytes.
const MAX_SECRET: usize = 4096;
const ISSUER: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let is_bare = !text.contains(['?', '#', '@']);
        let is_here = text.starts_with("http://") && is_loopback(text);
        if is_bare && (is_here || WebUrl::parse(text).is_ok()) {
            Ok(text.into())
        } else {
            let wrong =
                "is not an https address on a public host without query or fragment; http:// is for this very computer";
            Err(wrong.to_owned())
        }
    },
    sample: "https://login.example.com",
    pattern: "",
};
const SCOPE: Parsed<String> = Parsed {
    parse: |text| {
        if scope::is_token(text) {
            Ok(text.to_owned())
        } else {
            Err("is not one scope (RFC 6749 section 3.3)".to_owned())
        }
    },
    sample: "openid",
    pattern: "",
};
const DOMAIN: Parsed<String> = Parsed {
    parse: |text| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        if text.contains('.') && text.bytes().all(is_name) {
            Ok(text.to_owned())
        } else {
            Err("is not a domain in lower case, without @".to_owned())
        }
    },
    sample: "example.com",
    pattern: "",
};

const LINK_BY: Choice<LinkBy> = Choice(&[("nothing", LinkBy::Nothing), ("verified_email", LinkBy::VerifiedEmail)]);
const UNKNOWN: Choice<Unknown> = Choice(&[("refuse", Unknown::Refuse), ("create", Unknown::Create)]);

/// Reads the tables. `handed_over`: whether the platform's own app logs users in.
pub(super) fn read(section: &mut Section<'_>, handed_over: bool) -> Option<Vec<Upstream>> {
    let doc = "Other providers at which users may log in (OpenID Connect).";
    let rows = section.each("upstream", doc, row)?;
    let mut good = true;
    if handed_over && !rows.is_empty() {
        let message = "cannot stand beside interaction.login_url: there the app logs users in, and nobody sees this \
            server's form"
            .to_owned();
        section.problem("upstream", message, None);
        good = false;
    }
    for (index, row) in rows.iter().enumerate() {
        let mut before = rows.iter().take(index);
        if before.any(|other| other.name == row.name || other.issuer == row.issuer) {
            let message = "has the name or the issuer of another one".to_owned();
            section.problem_in("upstream", index, message, None);
            good = false;
        }
    }
    good.then_some(rows)
}

fn row(section: &mut Section<'_>) -> Option<Upstream> {
    let doc = "Its name in the address of the way back, which is registered there: .../login/from/NAME.";
    let name = section.required("name", doc, &NAME);
    let title = section.required("title", "What its button says, after \"Sign in with\".", &Text);
    let issuer = section.required("issuer", "Its issuer identifier, byte for byte.", &ISSUER);
    let client_id = section.required("client_id", "Whom it knows this realm as.", &Text);
    let client_secret = secret(section);
    let scopes = section.or(
        "scopes",
        "What is asked there.",
        &ListOf(SCOPE),
        json!(["openid", "email", "profile"]),
    );
    let doc = "By what whoever comes for the first time is found among the users: by nothing, or by a mail address that it \
        and this realm verified.";
    let link_by = section.or("link_by", doc, &LINK_BY, "nothing");
    let doc = "What becomes of somebody who is no user here: refuse turns them away, create makes them one.";
    let unknown = section.or("unknown", doc, &UNKNOWN, "refuse");
    let doc = "Mail domains whose people are let in, by addresses that it verified; everybody where empty.";
    let domains = section.or("allowed_domains", doc, &ListOf(DOMAIN), json!([]));
    let doc = "Whether its word counts for the methods (amr) by which users proved who they are.";
    let hands_on_methods = section.or("trust_amr", doc, &Flag, false);
    if link_by == Some(LinkBy::VerifiedEmail) {
        section.loosens(
            "link_by",
            "whoever runs this provider can log in as every user whose mail address is verified",
        );
    }
    let scopes = scopes?;
    if !scopes.iter().any(|scope| scope == "openid") {
        section.problem("scopes", "must have openid: without it there is no ID token", None);
        return None;
    }
    Some(Upstream {
        name: name?,
        title: title?,
        issuer: issuer?,
        client_id: client_id?,
        client_secret: Arc::new(client_secret?),
        scopes,
        link_by: link_by?,
        unknown: unknown?,
        domains: domains?,
        hands_on_methods: hands_on_methods?,
    })
}

/// The secret by value or in a file: one of the two.
fn secret(section: &mut Section<'_>) -> Option<Secret> {
    let value = section.optional(
        "client_secret",
        "What proves that to it.",
        &Sensitive { check: |_| Ok(()) },
    );
    let doc = "A file with the secret instead, relative to this one.";
    let file = section.optional("client_secret_file", doc, &Text);
    match (value?, file?) {
        (Some(value), None) => Some(value),
        (None, Some(file)) => {
            let path = section.resolve(&file);
            let read = std::fs::read_to_string(&path).ok();
            let secret = read.map(|text| text.trim().to_owned());
            let secret = secret.filter(|text| (1..=MAX_SECRET).contains(&text.len()));
            if secret.is_none() {
                let message = format!("cannot read a secret from \"{}\"", path.display());
                section.problem("client_secret_file", message, None);
            }
            secret.map(Secret::new)
        }
        _ => {
            let message = "is needed: it, or client_secret_file, and not both";
            section.problem("client_secret", message, None);
            None
        }
    }
}
