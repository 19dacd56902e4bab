//! Pages for somebody who is signed in: every block, with nothing, a little and a lot in it, long names, and names that
//! are written from right to left.
mod forms;
mod lists;
mod portal;
mod roles;
mod webhooks;

pub use self::portal::{crowded_portal, portal};

use self::{
    forms::{danger, form, kept},
    lists::{list, row, tokens},
    roles::{role, roles},
    webhooks::{deliveries, letter, webhook, webhooks},
};
use super::Samples;
use crate::{
    link::{CarryUrl, LocalUrl},
    view::{
        Action, Block, Cell, Chip, Empty, Field, FieldKind, Figure, Frame, Heading, NavGroup, NavItem, Offer, Share,
        SignedInView, Slot, Tab, Toast, Tone, Weight, Words,
    },
};

/// Every sample.
#[must_use]
pub fn all() -> Samples<SignedInView> {
    let rows = |count: usize| (0..count).map(row).collect();
    vec![
        ("list", page(list(rows(3)))),
        ("list-down", page(list(rows(2)))),
        ("tokens", page(tokens())),
        ("none", page(list(Vec::new()))),
        ("object", object()),
        ("overview", overview()),
        ("form", form()),
        ("form-kept", kept()),
        ("danger", danger()),
        ("deliveries", deliveries()),
        ("webhook", webhook()),
        ("roles", roles()),
        ("role", role()),
        ("letter", letter()),
    ]
}

/// Lists of 300 rows: apart, since a start of the server should not wait for it.
#[must_use]
pub fn many() -> Samples<SignedInView> {
    vec![
        ("many", page(list((0..300).map(row).collect()))),
        ("webhooks-300", webhooks(300)),
    ]
}

fn url(url: &'static str) -> LocalUrl {
    LocalUrl::of_sample(url)
}

fn frame() -> Frame {
    let item = |key, href, icon, current| NavItem {
        label: Words::say(key),
        href: url(href),
        icon,
        current,
    };
    let group = |title: Option<&'static str>, items| NavGroup {
        title: title.map(Words::say),
        items,
    };
    Frame {
        product: Words::say("console-product"),
        home: url("/console"),
        nav: vec![
            group(None, vec![item("console-overview", "/console", "gauge", false)]),
            group(
                Some("console-group-access"),
                vec![
                    item("console-applications", "/console/applications", "apps", true),
                    item("console-tokens", "/console/tokens", "ticket", false),
                    item("console-api-keys", "/console/api-keys", "key", false),
                ],
            ),
            group(
                Some("console-group-people"),
                vec![
                    item("console-users", "/console/users", "users", false),
                    item("console-tenants", "/console/tenants", "house", false),
                ],
            ),
        ],
        username: "operator@nordwind.example".into(),
        sign_out: url("/logout"),
        toast: None,
    }
}

fn page(block: Block) -> SignedInView {
    SignedInView {
        frame: frame(),
        heading: Heading {
            lead: Some(Words::say("console-app-lead")),
            actions: vec![action("console-app-new", Weight::Primary)],
            ..Heading::new(Words::say("console-applications"))
        },
        blocks: vec![block],
    }
}

fn action(key: &'static str, weight: Weight) -> Action {
    Action {
        label: Words::say(key),
        href: url("/console/applications/new"),
        weight,
    }
}

fn line(name: &str, label: &'static str, input: &'static str, value: &str) -> Field {
    Field {
        name: name.to_owned(),
        label: Words::say(label),
        hint: None,
        required: false,
        error: None,
        kind: FieldKind::Line {
            value: value.to_owned(),
            input,
        },
    }
}

fn offer(value: &str, label: &'static str, chosen: bool) -> Offer {
    Offer {
        value: value.to_owned(),
        label: Words::say(label),
        hint: Some(Words::say("console-app-lead")),
        chosen,
    }
}

fn tab_at(key: &'static str, href: &'static str, current: bool) -> Tab {
    Tab {
        label: Words::say(key),
        href: url(href),
        current,
    }
}

fn tabs() -> Vec<Tab> {
    vec![
        tab_at("console-name", "/console/applications/x", true),
        tab_at("console-permissions", "/console/applications/x/permissions", false),
        tab_at("console-tokens", "/console/applications/x/tokens", false),
        tab_at("console-settings", "/console/applications/x/settings", false),
    ]
}

