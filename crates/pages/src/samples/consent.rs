//! Samples of the consent page, the one with the most states.

use super::{Samples, targets};
use crate::{
    link::LocalUrl,
    view::{
        ConsentError, ConsentView, DetailItem, DetailRow, DetailValue, GrantDuration, IdentityItem, IdentityScope,
        Permission, PermissionGroup, Reach, RedirectTarget, Requested, Risk, TenantChoice, Trust,
    },
};

/// Consent pages in all their states; `simple` is the one to look at first.
#[must_use]
pub fn consents() -> Samples<ConsentView> {
    let simple = simple();
    let mut consents = choices_of_tenant(&simple);
    consents.extend(self_registered(&simple));
    consents.extend(amounts(&simple));
    consents.extend(consents_in_detail());
    consents.extend(targets().into_iter().skip(2).map(|(name, target)| {
        (
            name,
            ConsentView {
                device: matches!(target, RedirectTarget::Device).then(|| "BCDF-GHJK".into()),
                target,
                ..simple.clone()
            },
        )
    }));
    consents.insert(0, ("simple", simple));
    consents
}

/// Consent pages for what is asked in detail.
#[must_use]
pub fn consents_in_detail() -> Samples<ConsentView> {
    let simple = simple();
    let row = |label: &str, texts: &[&str]| DetailRow {
        label: label.into(),
        value: DetailValue::Texts {
            texts: texts.iter().map(|text| (*text).into()).collect(),
        },
    };
    let payment = DetailItem {
        title: "Make a payment".into(),
        rows: vec![
            row("Amount", &["1234.50"]),
            row("Currency", &["EUR"]),
            row(
                "To",
                &[
                    "\u{5d7}\u{5e0}\u{5d5}\u{5ea} & S\u{f6}hne Donaudampfschifffahrtsgesellschaftskapit\u{e4}nsm\u{fc}tzen",
                ],
            ),
            row("May", &["initiate", "status", "cancel"]),
            DetailRow {
                label: "Every month".into(),
                value: DetailValue::Flag { yes: false },
            },
            DetailRow {
                label: "At once".into(),
                value: DetailValue::Flag { yes: true },
            },
        ],
    };
    let several = ConsentView {
        details: vec![payment.clone(), payment.clone()],
        ..simple.clone()
    };
    let one = ConsentView {
        details: vec![payment],
        ..simple
    };
    vec![("detail", one), ("details", several)]
}

fn choices_of_tenant(simple: &ConsentView) -> Samples<ConsentView> {
    let several = ConsentView {
        tenants: tenants(),
        trust: Trust::RegisteredByDeveloper,
        ..simple.clone()
    };
    let mut chosen = several.clone();
    chosen
        .tenants
        .iter_mut()
        .skip(1)
        .take(1)
        .for_each(|tenant| tenant.selected = true);
    let wrong = |error| ConsentView {
        error: Some(error),
        ..several.clone()
    };
    let for_user = ConsentView {
        tenants: Vec::new(),
        durations: Vec::new(),
        manage_url: None,
        ..simple.clone()
    };
    vec![
        ("tenants", several.clone()),
        ("tenant-chosen", chosen),
        ("tenant-missing", wrong(ConsentError::TenantMissing)),
        ("tenant-unknown", wrong(ConsentError::TenantUnknown)),
        ("expired", wrong(ConsentError::Expired)),
        ("for-user", for_user),
    ]
}

/// Clients that nobody vouches for.
fn self_registered(simple: &ConsentView) -> Samples<ConsentView> {
    let trust = |from_host| Trust::Unverified {
        identified_as: "Desktop Helper".into(),
        from_host,
    };
    let loopback = ConsentView {
        client_name: "Desktop Helper".into(),
        trust: trust(Some("mcp.helper.example".into())),
        target: RedirectTarget::Loopback {
            host: "127.0.0.1:49152".into(),
        },
        loopback_only: true,
        requested: with_patterns(),
        ..simple.clone()
    };
    let nameless = ConsentView {
        trust: trust(None),
        loopback_only: false,
        ..loopback.clone()
    };
    vec![("loopback", loopback), ("nameless-host", nameless)]
}

/// From no permission to many, and what is new beside what was allowed before.
fn amounts(simple: &ConsentView) -> Samples<ConsentView> {
    let asking = |requested| ConsentView {
        requested,
        ..simple.clone()
    };
    vec![
        ("nothing", asking(Requested::default())),
        ("identity", asking(every_identity())),
        (
            "later",
            ConsentView {
                already_granted: with_patterns(),
                ..simple.clone()
            },
        ),
        ("crowded", crowded_consent(30)),
    ]
}

