//! Forms with every kind of field, and one that asks before something breaks.

use super::{line, offer, page, url};
use crate::view::{
    Block, Field, FieldKind, Form, FormError, Pick, PickGroup, Risk, SignedInView, Tone, Usage, Weight, Words,
};

/// Permissions with and without uses, of two groups.
pub(super) fn picks() -> Vec<PickGroup> {
    let pick = |scope: &str, title: &str, risk, chosen, used: Option<Tone>| Pick {
        scope: scope.to_owned(),
        title: Words::given(title),
        risk,
        chosen,
        covered: (scope == "invoices:write").then(|| "invoices:*".to_owned()),
        usage: used.map(|tone| Usage {
            text: Words::say("area-any"),
            tone,
        }),
    };
    vec![
        PickGroup {
            title: Words::given("Invoices"),
            picks: vec![
                pick("invoices:read", "See invoices", Risk::Read, true, Some(Tone::Success)),
                pick(
                    "invoices:write",
                    "Write invoices",
                    Risk::Change,
                    false,
                    Some(Tone::Warning),
                ),
            ],
            chosen: 1,
        },
        PickGroup {
            title: Words::given("مدفوعات"),
            picks: vec![pick("payments:send", "إرسال المدفوعات", Risk::Money, false, None)],
            chosen: 0,
        },
    ]
}

/// The same with what covers several, ticked, and scopes about the user: with long names and Arabic words among them.
pub(super) fn choices() -> Vec<PickGroup> {
    let pick = |scope: &str, title: Words, risk| Pick {
        scope: scope.to_owned(),
        title,
        risk,
        chosen: scope == "invoices:*",
        covered: scope.starts_with("invoices:w").then(|| "invoices:*".to_owned()),
        usage: None,
    };
    let group = |title: Words, picks: Vec<Pick>| PickGroup {
        chosen: picks.iter().filter(|one| one.chosen || one.covered.is_some()).count(),
        title,
        picks,
    };
    let pattern = Words::say("console-pattern").with("prefix", "invoices:");
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    let arabic = "إرسال الفواتير إلى العملاء";
    vec![
        group(
            Words::say("console-permissions-user"),
            vec![
                pick("openid", Words::say("console-about-openid"), Risk::Read),
                pick("offline_access", Words::say("console-about-offline"), Risk::Read),
            ],
        ),
        group(
            Words::given("Invoices"),
            vec![
                pick("invoices:*", pattern, Risk::Delete),
                pick("invoices:write", Words::given(arabic), Risk::Change),
                pick(
                    "invoices:write:all-branches-of-the-warehouse-at-once",
                    Words::given(long),
                    Risk::Delete,
                ),
            ],
        ),
        group(
            Words::say("console-permissions-everything"),
            vec![pick("*", Words::say("console-pattern-all"), Risk::Admin)],
        ),
    ]
}

pub(super) fn form() -> SignedInView {
    let wrong = Words::given("must not contain a fragment");
    let field = |kind| Field {
        required: true,
        kind,
        ..line("name", "console-name", "text", "")
    };
    let named = |name: &str, field: Field| Field {
        name: name.to_owned(),
        ..field
    };
    let offers = || {
        vec![
            offer("web", "console-kind-web", true),
            offer("native", "console-kind-native", false),
        ]
    };
    let mut view = page(Block::Form(Box::new(Form {
        title: Some(Words::say("console-app-new")),
        lead: Some(Words::say("console-app-lead")),
        consequences: Vec::new(),
        action: url("/console/applications/new"),
        ticket: "v1.sealed-form".into(),
        fields: vec![
            line("name", "console-name", "text", "Ledgerly"),
            Field {
                hint: Some(Words::say("console-app-lead")),
                error: Some(wrong.clone()),
                ..named(
                    "redirect_uris",
                    field(FieldKind::Lines {
                        value: "https://app.ledgerly.example/callback#x".into(),
                    }),
                )
            },
            named("kind", field(FieldKind::Radios { offers: offers() })),
            named("extras", field(FieldKind::Checks { offers: offers() })),
            named("scope", field(FieldKind::Permissions { groups: picks() })),
            named("secret", field(FieldKind::Hidden { value: "x".into() })),
            line("password", "console-name", "password", ""),
        ],
        errors: vec![
            FormError {
                field: Some("redirect_uris".into()),
                text: wrong,
            },
            FormError {
                field: None,
                text: Words::say("area-changed"),
            },
        ],
        submit: Words::say("console-app-new"),
        weight: Weight::Primary,
        cancel: Some(url("/console/applications")),
        picture: None,
    })));
    view.heading.actions.clear();
    view
}

pub(super) fn danger() -> SignedInView {
    let mut view = page(Block::Form(Box::new(Form {
        title: None,
        lead: Some(Words::say("console-app-lead")),
        consequences: vec![Words::say("console-app-empty-more"), Words::say("area-missing-more")],
        action: url("/console/applications/x/delete"),
        ticket: "v1.sealed-form".into(),
        fields: Vec::new(),
        errors: Vec::new(),
        submit: Words::say("console-delete"),
        weight: Weight::Danger,
        cancel: Some(url("/console/applications/x")),
        picture: None,
    })));
    view.heading.actions.clear();
    view
}

/// A form that was not taken, with what was filled in.
pub(super) fn kept() -> SignedInView {
    let mut view = form();
    for block in &mut view.blocks {
        if let Block::Form(form) = block {
            let says = ["area-logged-in", "area-filled-in"].map(|text| FormError {
                field: None,
                text: Words::say(text),
            });
            form.errors = says.into();
            form.fields.iter_mut().for_each(|field| field.error = None);
        }
    }
    view
}
