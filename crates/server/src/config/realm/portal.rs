//! Reading `[portal]`: who may make applications as a developer, and the most that such an application may have.

use super::catalogue::{self, SCOPE};
use crate::config::kind::{Choice, Count, Flag, ListOf, Text};
use crate::config::section::Section;
use grantd_core::admin::permission::is_own;
use grantd_core::permission::Catalogue;
use grantd_core::realm::{PortalAccess, PortalPolicy};
use grantd_core::record::UserRecord;
use grantd_protocol::ScopeSet;
use serde_json::json;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Everyone,
    Listed,
    Members,
}

const WHO: Choice<Who> = Choice(&[
    ("everyone", Who::Everyone),
    ("listed", Who::Listed),
    ("members", Who::Members),
]);

/// Reads the section. Without a catalogue (it has mistakes of its own) only the form of permissions is judged.
pub(super) fn read(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<PortalPolicy> {
    let doc = "The developers' portal: users of the realm who make applications of their own.";
    section.section("portal", doc, |section| {
        let enabled = section.or("enabled", "Whether there is one, at /developers.", &Flag, false);
        let who = section.or(
            "who",
            "Who may make applications: everyone, the listed users, or members of tenants.",
            &WHO,
            "listed",
        );
        let users = section.or(
            "users",
            "Who is listed: what they type to log in.",
            &ListOf(Text),
            json!([]),
        );
        let doc = "Whose members may; members of any tenant where none is named.";
        let tenants = section.or("tenants", doc, &ListOf(Text), json!([]));
        let doc = "Whether an operator looks at an application before everybody can use it.";
        let reviews = section.or("reviews", doc, &Flag, true);
        let permissions = permissions(section, catalogue);
        let doc = "Whether such an application may act for itself, with no user who allows it.";
        let machines = section.or("machines", doc, &Flag, false);
        let doc = "How many applications one developer may have.";
        let most = section.or("max_applications", doc, &Count { least: 1, most: 1000 }, 20);
        let (enabled, who, users, tenants) = (enabled?, who?, users?, tenants?);
        let policy = PortalPolicy {
            open_to: open_to(enabled, who, &users, tenants),
            reviews: reviews?,
            permissions: permissions?,
            machines: machines?,
            max_applications: u32::try_from(most?).unwrap_or(u32::MAX),
        };
        is_consistent(section, &policy, enabled && who == Who::Listed && users.is_empty()).then_some(policy)
    })
}

fn open_to(enabled: bool, who: Who, users: &[String], tenants: Vec<String>) -> PortalAccess {
    match who {
        _ if !enabled => PortalAccess::Nobody,
        Who::Everyone => PortalAccess::Everyone,
        Who::Listed => PortalAccess::Listed(users.iter().map(|name| UserRecord::key_of(name)).collect()),
        Who::Members => PortalAccess::Members(tenants.into_iter().map(Into::into).collect()),
    }
}

fn permissions(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<ScopeSet> {
    let doc = "The most that such an application may ask for: scopes and patterns.";
    let written = section.or("permissions", doc, &ListOf(SCOPE), json!([]))?;
    let mut good = true;
    for (index, scope) in written.iter().enumerate() {
        if is_own(scope) {
            let message = format!("\"{scope}\": the server's own permissions are not for developers to ask for");
            section.problem_in("permissions", index, message, None);
            good = false;
        } else if let Some((message, fix)) = catalogue.and_then(|catalogue| catalogue::unknown(catalogue, scope)) {
            section.problem_in("permissions", index, message, fix);
            good = false;
        }
    }
    good.then(|| written.iter().map(String::as_str).collect())
}

fn is_consistent(section: &Section<'_>, policy: &PortalPolicy, nobody_listed: bool) -> bool {
    if !policy.is_on() {
        return true;
    }
    if nobody_listed {
        let fix = Some("name who may, or write who = \"everyone\"".to_owned());
        section.problem("users", "is empty, so nobody could make an application", fix);
        return false;
    }
    if policy.permissions.is_empty() {
        let fix = Some("name what such applications may ask for, such as [\"openid\", \"invoices:read\"]".to_owned());
        section.problem(
            "permissions",
            "is empty, so no application could be permitted anything",
            fix,
        );
        return false;
    }
    if policy.machines && !policy.reviews {
        section.loosens(
            "machines",
            "every developer's application may act for itself as soon as it is submitted, and nobody looks at it before",
        );
    }
    true
}
