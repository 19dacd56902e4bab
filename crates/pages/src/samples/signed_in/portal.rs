//! The developers' portal: applications, what was refused, who uses one, and its way from a draft on.

use super::{action, forms::picks, line, list, offer, row, tab_at, url};
use crate::samples::Samples;
use crate::view::{
    Block, Cell, Chip, Column, Empty, Field, FieldKind, Filters, Form, Frame, Heading, NavGroup, NavItem, PickGroup,
    Picture, Row, SignedInView, Table, Tone, Weight, Words,
};

/// Where the samples are, below the realm's pages.
const HOME: &str = "/developers";

/// Refused requests: what happened, what was expected, what came, how to mend it.
const REFUSED: [(&str, &str, &str, &str); 3] = [
    (
        "authorize invalid_request: redirect_uri is not registered for this client",
        "https://app.ledgerly.example/callback",
        "https://app.ledgerly.example/callback/",
        "portal-mend-redirect-slash",
    ),
    (
        "token invalid_grant: the code is unknown, was used, has expired, or was issued to another client or for another redirect_uri",
        "",
        "",
        "portal-mend-code",
    ),
    (
        "authorize invalid_request: redirect_uri is not registered for this client",
        "https://app.ledgerly.example/a/very/long/path/that/nobody/would/type/by/hand/and/that/does/not/break/anywhere",
        "https://app.ledgerly.example/\u{645}\u{643}\u{62a}\u{628}/\u{627}\u{644}\u{645}\u{62d}\u{627}\u{633}\u{628}\u{629}",
        "portal-mend-redirect-path",
    ),
];

/// Every sample.
#[must_use]
pub fn portal() -> Samples<SignedInView> {
    vec![
        ("list", applications(3)),
        ("none", applications(0)),
        ("application", application()),
        ("logs", logs(3)),
        ("no-logs", logs(0)),
        ("no-hit", no_hit(false)),
        ("no-hit-yet", no_hit(true)),
        ("users", users()),
        ("permissions", permissions(picks())),
        ("review", review()),
        ("try", tried()),
    ]
}

/// Lists of 300 rows: apart, since a start of the server should not wait for them.
#[must_use]
pub fn crowded_portal() -> Samples<SignedInView> {
    vec![
        ("list-300", applications(300)),
        ("logs-300", logs(300)),
        ("permissions-300", permissions(crowded_picks())),
    ]
}

fn frame() -> Frame {
    let applications = NavItem {
        label: Words::say("console-applications"),
        href: url(HOME),
        icon: "apps",
        current: true,
    };
    Frame {
        product: Words::say("portal-product"),
        home: url(HOME),
        nav: vec![NavGroup {
            title: None,
            items: vec![applications],
        }],
        username: "a.very.long.name.of.a.developer@engineering.ledgerly.example".into(),
        sign_out: url("/logout"),
        toast: None,
    }
}

fn page(heading: Heading, blocks: Vec<Block>) -> SignedInView {
    SignedInView {
        frame: frame(),
        heading,
        blocks,
    }
}

fn applications(count: usize) -> SignedInView {
    let heading = Heading {
        lead: Some(Words::say("console-app-lead")),
        actions: vec![action("console-app-new", Weight::Primary)],
        ..Heading::new(Words::say("console-applications"))
    };
    page(heading, vec![list((0..count).map(row).collect())])
}

/// The heading of one application's pages.
fn heading(here: &'static str) -> Heading {
    let tabs = [
        ("console-app-auth", "/developers/applications/x"),
        ("console-permissions", "/developers/applications/x/permissions"),
        ("console-tokens", "/developers/applications/x/tokens"),
        ("portal-users", "/developers/applications/x/users"),
        ("portal-logs", "/developers/applications/x/logs"),
        ("console-settings", "/developers/applications/x/settings"),
        ("portal-review", "/developers/applications/x/review"),
        ("portal-try", "/developers/applications/x/try"),
    ];
    let chip = |key, tone| Chip {
        text: Words::say(key),
        tone,
    };
    Heading {
        id: Some("pk3v0s9mDqQ2".into()),
        chips: vec![
            chip("console-enabled", Tone::Success),
            chip("console-kind-web", Tone::Plain),
            chip("portal-stage-draft", Tone::Info),
        ],
        back: Some((url(HOME), Words::say("console-applications"))),
        tabs: tabs.map(|(key, href)| tab_at(key, href, key == here)).into(),
        ..Heading::new(Words::given("مكتب المحاسبة الدولي · Ledgerly"))
    }
}

