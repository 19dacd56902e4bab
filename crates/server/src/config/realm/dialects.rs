//! Reading `[dialects.NAME]` and `dialect`: how a platform's clients spell requests where that is not the standard form.

use super::dialect::{Case, Dialect, Dialects, ErrorShape, STANDARD, Separator};
use crate::config::kind::{Choice, Flag, Parsed};
use crate::config::section::Section;
use crate::config::suggest;
use grantd_core::permission::Catalogue;

const CASES: Choice<Case> = Choice(&[("snake_case", Case::Snake), ("camelCase", Case::Camel)]);
const SEPARATORS: Choice<Separator> = Choice(&[("space", Separator::Space), ("comma", Separator::Comma)]);
const SHAPES: Choice<ErrorShape> = Choice(&[("standard", ErrorShape::Standard), ("nested", ErrorShape::Nested)]);
/// The name of a dialect, or `standard`.
pub(super) const NAME: Parsed<String> = Parsed {
    parse: |text| {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if plain && (1..=64).contains(&text.len()) {
            Ok(text.to_owned())
        } else {
            Err("is not a name of lower-case letters, digits and hyphens".to_owned())
        }
    },
    sample: "payments",
    pattern: "^[a-z0-9-]{1,64}$",
};

/// Reads both.
pub(super) fn read(section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<Dialects> {
    let doc = "Other ways in which clients may spell requests; the standard form is always served beside them.";
    let all = section.named("dialects", doc, |name, section| dialect(name, section, catalogue));
    let default = section.optional(
        "dialect",
        "The dialect of clients that name none; only the standard form when absent.",
        &NAME,
    );
    let (all, default) = (all?, default?);
    if let Some(asked) = &default
        && !all.iter().any(|dialect| *dialect.name == **asked)
    {
        let fix = suggest::fix(asked, all.iter().map(|dialect| &*dialect.name));
        section.problem("dialect", format!("\"{asked}\" is not one of [dialects]"), fix);
        return None;
    }
    Some(Dialects::new(all, default.as_deref()))
}

fn dialect(name: &str, section: &mut Section<'_>, catalogue: Option<&Catalogue>) -> Option<Dialect> {
    let parameters = section.or(
        "parameters",
        "How parameter names are spelled: \"snake_case\" or \"camelCase\".",
        &CASES,
        "snake_case",
    );
    let replies = section.or(
        "replies",
        "How the members of replies are spelled.",
        &CASES,
        "snake_case",
    );
    let json_bodies = section.or("json_bodies", "Whether a body may be a JSON object.", &Flag, false);
    let scope_separator = section.or(
        "scope_separator",
        "What stands between two scopes: \"space\" or \"comma\".",
        &SEPARATORS,
        "space",
    );
    let infer_grant_type = section.or(
        "infer_grant_type",
        "Whether a token request without grant_type is taken for what its code or refresh token says.",
        &Flag,
        false,
    );
    let expiry = section.or(
        "refresh_token_expires_in",
        "Whether token replies say in how many seconds the refresh token ends.",
        &Flag,
        false,
    );
    let scope_in_replies = section.or("scope_in_replies", "Whether token replies have scope.", &Flag, true);
    let errors = section.or(
        "errors",
        "How errors look: \"standard\", or \"nested\": {\"error\":{\"code\":..,\"message\":..}}.",
        &SHAPES,
        "standard",
    );
    let dialect = Dialect {
        name: name.into(),
        parameters: parameters?,
        replies: replies?,
        json_bodies: json_bodies?,
        scope_separator: scope_separator?,
        infer_grant_type: infer_grant_type?,
        refresh_token_expires_in: expiry?,
        scope_in_replies: scope_in_replies?,
        errors: errors?,
    };
    report_loosenings(section, &dialect);
    check(section, &dialect, catalogue).then_some(dialect)
}

fn report_loosenings(section: &Section<'_>, dialect: &Dialect) {
    if dialect.infer_grant_type {
        section.loosens(
            "infer_grant_type",
            "a token request need not say what it wants: its other parameters decide",
        );
    }
    if !dialect.scope_in_replies {
        section.loosens(
            "scope_in_replies",
            "a client is not told when it got less than it asked for (RFC 6749 section 5.1)",
        );
    }
}

fn check(section: &Section<'_>, dialect: &Dialect, catalogue: Option<&Catalogue>) -> bool {
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let name = &*dialect.name;
    if name == STANDARD || (NAME.parse)(name).is_err() {
        wrong.push((
            "parameters",
            format!("\"{name}\" cannot be the name of a dialect; use lower-case letters, digits and hyphens"),
        ));
    }
    let is_told_apart = dialect.parameters == Case::Camel || dialect.json_bodies || dialect.infer_grant_type;
    if !is_told_apart {
        let message = "nothing tells this dialect's requests from standard ones: it needs camelCase parameters, JSON \
                       bodies or an inferred grant type";
        wrong.push(("parameters", message.to_owned()));
    }
    let permissions = catalogue.map_or(&[][..], Catalogue::permissions);
    let with_comma = permissions.iter().find(|permission| permission.name.contains(','));
    if let (Separator::Comma, Some(permission)) = (dialect.scope_separator, with_comma) {
        let message = format!("the permission \"{}\" has a comma in its name", permission.name);
        wrong.push(("scope_separator", message));
    }
    for (key, message) in &wrong {
        section.problem(key, message.as_str(), None);
    }
    wrong.is_empty()
}
