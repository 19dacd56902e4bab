//! Reading the permissions, in the realm's file or in one of their own, and the roles made of them.

use crate::config::document;
use crate::config::kind::{Choice, ListOf, Parsed, Text};
use crate::config::problem::{Place, Problem};
use crate::config::section::Section;
use crate::config::suggest;
use grantd_core::permission::{Catalogue, IDENTITY_SCOPES, Permission, Risk};
use grantd_protocol::ScopeSet;
use grantd_protocol::scope::{is_pattern, is_token};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

const RISKS: Choice<Risk> = Choice(&[
    ("read", Risk::Read),
    ("change", Risk::Change),
    ("delete", Risk::Delete),
    ("money", Risk::Money),
    ("admin", Risk::Admin),
]);

/// One scope or pattern.
pub(super) const SCOPE: Parsed<String> = Parsed {
    parse: |text| {
        let wrong = "is not a scope: only visible ASCII characters but \\ and \" (RFC 6749 section 3.3)";
        if is_token(text) {
            Ok(text.to_owned())
        } else {
            Err(wrong.to_owned())
        }
    },
    sample: "invoices:read",
    pattern: "^[!#-\\[\\]-~]{1,256}$",
};

/// A permission and where it stands, until all of them are known.
struct Written {
    permission: Permission,
    place: Place,
    key: String,
}

/// Reads `[[permissions]]` and `permissions_file`.
pub(super) fn read(section: &mut Section<'_>, openid: bool) -> Option<Catalogue> {
    let file = section.optional(
        "permissions_file",
        "A TOML file with further [[permissions]], relative to this file.",
        &Text,
    );
    let inline = read_list(section, openid);
    let path = file?.map(|path| section.resolve(&path));
    let further = path.map_or(Some(Vec::new()), |path| read_file(section, &path, openid));
    let all: Vec<Written> = inline?.into_iter().chain(further?).collect();
    check_together(section, &all)
        .then(|| Catalogue::new(all.into_iter().map(|written| written.permission).collect(), openid))
}

/// Reads `[[permissions]]` of the realm's file or of a file of permissions.
fn read_list(section: &mut Section<'_>, openid: bool) -> Option<Vec<Written>> {
    let doc = "The permissions (scopes) that the platform's API checks, in the order in which people see them.";
    section.each("permissions", doc, |section| permission(section, openid))
}

/// What a file of permissions may hold, for its own schema.
pub(in crate::config) fn read_document(section: &mut Section<'_>) -> Option<()> {
    read_list(section, true).map(|_| ())
}

fn permission(section: &mut Section<'_>, openid: bool) -> Option<Written> {
    let name = section.required("name", "The scope.", &SCOPE);
    let group = section.optional(
        "group",
        "The heading it stands under; from the name when absent.",
        &Text,
    );
    let description = section.required(
        "description",
        "What it lets an app do, as users read it: \"See invoices\".",
        &Text,
    );
    let risk = section.required("risk", "The worst an app can do with it.", &RISKS);
    let implies = section.or(
        "implies",
        "Permissions that come with it.",
        &ListOf(SCOPE),
        serde_json::json!([]),
    );
    if let Some(name) = &name {
        let wrong = if is_pattern(name) {
            Some("a pattern cannot be a permission; it covers some")
        } else if openid && IDENTITY_SCOPES.contains(&name.as_str()) {
            Some("OpenID Connect already defines this scope")
        } else if name.starts_with("grantd:") {
            Some("names that begin with grantd: are the server's own")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            section.problem("name", format!("\"{name}\": {wrong}"), None);
            return None;
        }
    }
    let (name, group) = (name?, group?);
    let group = group.unwrap_or_else(|| match name.split_once(':') {
        Some((resource, _)) => resource.to_owned(),
        None => "other".to_owned(),
    });
    Some(Written {
        place: section.place_of("name"),
        key: section.path_of("name"),
        permission: Permission {
            name: name.into(),
            group,
            description: description?,
            risk: risk?,
            implies: implies?.into_iter().map(Arc::from).collect(),
        },
    })
}