fn columns(keys: &[&'static str]) -> Vec<Column> {
    keys.iter().map(|key| Column::new(Words::say(key))).collect()
}

fn table(caption: &'static str, keys: &[&'static str], rows: Vec<Row>, empty: [&'static str; 2]) -> Table {
    let [title, text] = empty.map(Words::say);
    Table {
        caption: Words::say(caption),
        filters: None,
        columns: columns(keys),
        rows,
        empty: Empty {
            title,
            text,
            action: None,
        },
        first: None,
        next: None,
    }
}

fn time(number: usize) -> Cell {
    Cell::Time {
        secs: 1_795_000_000 + 61 * i64::try_from(number).unwrap_or_default(),
    }
}

fn code(text: &str) -> Cell {
    match text {
        "" => Cell::Nothing,
        text => Cell::code(text),
    }
}

fn application() -> SignedInView {
    let secret = |name: &str, used| Row {
        cells: vec![
            Cell::link(Words::given(name), url("/developers/applications/x/secrets/1/end")),
            time(1),
            used,
            Cell::chip(Words::say("console-secret-live"), Tone::Success),
        ],
    };
    let rows = vec![
        secret("3f9K…EaHg", Cell::text(Words::say("portal-secret-unused"))),
        secret("Qz71…0bTc", Cell::chip(Words::say("portal-secret-idle"), Tone::Success)),
    ];
    let keys = [
        "console-secret",
        "console-created",
        "portal-secret-used",
        "console-ends",
    ];
    let empty = ["console-secret-empty", "console-secret-empty-more"];
    let mut heading = heading("console-app-auth");
    heading.actions = vec![action("console-secret-rotate", Weight::Secondary)];
    let redirects = [REFUSED[0].1, REFUSED[2].1].map(str::to_owned).into();
    let facts = vec![
        (Words::say("console-app-method"), Cell::code("client_secret_basic")),
        (Words::say("console-app-redirects"), Cell::Codes { texts: redirects }),
    ];
    let secrets = table("console-secrets", &keys, rows, empty);
    page(heading, vec![Block::Facts { facts }, Block::Table(Box::new(secrets))])
}

fn logs(count: usize) -> SignedInView {
    let refused = |number: usize| {
        let (what, expected, got, mend) = REFUSED.get(number % REFUSED.len()).copied().unwrap_or_default();
        let when = match number {
            2 => Cell::chip(Words::say("portal-logs-more").with("count", 41_usize), Tone::Warning),
            _ => time(number),
        };
        Row {
            cells: vec![
                when,
                Cell::given(what),
                code(expected),
                code(got),
                Cell::text(Words::say(mend)),
                Cell::code("7f3a9c0112de45b8"),
            ],
        }
    };
    let keys = [
        "portal-logs-when",
        "portal-logs-what",
        "portal-logs-expected",
        "portal-logs-got",
        "portal-logs-mend",
        "portal-logs-request",
    ];
    let empty = ["portal-logs-empty", "portal-logs-empty-more"];
    let mut table = table("portal-logs", &keys, (0..count).map(refused).collect(), empty);
    let endpoints = Field {
        kind: FieldKind::Select {
            offers: vec![offer("", "area-any", true)],
        },
        ..line("endpoint", "portal-logs-where", "text", "")
    };
    table.filters = Some(Filters {
        action: url("/developers/applications/x/logs"),
        fields: vec![
            endpoints,
            line("error", "portal-logs-error", "search", ""),
            line("request", "portal-logs-request", "search", ""),
        ],
        clear: None,
        finds: false,
    });
    table.next = (count > 3).then(|| url("/developers/applications/x/logs?cursor=x"));
    let mut heading = heading("portal-logs");
    heading.lead = Some(Words::say("portal-logs-lead"));
    page(heading, vec![Block::Table(Box::new(table))])
}

/// The same where nothing is like what was asked for; `yet` says that there is more to look through.
fn no_hit(yet: bool) -> SignedInView {
    let here = || url("/developers/applications/x/logs");
    let mut view = logs(0);
    for block in &mut view.blocks {
        if let Block::Table(table) = block {
            table.next = yet.then(here);
            table
                .filters
                .iter_mut()
                .for_each(|filters| filters.clear = Some(here()));
        }
    }
    view
}

fn users() -> SignedInView {
    let rows = [
        "0192f3a4-user",
        "مستخدم-12",
        "c-7421908841290744121-of-the-eastern-branch",
    ];
    let rows = rows.map(|user| Row {
        cells: vec![
            Cell::code(user),
            code(if user.starts_with('c') { "acme-berlin" } else { "" }),
            Cell::Codes {
                texts: vec!["invoices:read".into(), "customers:*".into()],
            },
            time(0),
            time(5_000),
        ],
    });
    let keys = [
        "portal-users-user",
        "portal-users-tenant",
        "portal-users-scopes",
        "portal-users-since",
        "portal-users-changed",
    ];
    let empty = ["portal-users-empty", "portal-users-empty-more"];
    let mut heading = heading("portal-users");
    heading.lead = Some(Words::say("portal-users-lead"));
    let table = table("portal-users", &keys, rows.into(), empty);
    page(heading, vec![Block::Table(Box::new(table))])
}

/// What the application may ask for, with the consent page beside it.
fn permissions(groups: Vec<PickGroup>) -> SignedInView {
    let form = Form {
        title: None,
        lead: None,
        consequences: Vec::new(),
        action: url("/developers/applications/x/permissions"),
        ticket: "v1.sealed-form".into(),
        fields: vec![Field {
            hint: Some(Words::say("console-permissions-hint")),
            kind: FieldKind::Permissions { groups },
            ..line("scope", "console-app-permissions", "text", "")
        }],
        errors: Vec::new(),
        submit: Words::say("console-save"),
        weight: Weight::Primary,
        cancel: None,
        picture: Some(Picture {
            action: url("/developers/applications/x/permissions/preview"),
            first: Some(url("/developers/applications/x/permissions/preview")),
        }),
    };
    let mut heading = heading("console-permissions");
    heading.actions = vec![action("console-trim", Weight::Primary)];
    let used = Block::Notice {
        tone: Tone::Info,
        title: Words::say("console-usage-unknown"),
        text: Some(Words::say("console-usage-unknown-more")),
        action: None,
    };
    page(heading, vec![used, Block::Form(Box::new(form))])
}

/// A platform's whole catalogue.
fn crowded_picks() -> Vec<PickGroup> {
    let group = |number: usize| {
        let mut group = picks().swap_remove(0);
        group.title = Words::given(format!("Resource {number} of the warehouse and its many branches"));
        group.picks = group.picks.iter().cycle().take(15).cloned().collect();
        for (place, pick) in group.picks.iter_mut().enumerate() {
            pick.scope = format!("resource-{number}:action-{place}");
            pick.chosen = place == 0;
            pick.covered = None;
        }
        group
    };
    (0..20).map(group).collect()
}

fn review() -> SignedInView {
    let form = Form {
        title: Some(Words::say("portal-testers")),
        lead: Some(Words::say("portal-testers-lead")),
        consequences: Vec::new(),
        action: url("/developers/applications/x/review"),
        ticket: "v1.sealed-form".into(),
        fields: vec![Field {
            hint: Some(Words::say("portal-testers-hint")),
            kind: FieldKind::Lines {
                value: "bob@example.com\n\u{645}\u{62e}\u{62a}\u{628}\u{631}@example.com".into(),
            },
            ..line("testers", "portal-testers-names", "text", "")
        }],
        errors: Vec::new(),
        submit: Words::say("portal-testers-save"),
        weight: Weight::Primary,
        cancel: None,
        picture: None,
    };
    let mut heading = heading("portal-review");
    heading.actions = vec![action("portal-submit", Weight::Primary)];
    let stands = Block::Notice {
        tone: Tone::Info,
        title: Words::say("portal-is-draft"),
        text: Some(Words::say("portal-note").with("note", "Say in its name whose it is.")),
        action: None,
    };
    page(heading, vec![stands, Block::Form(Box::new(form))])
}

fn tried() -> SignedInView {
    let step = |number: &str, text: &str| (number.to_owned(), text.to_owned());
    let steps = vec![
        step(
            "1",
            "GET https://id.nordwind.example/authorize\n  ?response_type=code\n  &client_id=pk3v0s9mDqQ2\n  &redirect_uri=https://id.nordwind.example/developers/applications/pk3v0s9mDqQ2/try/back",
        ),
        step("2", "code=gd_ac_…\nstate=v1.sea…"),
    ];
    let mut heading = heading("portal-try");
    heading.lead = Some(Words::say("portal-try-lead"));
    let shown = Block::Snippets {
        title: Words::say("portal-try-steps"),
        snippets: steps,
    };
    let done = Block::Notice {
        tone: Tone::Success,
        title: Words::say("portal-try-done"),
        text: None,
        action: Some((url("/developers/applications/x/logs"), Words::say("portal-logs"))),
    };
    page(heading, vec![done, shown])
}
