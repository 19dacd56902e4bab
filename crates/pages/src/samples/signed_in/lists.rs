//! A list with nothing, a little and a lot in it.

use super::{action, line, offer, url};
use crate::view::{Block, Cell, Column, Empty, Field, FieldKind, Filters, Row, Sort, Table, Tone, Weight, Words};

const NAMES: [(&str, &str); 3] = [
    ("Ledgerly", "pk3v0s9mDqQ2"),
    (
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft für Rechnungswesen und Inkasso mbH",
        "7421908841290744121",
    ),
    (
        "مكتب المحاسبة الدولي",
        "https://accounting.example/clients/mcp-metadata.json",
    ),
];

pub(super) fn row(number: usize) -> Row {
    let (name, id) = NAMES.get(number % NAMES.len()).copied().unwrap_or_default();
    let state = if number % 4 == 1 {
        Cell::chip(Words::say("console-disabled"), Tone::Warning)
    } else {
        Cell::chip(Words::say("console-enabled"), Tone::Success)
    };
    Row {
        cells: vec![
            Cell::Link {
                text: Words::given(name),
                href: url("/console/applications/x"),
                more: Some(id.to_owned()),
            },
            Cell::text(Words::say("console-kind-web")),
            Cell::text(Words::say("console-count-permissions").with("count", number * 7)),
            state,
            Cell::Time {
                secs: 1_795_000_000 + 86_400 * i64::try_from(number).unwrap_or_default(),
            },
            if number % 3 == 2 {
                Cell::Nothing
            } else {
                Cell::code("acme")
            },
        ],
    }
}

pub(super) fn list(rows: Vec<Row>) -> Block {
    let paged = !rows.is_empty();
    let sorted = Sort {
        href: url("/console/applications?sort=name"),
        order: if rows.len().is_multiple_of(2) {
            "descending"
        } else {
            "ascending"
        },
    };
    let unsorted = Sort {
        href: url("/console/applications?sort=created"),
        order: "none",
    };
    let mut columns: Vec<Column> = [
        "console-name",
        "console-app-kind",
        "console-app-permissions",
        "console-state",
        "console-created",
        "console-tenant",
    ]
    .into_iter()
    .map(|key| Column::new(Words::say(key)))
    .collect();
    if let [first, _, count, _, last, ..] = columns.as_mut_slice() {
        first.sort = Some(sorted);
        count.end = true;
        last.sort = Some(unsorted);
    }
    Block::Table(Box::new(Table {
        caption: Words::say("console-applications"),
        filters: Some(Filters {
            action: url("/console/applications"),
            fields: vec![
                line("q", "console-search", "search", ""),
                Field {
                    kind: FieldKind::Select {
                        offers: vec![offer("", "area-any", true), offer("live", "console-enabled", false)],
                    },
                    ..line("state", "console-state", "text", "")
                },
            ],
            clear: None,
            finds: false,
        }),
        columns,
        rows,
        empty: Empty {
            title: Words::say("console-app-empty"),
            text: Words::say("console-app-empty-more"),
            action: Some(action("console-app-new", Weight::Primary)),
        },
        first: paged.then(|| url("/console/applications")),
        next: paged.then(|| url("/console/applications?cursor=x")),
    }))
}

/// Access tokens, each with the names of its application, user and tenant: long ones, ones without a place to break, and ones
/// that are written from right to left.
pub(super) fn tokens() -> Block {
    let users = [
        "ada@example.com",
        "bartholomew.featherstonehaugh-cholmondeley@long-department-name.example",
        "مستخدم@example.com",
    ];
    let of = |number: usize| NAMES.get(number % NAMES.len()).copied().unwrap_or_default();
    let named = |name: &str, id: &str| Cell::Link {
        text: Words::given(name),
        href: url("/console/applications/x"),
        more: Some(id.to_owned()),
    };
    let row = |number: usize| {
        let (name, id) = of(number);
        let (tenant, _) = of(number + 1);
        let user = users.get(number % users.len()).copied().unwrap_or_default();
        let codes = ["invoices:*", "grantd:service-accounts:write", "x:y"];
        Row {
            cells: vec![
                Cell::link(Words::given(name), url("/console/tokens/x")),
                named(name, id),
                named(user, "NYsP2j0ES2sh96tsNg2K0K"),
                named(tenant, "acme-berlin"),
                Cell::Codes {
                    texts: codes.iter().take(number + 1).map(|text| (*text).to_owned()).collect(),
                },
                Cell::chip(Words::say("console-token-live"), Tone::Success),
                Cell::Time { secs: 1_795_000_000 },
            ],
        }
    };
    let columns = [
        "console-token",
        "console-application",
        "console-token-user",
        "console-tenant",
        "roles-permits",
        "console-state",
        "console-ends",
    ];
    Block::Table(Box::new(Table {
        caption: Words::say("console-tokens"),
        filters: None,
        columns: columns.into_iter().map(|key| Column::new(Words::say(key))).collect(),
        rows: (0..3).map(row).collect(),
        empty: Empty {
            title: Words::say("console-token-empty"),
            text: Words::say("console-token-empty-more"),
            action: None,
        },
        first: None,
        next: None,
    }))
}
