//! Reading `[[operators]]`: who runs the realm in the console, and what each of them may do.

use super::catalogue::{SCOPE, unknown};
use crate::config::kind::{Flag, ListOf, Text};
use crate::config::section::Section;
use grantd_core::admin::permission::is_own;
use grantd_core::permission::Catalogue;
use grantd_core::realm::Operator;
use grantd_core::record::UserRecord;
use grantd_protocol::ScopeSet;
use std::collections::BTreeMap;

/// Reads the list. Without a catalogue (it has mistakes of its own) only the form of permissions is judged.
pub(super) fn read(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<BTreeMap<String, Operator>> {
    let doc = "Who runs the realm in the console.";
    let operators = section.each("operators", doc, |section| operator(section, catalogue))?;
    let mut named = BTreeMap::new();
    let mut good = true;
    for (index, (username, operator)) in operators.into_iter().enumerate() {
        if named.insert(UserRecord::key_of(&username), operator).is_some() {
            section.problem_in("operators", index, format!("\"{username}\" is there twice"), None);
            good = false;
        }
    }
    good.then_some(named)
}

fn operator(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<(String, Operator)> {
    let username = section.required("username", "What they type to log in.", &Text);
    let permissions = section.or(
        "permissions",
        "What they may do of the server's own permissions.",
        &ListOf(SCOPE),
        serde_json::json!(["grantd:*"]),
    );
    let second_step = section.or(
        "second_step",
        "Whether a password alone lets them do nothing in the console: they log in with a second step, or set one up first.",
        &Flag,
        false,
    );
    let permissions = permissions?;
    let mut good = true;
    for (index, permission) in permissions.iter().enumerate() {
        let wrong = if is_own(permission) {
            catalogue.and_then(|catalogue| unknown(catalogue, permission))
        } else {
            let message = format!("\"{permission}\" is the platform's; operators have permissions of the server's own");
            Some((
                message,
                Some("write \"grantd:*\", or some of what it covers".to_owned()),
            ))
        };
        if let Some((message, fix)) = wrong {
            section.problem_in("permissions", index, message, fix);
            good = false;
        }
    }
    let permitted = permissions.iter().map(String::as_str).collect::<ScopeSet>();
    let operator = Operator {
        permitted,
        second_step: second_step?,
    };
    good.then_some((username?, operator))
}