/// A consent page with `count` permissions in groups of a dozen, every risk and some optional ones among them.
#[must_use]
pub fn crowded_consent(count: usize) -> ConsentView {
    const RESOURCES: [&str; 5] = ["Orders", "Products", "Customers", "Payments", "Reports"];
    const RISKS: [Risk; 5] = [Risk::Read, Risk::Change, Risk::Admin, Risk::Delete, Risk::Money];
    let numbers: Vec<usize> = (0..count).collect();
    let groups = numbers
        .chunks(12)
        .zip(RESOURCES.iter().cycle())
        .enumerate()
        .map(|(number, (chunk, resource))| {
            let permissions = chunk.iter().zip(RISKS.iter().cycle()).map(|(index, risk)| Permission {
                optional: index % 7 == 6,
                ..one(
                    &format!("area{number}:p{index}"),
                    &format!("{resource}: permission number {}", index + 1),
                    *risk,
                )
            });
            PermissionGroup {
                resource: format!("{resource} {}", number + 1),
                permissions: permissions.collect(),
            }
        });
    ConsentView {
        requested: Requested {
            identity: Vec::new(),
            groups: groups.collect(),
        },
        ..simple()
    }
}

fn simple() -> ConsentView {
    ConsentView {
        action: LocalUrl::of_sample("/consent"),
        request: "v1.sealed-request".into(),
        client_name: "Ledgerly".into(),
        trust: Trust::VerifiedPublisher {
            domain: "ledgerly.example".into(),
        },
        target: RedirectTarget::Web {
            host: "app.ledgerly.example".into(),
        },
        loopback_only: false,
        device: None,
        username: "anna@nordwind.example".into(),
        tenants: tenants().into_iter().take(1).collect(),
        requested: ordinary(),
        already_granted: Requested::default(),
        details: Vec::new(),
        durations: GrantDuration::ALL.to_vec(),
        duration: GrantDuration::UntilRemoved,
        manage_url: Some(LocalUrl::of_sample("/account/apps")),
        error: None,
    }
}

fn tenants() -> Vec<TenantChoice> {
    let tenant = |value: &str, name: &str, role: Option<&str>| TenantChoice {
        value: value.into(),
        name: name.into(),
        role: role.map(Into::into),
        selected: false,
    };
    vec![
        tenant("acct_1NwGmbH", "Nordwind GmbH", Some("Owner")),
        tenant("acct_2Harbor", "Harbor Coffee Roasters", Some("Accountant")),
        tenant("acct_3Test", "Sandbox", None),
    ]
}

fn one(scope: &str, title: &str, risk: Risk) -> Permission {
    Permission {
        scope: scope.into(),
        title: title.into(),
        description: None,
        risk,
        reach: Reach::One,
        optional: false,
        ticked: false,
    }
}

fn identity(scope: IdentityScope) -> IdentityItem {
    IdentityItem {
        scope,
        optional: false,
        ticked: false,
    }
}

pub(super) fn ordinary() -> Requested {
    let with_words = |permission: Permission, words: &str| Permission {
        description: Some(words.into()),
        ..permission
    };
    let optional = |permission: Permission| Permission {
        optional: true,
        ..permission
    };
    let refund = with_words(
        one("payments:refund", "Refund payments", Risk::Money),
        "Up to the amount of the original payment.",
    );
    Requested {
        identity: vec![identity(IdentityScope::Openid), identity(IdentityScope::OfflineAccess)],
        groups: vec![
            PermissionGroup {
                resource: "Orders".into(),
                permissions: vec![
                    with_words(
                        one("orders:read", "See orders", Risk::Read),
                        "With their items, amounts and addresses.",
                    ),
                    one("orders:write", "Create and change orders", Risk::Change),
                    optional(one("orders:delete", "Delete draft orders", Risk::Delete)),
                ],
            },
            PermissionGroup {
                resource: "Payments".into(),
                permissions: vec![refund],
            },
        ],
    }
}

pub(super) fn with_patterns() -> Requested {
    let covers: Vec<String> = ["See orders", "Create and change orders", "Delete draft orders"]
        .map(Into::into)
        .to_vec();
    let group = Permission {
        reach: Reach::Group { covers: covers.clone() },
        ..one("orders:*", "", Risk::Delete)
    };
    let catalogue = (1..=40).map(|number| format!("Permission number {number}"));
    let everything = Permission {
        reach: Reach::Everything {
            covers: covers.into_iter().chain(catalogue).collect(),
        },
        ..one("*", "", Risk::Admin)
    };
    let bare = Permission {
        reach: Reach::Group { covers: Vec::new() },
        optional: true,
        ..one("hooks:*", "", Risk::Change)
    };
    Requested {
        identity: vec![identity(IdentityScope::Email)],
        groups: vec![
            PermissionGroup {
                resource: "*".into(),
                permissions: vec![everything],
            },
            PermissionGroup {
                resource: "Orders".into(),
                permissions: vec![group],
            },
            PermissionGroup {
                resource: "Webhooks".into(),
                permissions: vec![bare],
            },
        ],
    }
}

fn every_identity() -> Requested {
    let scopes = [
        IdentityScope::Openid,
        IdentityScope::Profile,
        IdentityScope::Email,
        IdentityScope::Address,
        IdentityScope::Phone,
        IdentityScope::OfflineAccess,
    ];
    let items = scopes.map(|scope| IdentityItem {
        optional: scope == IdentityScope::Phone,
        ticked: true,
        ..identity(scope)
    });
    Requested {
        identity: items.to_vec(),
        groups: Vec::new(),
    }
}
