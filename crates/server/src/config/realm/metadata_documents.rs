//! Reading `[metadata_documents]`: whether a `client_id` may be the address of a document about the client.

use crate::config::kind::{Flag, ListOf, Parsed};
use crate::config::section::Section;
use grantd_core::realm::DocumentPolicy;
use grantd_core::registration::RegistrationPolicy;
use grantd_protocol::web::is_public_name;
use serde_json::json;

const DOMAIN: Parsed<String> = Parsed {
    parse: |text| {
        let wrong = "is not the name of a public domain in lower case, such as \"agents.example\"";
        if is_public_name(text) {
            Ok(text.to_owned())
        } else {
            Err(wrong.to_owned())
        }
    },
    sample: "agents.example",
    pattern: "",
};

/// Reads the section.
pub(super) fn read(section: &mut Section<'_>, registration: Option<&RegistrationPolicy>) -> Option<DocumentPolicy> {
    let doc = "Clients whose client_id is the https address of a document about themselves; [registration] scopes bound them.";
    section.section("metadata_documents", doc, |section| {
        let enabled = section.or("enabled", "Whether such documents are fetched.", &Flag, false);
        let allow = section.or(
            "allow",
            "Domains to take documents from, with everything below them; all where it is empty.",
            &ListOf(DOMAIN),
            json!([]),
        );
        let deny = section.or(
            "deny",
            "Domains never to take documents from, with everything below them.",
            &ListOf(DOMAIN),
            json!([]),
        );
        let policy = DocumentPolicy {
            enabled: enabled?,
            allow: allow?,
            deny: deny?,
        };
        if policy.enabled && registration.is_some_and(|registration| registration.scopes.is_empty()) {
            let fix = Some("name in [registration] scopes what such clients may be permitted".to_owned());
            section.problem(
                "enabled",
                "would let clients in that nothing could be permitted to",
                fix,
            );
            return None;
        }
        Some(policy)
    })
}
