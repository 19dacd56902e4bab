//! Reading `[[token_exchange]]`: which client may exchange whose tokens, for where and for what (RFC 8693). Nothing else
//! may be exchanged.

use super::catalogue::{self, SCOPE};
use super::resources::{IDENTIFIER, Resources};
use crate::config::kind::{Flag, ListOf, Text};
use crate::config::section::Section;
use grantd_core::permission::Catalogue;
use grantd_core::realm::ExchangePolicy;
use grantd_protocol::resource::is_same;
use std::sync::Arc;

/// Reads the tables. What has mistakes of its own (catalogue, resources) is not judged again here.
pub(super) fn read(
    section: &mut Section<'_>,
    catalogue: Option<&Catalogue>,
    resources: Option<&Resources>,
) -> Option<Vec<ExchangePolicy>> {
    let doc = "Which client may exchange whose tokens, for where and for what (RFC 8693).";
    section.each("token_exchange", doc, |section| {
        let client_id = section.required("client_id", "The client that exchanges.", &Text);
        let subject_clients = section.required(
            "subject_clients",
            "Whose tokens: ids of clients, or \"*\" for everybody's.",
            &ListOf(Text),
        );
        let targets = section.required(
            "resources",
            "What they may be exchanged for: identifiers of [[resources]].",
            &ListOf(IDENTIFIER),
        );
        let scopes = section.required(
            "scopes",
            "The most that comes of it: scopes and patterns.",
            &ListOf(SCOPE),
        );
        let is_named = section.or(
            "may_act",
            "Whether tokens of subject_clients name this client as the one who may act for their user, and only those are \
             exchanged that do (RFC 8693 section 4.4).",
            &Flag,
            false,
        );
        let (targets, scopes) = (targets?, scopes?);
        let targets = declared(section, &targets, resources)?;
        let good = scopes_are_known(section, &scopes, catalogue);
        let row = ExchangePolicy {
            client_id: client_id?.into(),
            subject_clients: subject_clients?.into_iter().map(Arc::from).collect(),
            resources: targets,
            scopes: scopes.iter().map(String::as_str).collect(),
            is_named: is_named?,
        };
        let is_open = row.subject_clients.iter().any(|one| &**one == "*");
        if is_open {
            section.loosens("subject_clients", "this client may exchange any client's tokens");
        }
        if is_open && row.is_named {
            section.problem("may_act", "goes with clients that are named one by one, not with \"*\"", None);
        }
        good.then_some(row)
    })
    .inspect(|rows| name_one_each(section, rows))
}

/// A token names one who may act: two rows that want to be named in the same client's tokens contradict each other.
fn name_one_each(section: &Section<'_>, rows: &[ExchangePolicy]) {
    let named = || rows.iter().filter(|row| row.is_named);
    for (index, row) in named().enumerate() {
        let before = || named().take(index).filter(|other| other.client_id != row.client_id);
        let shared = |client: &&Arc<str>| before().any(|other| other.takes_tokens_of(client));
        if let Some(client) = row.subject_clients.iter().find(shared) {
            let message = format!("tokens of \"{client}\" can name one client in may_act, and two rows want to be it");
            section.problem("token_exchange", message, None);
        }
    }
}

/// Whether the catalogue knows these `scopes`; reports those that it does not.
pub(super) fn scopes_are_known(section: &Section<'_>, scopes: &[String], catalogue: Option<&Catalogue>) -> bool {
    let mut good = true;
    for (index, scope) in scopes.iter().enumerate() {
        if let Some((message, fix)) = catalogue.and_then(|catalogue| catalogue::unknown(catalogue, scope)) {
            section.problem_in("scopes", index, message, fix);
            good = false;
        }
    }
    good
}

/// The `resources` in their declared spelling.
pub(super) fn declared(
    section: &Section<'_>,
    written: &[Arc<str>],
    resources: Option<&Resources>,
) -> Option<Vec<Arc<str>>> {
    let Some(resources) = resources else {
        return Some(written.to_vec());
    };
    let mut found = Some(Vec::new());
    for (index, identifier) in written.iter().enumerate() {
        let known = resources.list.iter().find(|one| is_same(&one.identifier, identifier));
        if known.is_none() {
            let message = format!("\"{identifier}\" is none of [[resources]]");
            section.problem_in("resources", index, message, None);
        }
        found = found.zip(known).map(|(mut found, known)| {
            found.push(Arc::clone(&known.identifier));
            found
        });
    }
    found
}