fn read_file(section: &Section<'_>, path: &Path, openid: bool) -> Option<Vec<Written>> {
    let name: Arc<str> = path.display().to_string().into();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            section.problem("permissions_file", format!("cannot read \"{name}\": {error}"), None);
            return None;
        }
    };
    match document::parse(&name, &text) {
        Ok(table) => section.within(&name, &table, |section| read_list(section, openid)),
        Err(problems) => {
            problems.into_iter().for_each(|problem| section.report(problem));
            None
        }
    }
}

/// Whether names are unique, and implied permissions exist and lead to no circle.
fn check_together(section: &Section<'_>, all: &[Written]) -> bool {
    let mut first: HashMap<&str, &Written> = HashMap::new();
    let mut good = true;
    let mut wrong = |written: &Written, message: String, fix: Option<String>| {
        good = false;
        section.report(Problem {
            place: written.place.clone(),
            key: written.key.clone(),
            message,
            fix,
        });
    };
    for written in all {
        let name = &*written.permission.name;
        match first.get(name) {
            Some(before) => wrong(
                written,
                format!("\"{name}\" is already a permission at {}", before.place),
                None,
            ),
            None => {
                first.insert(name, written);
            }
        }
    }
    for written in all {
        for implied in &written.permission.implies {
            if !first.contains_key(&**implied) {
                let fix = suggest::nearest(implied, first.keys().copied());
                let fix = fix.map(|near| format!("did you mean \"{near}\"?"));
                wrong(written, format!("implies \"{implied}\", which is no permission"), fix);
            } else if reaches(&first, implied, &written.permission.name) {
                wrong(written, format!("implies itself by way of \"{implied}\""), None);
            }
        }
    }
    good
}

/// Whether following `implies` from one permission comes by another.
fn reaches(all: &HashMap<&str, &Written>, from: &str, wanted: &str) -> bool {
    let mut seen: Vec<&str> = vec![from];
    let mut next = 0;
    while let Some(name) = seen.get(next).copied() {
        if name == wanted {
            return true;
        }
        let implied = all
            .get(name)
            .into_iter()
            .flat_map(|written| &written.permission.implies);
        for name in implied {
            if !seen.contains(&&**name) {
                seen.push(name);
            }
        }
        next += 1;
    }
    false
}

/// Reads `[roles.NAME]`. Without a catalogue (it has mistakes of its own) only the form is judged.
pub(super) fn read_roles(
    section: &mut Section<'_>,
    catalogue: Option<&Catalogue>,
) -> Option<BTreeMap<Arc<str>, ScopeSet>> {
    let doc = "Named sets of permissions; a user or service account has one in each tenant.";
    let roles = section.named("roles", doc, |name, section| {
        let permissions = section.required(
            "permissions",
            "Permissions and patterns: [\"invoices:*\", \"customers:read\"].",
            &ListOf(SCOPE),
        )?;
        let mut good = true;
        for (index, permission) in permissions.iter().enumerate() {
            if let Some((message, fix)) = catalogue.and_then(|catalogue| unknown(catalogue, permission)) {
                section.problem_in("permissions", index, message, fix);
                good = false;
            } else if catalogue.is_some_and(|catalogue| catalogue.is_identity_scope(permission)) {
                let message = format!("\"{permission}\" is the user's to give; no role holds it");
                section.problem_in("permissions", index, message, None);
                good = false;
            }
        }
        let set = permissions.iter().map(String::as_str).collect::<ScopeSet>();
        good.then(|| (Arc::<str>::from(name), set))
    });
    Some(roles?.into_iter().collect())
}

/// The mistake of naming a scope that does not exist.
pub(super) fn unknown(catalogue: &Catalogue, scope: &str) -> Option<(String, Option<String>)> {
    if catalogue.knows(scope) {
        return None;
    }
    let what = if is_pattern(scope) {
        "covers no permission"
    } else {
        "is no permission of this realm"
    };
    let identity = IDENTITY_SCOPES
        .contains(&scope)
        .then(|| "openid = true makes OpenID Connect's scopes known".to_owned());
    let names = catalogue.permissions().iter().map(|permission| &*permission.name);
    let near = || suggest::nearest(scope, names).map(|near| format!("did you mean \"{near}\"?"));
    Some((format!("\"{scope}\" {what}"), identity.or_else(near)))
}
