//! Reading `[[authorization_details]]`: what can be asked for in detail (RFC 9396), each type with its members and the words
//! that people read for them. And `[[authentication_levels]]`: what logins are called by the methods they used.

use crate::config::kind::{Choice, Count, Flag, ListOf, Parsed, Text};
use crate::config::section::Section;
use grantd_core::details::{DetailField, DetailType, FieldKind, LOCATIONS};
use grantd_core::realm::openid::LOGIN_METHODS;
use grantd_core::realm::{AuthenticationLevel, OpenidPolicy};
use grantd_protocol::scope::is_token;
use serde_json::json;
use std::sync::Arc;

const KINDS: Choice<FieldKind> = Choice(&[
    ("text", FieldKind::Text),
    ("amount", FieldKind::Amount),
    ("number", FieldKind::Number),
    ("flag", FieldKind::Flag),
    ("list", FieldKind::List),
]);
/// What a text may have where nothing is written, in characters.
const MAX_TEXT: u32 = 140;
/// The name of a type, and of a level: they stand in lists with spaces, so they have none.
const NAME: Parsed<String> = Parsed {
    parse: |text| {
        if is_token(text) {
            Ok(text.to_owned())
        } else {
            Err("is not a name of visible ASCII characters without spaces, \\ and \"".to_owned())
        }
    },
    sample: "payment_initiation",
    pattern: "^[!#-\\[\\]-~]{1,256}$",
};
const FIELD_NAME: Parsed<String> = Parsed {
    parse: |text| {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let words = text.split('.');
        if text != "type" && text.len() <= 128 && words.clone().count() <= 3 && words.clone().all(is_word) {
            Ok(text.to_owned())
        } else {
            Err(
                "is not a name of letters, digits and _, with dots for what is within an object, two at most"
                    .to_owned(),
            )
        }
    },
    sample: "instructedAmount.currency",
    pattern: "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+){0,2}$",
};

/// Reads the types.
pub(super) fn read(section: &mut Section<'_>) -> Option<Vec<DetailType>> {
    let doc = "What can be asked for in detail (RFC 9396), with the words that people read for it.";
    let types = section.each("authorization_details", doc, detail_type)?;
    let mut good = true;
    for (index, one) in types.iter().enumerate() {
        if types.iter().take(index).any(|before| before.name == one.name) {
            let message = format!("\"{}\" is there twice", one.name);
            section.problem_in("authorization_details", index, message, None);
            good = false;
        }
    }
    good.then_some(types)
}

fn detail_type(section: &mut Section<'_>) -> Option<DetailType> {
    let name = section.required("type", "What `type` says.", &NAME);
    let title = section.required("title", "What people read above it: \"Make a payment\".", &Text);
    let without_user = section.or(
        "without_user",
        "Whether clients that act for themselves can have it, with nobody to allow it.",
        &Flag,
        false,
    );
    let fields = section.each("fields", "Its members, in the order in which people see them.", field);
    let (name, fields) = (name?, fields?);
    if without_user == Some(true) {
        section.loosens(
            "without_user",
            format!("clients get \"{name}\" for themselves without anybody's consent"),
        );
    }
    let mut good = true;
    for (index, one) in fields.iter().enumerate() {
        let clash = fields.iter().take(index).find(|before| {
            let within = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
            before.name == one.name || within(&one.name, &before.name) || within(&before.name, &one.name)
        });
        if let Some(clash) = clash {
            let message = format!("\"{}\" and \"{}\" cannot both be there", one.name, clash.name);
            section.problem_in("fields", index, message, None);
            good = false;
        }
    }
    let read = DetailType {
        name: name.into(),
        title: title?,
        fields,
        without_user: without_user?,
    };
    good.then_some(read)
}

fn field(section: &mut Section<'_>) -> Option<DetailField> {
    let name = section.required(
        "name",
        "Its name; with a dot for what is within an object.",
        &FIELD_NAME,
    );
    let label = section.required("label", "What people read before its value: \"Amount\".", &Text);
    let kind = section.required("kind", "What it holds.", &KINDS);
    let required = section.or("required", "Whether it must be there.", &Flag, false);
    let bound = Count {
        least: 1,
        most: 1_000_000_000,
    };
    let max = section.optional(
        "max",
        "Characters of a text (140 when absent), entries of a list (10), or the largest number (1000000).",
        &bound,
    );
    let values = section.or(
        "values",
        "What it may say; anything where empty.",
        &ListOf(Text),
        json!([]),
    );
    let (name, kind, max) = (name?, kind?, max?);
    if name == LOCATIONS && kind != FieldKind::List {
        section.problem("kind", "must be \"list\" for locations, which name APIs", None);
        return None;
    }
    let usual = match kind {
        FieldKind::Text => MAX_TEXT,
        FieldKind::List => 10,
        FieldKind::Amount | FieldKind::Number | FieldKind::Flag => 1_000_000,
    };
    Some(DetailField {
        name,
        label: label?,
        kind,
        required: required?,
        max: max.and_then(|max| u32::try_from(max).ok()).unwrap_or(usual),
        values: values?,
    })
}

/// Reads the levels. `elsewhere`: people log in somewhere else too, by whatever methods there are there.
pub(super) fn levels(section: &mut Section<'_>, elsewhere: bool) -> Option<OpenidPolicy> {
    let doc = "What `acr` says of logins, by the methods they used; the weakest first.";
    let levels = section.each("authentication_levels", doc, |section| {
        let name = section.required("name", "What `acr` says, and `acr_values` asks for.", &NAME);
        let methods = section.required(
            "methods",
            "What a login must have used, all of it, by the names of RFC 8176: \"pwd\", \"otp\" for a second step, \"mfa\".",
            &ListOf(Text),
        );
        let methods = methods?;
        let mut good = !methods.is_empty();
        if !good {
            section.problem("methods", "is empty, so that every login would do", None);
        }
        for (index, method) in methods.iter().enumerate() {
            // What can be advertised can be reached.
            if !elsewhere && !LOGIN_METHODS.contains(&method.as_str()) {
                let message = format!("\"{method}\" is nothing that people log in by here");
                let fix = Some(format!("use some of {}", LOGIN_METHODS.join(", ")));
                section.problem_in("methods", index, message, fix);
                good = false;
            }
        }
        let name: Arc<str> = name?.into();
        good.then_some(AuthenticationLevel { name, methods })
    })?;
    let mut good = true;
    for (index, level) in levels.iter().enumerate() {
        if levels.iter().take(index).any(|before| before.name == level.name) {
            let message = format!("\"{}\" is there twice", level.name);
            section.problem_in("authentication_levels", index, message, None);
            good = false;
        }
    }
    good.then(|| OpenidPolicy {
        levels,
        methods: LOGIN_METHODS,
        elsewhere,
        ..OpenidPolicy::default()
    })
}