fn object() -> SignedInView {
    let fact = |key, cell| (Words::say(key), cell);
    SignedInView {
        frame: Frame {
            toast: Some(Toast {
                text: Words::say("console-done-saved"),
                tone: Tone::Success,
            }),
            ..frame()
        },
        heading: Heading {
            title: Words::given("Ledgerly"),
            lead: None,
            id: Some("pk3v0s9mDqQ2".into()),
            chips: vec![
                Chip {
                    text: Words::say("console-enabled"),
                    tone: Tone::Success,
                },
                Chip {
                    text: Words::say("console-kind-web"),
                    tone: Tone::Plain,
                },
            ],
            back: Some((url("/console/applications"), Words::say("console-applications"))),
            actions: vec![action("console-delete", Weight::Danger)],
            tabs: tabs(),
        },
        blocks: vec![
            notice(Tone::Warning),
            Block::Secret {
                title: Words::say("console-name"),
                text: Words::say("console-app-lead"),
                value: "3f9KpQ2vXs7Lr0TnBc5YdWj8Zu1EaHgM".into(),
                file: Some(("ledgerly.env".into(), "CLIENT_ID=pk3v0s9mDqQ2\nCLIENT_SECRET=\"x&y\"\n".into())),
            },
            Block::Facts {
                facts: vec![
                    fact("console-name", Cell::given("Ledgerly")),
                    fact(
                        "console-app-permissions",
                        Cell::Codes {
                            texts: vec!["invoices:read".into(), "invoices:write".into()],
                        },
                    ),
                    fact(
                        "console-state",
                        Cell::Chips {
                            chips: vec![
                                (Words::say("console-enabled"), Tone::Success),
                                (Words::say("console-disabled"), Tone::Danger),
                            ],
                        },
                    ),
                    fact(
                        "console-tenant",
                        Cell::Quiet {
                            text: Words::say("area-any"),
                        },
                    ),
                    fact(
                        "console-audit",
                        Cell::Change {
                            before: Some("[\"invoices:*\"]".into()),
                            after: Some("[\"invoices:read\"]".into()),
                        },
                    ),
                ],
            },
            Block::Snippets {
                title: Words::say("console-name"),
                snippets: vec![
                    (
                        "curl".into(),
                        "curl -s -u \"$CLIENT_ID:$CLIENT_SECRET\" https://id.nordwind.example/token -d grant_type=client_credentials"
                            .into(),
                    ),
                    ("Python".into(), "import os\nprint(os.environ[\"CLIENT_ID\"])".into()),
                ],
            },
        ],
    }
}

fn notice(tone: Tone) -> Block {
    Block::Notice {
        tone,
        title: Words::say("area-missing"),
        text: Some(Words::say("area-missing-more")),
        action: Some((url("/console"), Words::say("console-overview"))),
    }
}

/// A day of tokens and who got them, and of refused requests and why.
fn drawings() -> [Block; 4] {
    let column = |hour: i64, height: i64| {
        let height = u8::try_from(height % 101).unwrap_or_default();
        Slot {
            secs: 1_795_000_000 + 3_600 * hour,
            count: usize::from(height) * 12,
            height,
        }
    };
    let share = |(name, count, width): (&str, usize, u8)| Share {
        name: name.to_owned(),
        of: None,
        href: Some(url("/console/applications/x")),
        count,
        width,
    };
    let reason = |(name, of, count, width): (&str, &str, usize, u8)| Share {
        name: name.to_owned(),
        of: Some(of.to_owned()),
        href: None,
        count,
        width,
    };
    let reasons = [
        ("invalid_client", "token", 41, 100),
        ("no_credential", "gate", 12, 29),
        ("unsupported_token_type", "introspect", 1, 2),
    ];
    let of = [
        ("pk3v0s9mDqQ2", 812, 100),
        ("https://accounting.example/clients/mcp-metadata.json", 96, 12),
        ("nightly", 3, 1),
    ];
    [
        Block::Columns {
            title: Words::say("console-chart-issued"),
            lead: Words::say("console-chart-issued-more").with("count", 911_usize),
            columns: (0..24).map(|hour| column(hour, hour * 37)).collect(),
        },
        Block::Shares {
            title: Words::say("console-chart-clients"),
            shares: of.map(share).to_vec(),
        },
        Block::Columns {
            title: Words::say("console-chart-refused"),
            lead: Words::say("console-chart-issued-more").with("count", 54_usize),
            columns: (0..24).map(|hour| column(hour, hour * hour * 13)).collect(),
        },
        Block::Shares {
            title: Words::say("console-chart-reasons"),
            shares: reasons.map(reason).to_vec(),
        },
    ]
}

fn overview() -> SignedInView {
    let figure = |label, value: &str, tone| Figure {
        label: Words::say(label),
        value: Words::given(value),
        hint: (tone == Tone::Warning).then(|| Words::say("area-missing")),
        href: Some(url("/console/applications")),
        tone,
    };
    let mut view = page(Block::Figures {
        figures: vec![
            figure("console-applications", "17", Tone::Plain),
            figure("console-tokens", "200+", Tone::Plain),
            figure("console-users", "4 821", Tone::Plain),
            figure("console-tenants", "312", Tone::Plain),
            figure("console-keys", "ES256, RS256", Tone::Warning),
        ],
    });
    view.blocks.extend(drawings());
    view.blocks.push(Block::Actions {
        actions: vec![action("console-member-add", Weight::Primary)],
    });
    view.blocks.extend([
        notice(Tone::Info),
        notice(Tone::Success),
        notice(Tone::Danger),
        Block::Section {
            title: Words::say("console-audit"),
            lead: Some(Words::say("console-app-lead")),
        },
        Block::Empty(Empty {
            title: Words::say("console-app-empty"),
            text: Words::say("console-app-empty-more"),
            action: None,
        }),
        Block::Documents {
            links: vec![(
                Words::say("console-overview"),
                CarryUrl::of_sample("https://id.nordwind.example/.well-known/oauth-authorization-server"),
            )],
        },
    ]);
    view
}
