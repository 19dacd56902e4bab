//! Messages to a webhook, the form of one, and a letter of a development server.

use super::{action, frame, line, page, url};
use crate::link::CarryUrl;
use crate::view::{
    Block, Cell, Chip, Column, Empty, Field, FieldKind, Form, Heading, Offer, Row, SignedInView, Tab, Table, Tone,
    Weight, Words,
};

const HOOK: &str =
    "https://hooks.donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft.example/in/grantd";

fn heading(actions: Vec<crate::view::Action>) -> Heading {
    let tab = |key, href, current| Tab {
        label: Words::say(key),
        href: url(href),
        current,
    };
    Heading {
        lead: None,
        id: Some("0190aaaa0000700080000000000000ba".into()),
        chips: vec![Chip {
            text: Words::say("console-disabled"),
            tone: Tone::Warning,
        }],
        back: Some((url("/console/webhooks"), Words::say("console-webhooks"))),
        actions,
        tabs: vec![
            tab("webhooks-deliveries", "/console/webhooks/x", true),
            tab("console-settings", "/console/webhooks/x/settings", false),
        ],
        ..Heading::new(Words::given(HOOK))
    }
}

/// A list of so many webhooks: apart from those that a start of the server tries, since it should not wait for it.
pub(super) fn webhooks(count: usize) -> SignedInView {
    let row = |number: usize| Row {
        cells: vec![
            Cell::link(
                Words::given(match number % 3 {
                    0 => HOOK.to_owned(),
                    _ => format!("https://hooks.example/in/{number}"),
                }),
                url("/console/webhooks/x"),
            ),
            match number % 4 {
                0 => Cell::Codes {
                    texts: vec!["grant.ended".into(), "client.secret_rotated".into()],
                },
                more => Cell::text(Words::say("webhooks-count").with("count", more * 9)),
            },
            if number % 5 == 1 {
                Cell::chip(Words::say("console-disabled"), Tone::Warning)
            } else {
                Cell::chip(Words::say("console-enabled"), Tone::Success)
            },
            Cell::Time {
                secs: 1_795_000_000 + 86_400 * i64::try_from(number).unwrap_or_default(),
            },
        ],
    };
    let columns = ["webhooks-url", "webhooks-events", "console-state", "console-created"];
    page(Block::Table(Box::new(Table {
        caption: Words::say("console-webhooks"),
        filters: None,
        columns: columns.map(|key| Column::new(Words::say(key))).to_vec(),
        rows: (0..count).map(row).collect(),
        empty: Empty {
            title: Words::say("webhooks-empty"),
            text: Words::say("webhooks-empty-more"),
            action: None,
        },
        first: None,
        next: None,
    })))
}

/// Messages of every state.
pub(super) fn deliveries() -> SignedInView {
    let at = |secs: i64| Cell::Time {
        secs: 1_795_000_000 + secs,
    };
    let row = |event: &str, target: &str, (state, tone), tries: &str, status, next| Row {
        cells: vec![
            Cell::Link {
                text: Words::given(event),
                href: url("/console/webhooks/x/deliveries/y"),
                more: Some("0190aaaa0000700080000000000000bb".into()),
            },
            Cell::code(target),
            Cell::chip(Words::say(state), tone),
            Cell::given(tries),
            status,
            at(0),
            at(61),
            next,
        ],
    };
    let delivered = ("webhooks-delivery-delivered", Tone::Success);
    let failed = ("webhooks-delivery-failed", Tone::Danger);
    let pending = ("webhooks-delivery-pending", Tone::Info);
    let rows = vec![
        row(
            "grant.ended",
            "grant:0190aaaa0000700080000000000000ac",
            delivered,
            "1",
            Cell::given("204"),
            Cell::Nothing,
        ),
        row(
            "client.secret_rotated",
            "client:مكتب-المحاسبة",
            failed,
            "8",
            Cell::given("503"),
            Cell::Nothing,
        ),
        row(
            "user.logged_out",
            "user:7421908841290744121",
            pending,
            "3",
            Cell::Nothing,
            at(1800),
        ),
    ];
    let mut columns: Vec<Column> = [
        "webhooks-delivery-event",
        "console-audit-target",
        "console-state",
        "webhooks-delivery-tries",
        "webhooks-delivery-status",
        "console-audit-at",
        "webhooks-delivery-tried",
        "webhooks-delivery-next",
    ]
    .into_iter()
    .map(|key| Column::new(Words::say(key)))
    .collect();
    columns.iter_mut().skip(3).take(2).for_each(|column| column.end = true);
    let table = Table {
        caption: Words::say("webhooks-deliveries"),
        filters: None,
        columns,
        rows,
        empty: Empty {
            title: Words::say("webhooks-delivery-empty"),
            text: Words::say("webhooks-delivery-empty-more"),
            action: None,
        },
        first: None,
        next: Some(url("/console/webhooks/x?cursor=y")),
    };
    SignedInView {
        frame: frame(),
        heading: heading(vec![action("webhooks-delivery-replay-failed", Weight::Secondary)]),
        blocks: vec![Block::Table(Box::new(table))],
    }
}

