//! Roles of the file and of the database, and the form of one that somebody has.

use super::{frame, line, url};
use crate::view::{
    Action, Block, Cell, Column, Empty, Field, FieldKind, Form, Heading, Row, SignedInView, Table, Tone, Weight, Words,
};

/// Those of a realm: one of the file hides one of the database, and one has a long name and no end of permissions.
pub(super) fn roles() -> SignedInView {
    const LONG: &str = "donaudampfschifffahrtselektrizitaetenhauptbetriebswerk.bauunter";
    let codes = |texts: &[&str]| Cell::Codes {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    };
    let row = |name: &str, more: Option<&str>, permissions, chips, created| Row {
        cells: vec![
            Cell::Link {
                text: Words::given(name),
                href: url("/console/roles/x"),
                more: more.map(str::to_owned),
            },
            permissions,
            Cell::Chips { chips },
            created,
        ],
    };
    let of_file = || (Words::say("roles-of-file"), Tone::Plain);
    let made = || vec![(Words::say("roles-of-database"), Tone::Info)];
    let hides = (Words::say("roles-hides"), Tone::Warning);
    let at = Cell::Time { secs: 1_795_000_000 };
    let many = codes(&[
        "customers:read",
        "invoices:*",
        "subscriptions:*",
        "payments:refunds:write",
        "grantd:members:*",
    ]);
    let rows = vec![
        row(
            "desk",
            Some("مكتب الاستقبال"),
            codes(&["invoices:read"]),
            made(),
            at.clone(),
        ),
        row(LONG, None, many, made(), at),
        row(
            "member",
            None,
            codes(&["customers:*"]),
            vec![of_file(), hides],
            Cell::Nothing,
        ),
        row("owner", None, codes(&["*", "grantd:*"]), vec![of_file()], Cell::Nothing),
    ];
    let columns = ["console-role", "roles-permits", "roles-origin", "console-created"];
    let table = Table {
        caption: Words::say("console-roles"),
        filters: None,
        columns: columns.into_iter().map(|key| Column::new(Words::say(key))).collect(),
        rows,
        empty: Empty {
            title: Words::say("roles-empty"),
            text: Words::say("roles-empty-more"),
            action: None,
        },
        first: None,
        next: None,
    };
    let notice = Block::Notice {
        tone: Tone::Warning,
        title: Words::say("roles-hidden").with("names", "member"),
        text: Some(Words::say("roles-hidden-more")),
        action: None,
    };
    SignedInView {
        frame: frame(),
        heading: Heading {
            lead: Some(Words::say("roles-lead")),
            actions: vec![Action {
                label: Words::say("roles-new"),
                href: url("/console/roles/new"),
                weight: Weight::Primary,
            }],
            ..Heading::new(Words::say("console-roles"))
        },
        blocks: vec![notice, Block::Table(Box::new(table))],
    }
}

/// One that can be changed.
pub(super) fn role() -> SignedInView {
    let holders = Words::say("roles-holders-count")
        .with("members", "1204")
        .with("accounts", "3")
        .with("keys", "17");
    let chips = vec![(Words::say("roles-of-database"), Tone::Info)];
    let facts = vec![
        (Words::say("roles-origin"), Cell::Chips { chips }),
        (Words::say("roles-holders"), Cell::text(holders)),
    ];
    let form = Form {
        title: None,
        lead: Some(Words::say("roles-change-lead")),
        consequences: Vec::new(),
        action: url("/console/roles/desk"),
        ticket: "v1.sealed-form".into(),
        fields: vec![
            Field {
                hint: Some(Words::say("roles-description-hint")),
                ..line("description", "roles-description", "text", "مكتب الاستقبال")
            },
            Field {
                hint: Some(Words::say("roles-permissions-hint")),
                kind: FieldKind::Permissions {
                    groups: super::forms::choices(),
                },
                ..line("permissions", "console-permissions", "text", "")
            },
        ],
        errors: Vec::new(),
        submit: Words::say("console-save"),
        weight: Weight::Primary,
        cancel: Some(url("/console/roles")),
        picture: None,
    };
    SignedInView {
        frame: frame(),
        heading: Heading {
            back: Some((url("/console/roles"), Words::say("console-roles"))),
            actions: vec![Action {
                label: Words::say("console-delete"),
                href: url("/console/roles/desk/delete"),
                weight: Weight::Danger,
            }],
            ..Heading::new(Words::given("desk"))
        },
        blocks: vec![Block::Facts { facts }, Block::Form(Box::new(form))],
    }
}