/// The form of one, with all that it can hear of.
pub(super) fn webhook() -> SignedInView {
    let offer = |(number, name): (usize, &&str)| Offer {
        value: (*name).to_owned(),
        label: Words::given(*name),
        hint: None,
        chosen: number % 3 == 0,
    };
    let events = [
        "api_key.created",
        "client.changed",
        "client.created",
        "client.deleted",
        "client.registered",
        "client.secret_rotated",
        "grant.ended",
        "grant.narrowed",
        "member.added",
        "session.ended",
        "tenant.created",
        "token.created",
        "token.ended",
        "user.created",
        "user.deleted",
        "user.logged_out",
    ];
    let form = Form {
        title: None,
        lead: None,
        consequences: Vec::new(),
        action: url("/console/webhooks/new"),
        ticket: "v1.sealed-form".into(),
        fields: vec![
            line("url", "webhooks-url", "text", HOOK),
            Field {
                hint: Some(Words::say("webhooks-events-hint")),
                kind: FieldKind::Checks {
                    offers: events.iter().enumerate().map(offer).collect(),
                },
                ..line("events", "webhooks-events", "text", "")
            },
        ],
        errors: Vec::new(),
        submit: Words::say("console-create"),
        weight: Weight::Primary,
        cancel: Some(url("/console/webhooks")),
        picture: None,
    };
    SignedInView {
        frame: frame(),
        heading: Heading {
            lead: Some(Words::say("webhooks-new-lead")),
            back: Some((url("/console/webhooks"), Words::say("console-webhooks"))),
            ..Heading::new(Words::say("webhooks-new"))
        },
        blocks: vec![Block::Form(Box::new(form))],
    }
}

/// A letter.
pub(super) fn letter() -> SignedInView {
    const LINK: &str =
        "http://localhost:8080/reset?token=3f9KpQ2vXs7Lr0TnBc5YdWj8Zu1EaHgM3f9KpQ2vXs7Lr0TnBc5YdWj8Zu1EaHgM";
    let mut view = page(Block::Facts {
        facts: vec![
            (Words::say("console-mail-to"), Cell::given("ada@example.com")),
            (Words::say("console-audit-at"), Cell::Time { secs: 1_795_000_000 }),
        ],
    });
    view.heading = Heading {
        back: Some((url("/console/mail"), Words::say("console-mail"))),
        ..Heading::new(Words::given("A new password at Nordwind Pay"))
    };
    view.blocks.extend([
        Block::Documents {
            links: vec![(Words::given(LINK), CarryUrl::of_sample(LINK))],
        },
        Block::Snippets {
            title: Words::say("console-mail-text"),
            snippets: vec![(
                "A new password at Nordwind Pay".into(),
                format!("Hello ada@example.com,\n\nchoose a new password here:\n\n{LINK}\n\nIf that was not you, do nothing."),
            )],
        },
    ]);
    view
}
