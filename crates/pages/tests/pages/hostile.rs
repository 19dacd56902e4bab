//! Whatever stands in a view, the page has the same elements and attributes: no value can add or end one.

use grantd_pages::{
    AccountFrame, AccountView, AppView, AppsOfTenant, AppsView, BarredState, BarredView, CarryUrl, ConnectedApp,
    ConsentView, ContinueView, DetailItem, DetailRow, DetailValue, DeviceState, DeviceView, ErrorView, FormPostView,
    GrantDuration, HomeEndpoint, InterstitialView, LocalUrl, LoginView, LogoutConfirmView, MessageTone, MessageView,
    Outcome, Pages, PasskeyLogin, Permission, PermissionGroup, ProviderButton, Reach, RealmHomeView, RedirectTarget,
    Requested, Risk, SessionsView, Shell, SignedOutView, TenantChoice, Trust, samples,
};

use crate::html::{pages, shell, skeleton};
use crate::signed_in;

const HOSTILE: [&str; 9] = [
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "</title></main></form><style>*{}</style>",
    "{{ 7 * 7 }}{% include 'login.html' %}{# x #}",
    "{ $app } { -brand } \u{e0f0}0\u{e0f0}",
    "\u{202e}gnp.exe\u{2066}\u{2067}",
    "a\0b\r\nc\u{2028}d<!--",
    "&quot; onfocus=alert(1) autofocus x=&quot;",
    "javascript:alert(1)//",
];

/// Every page with `text` in every field that is free text.
fn every_page(pages: &Pages, base: &Shell, text: &str) -> Vec<(&'static str, String)> {
    let text = || text.to_owned();
    let local = hostile_address;
    let carry = || CarryUrl::parse("https://a.example/\"><script>y</script>?a=1&b=';x").unwrap();
    let shell = Shell {
        realm: text(),
        logo: Some(local()),
        ..base.clone()
    };
    let target = RedirectTarget::Web { host: text() };
    let carry_on = ContinueView {
        href: carry(),
        client_name: text(),
        target: target.clone(),
        outcome: Outcome::Approved,
        delay: 0,
    };
    let form_post = FormPostView {
        action: carry(),
        fields: vec![(text(), text()), ("state".into(), text())],
        client_name: text(),
        target: RedirectTarget::App { scheme: text() },
        outcome: Outcome::Denied,
    };
    let error = ErrorView {
        code: text(),
        detail: Some(text()),
        request_id: text(),
        status: 400,
        back: Some(local()),
    };
    let interstitial = InterstitialView {
        client_name: text(),
        target: RedirectTarget::Loopback { host: text() },
        href: carry(),
        code: text(),
    };
    let barred = BarredView {
        client_name: text(),
        tenant_name: text(),
        state: BarredState::Waiting,
        back: Some((carry(), RedirectTarget::App { scheme: text() })),
    };
    let logout = LogoutConfirmView {
        action: local(),
        request: text(),
        username: text(),
        client_name: Some(text()),
    };
    let device = DeviceView {
        action: local(),
        request: text(),
        user_code: text(),
        state: DeviceState::Enter { error: None },
    };
    let message = MessageView {
        title: text(),
        body: text(),
        tone: MessageTone::Warning,
        link: Some((local(), text())),
    };
    let home = RealmHomeView {
        issuer: text(),
        metadata_url: carry(),
        endpoints: vec![HomeEndpoint {
            name: text(),
            url: carry(),
            browsable: true,
        }],
        account_url: Some(local()),
        developers_url: Some(local()),
        console_url: Some(local()),
        development: true,
    };
    let mut all = vec![
        ("login", pages.login(&login(&text), &shell)),
        ("consent", pages.consent(&consent(&text), &shell)),
        ("continue", pages.carry_on(&carry_on, &shell)),
        ("form-post", pages.form_post(&form_post, &shell)),
        ("error", pages.error(&error, &shell)),
        ("interstitial", pages.interstitial(&interstitial, &shell)),
        ("barred", pages.barred(&barred, &shell)),
        (
            "signed-out",
            pages.signed_out(
                &SignedOutView {
                    go_on: Some((carry(), target)),
                    by_itself: true,
                    frames: vec![carry()],
                },
                &shell,
            ),
        ),
        ("logout-confirm", pages.logout_confirm(&logout, &shell)),
        ("device", pages.device(&device, &shell)),
        ("message", pages.message(&message, &shell)),
        ("home", pages.realm_home(&home, &shell)),
        ("signed-in", pages.signed_in(&signed_in::page(&text), &shell)),
    ];
    all.extend(account_pages(pages, &shell, &text));
    all
}

fn hostile_address() -> LocalUrl {
    LocalUrl::parse("/x\"><script>y</script>?a=1&b='").unwrap()
}

fn login(text: &impl Fn() -> String) -> LoginView {
    LoginView {
        action: hostile_address(),
        request: text(),
        username: text(),
        error: None,
        client_name: Some(text()),
        reauthenticate: false,
        goes_on: false,
        reset_url: Some(hostile_address()),
        passkey: Some(PasskeyLogin {
            rp_id: text(),
            challenge: text(),
        }),
        providers: vec![ProviderButton {
            title: text(),
            action: hostile_address(),
        }],
    }
}

pub(crate) fn consent(text: &impl Fn() -> String) -> ConsentView {
    let permission = |reach, optional| Permission {
        scope: text(),
        title: text(),
        description: Some(text()),
        risk: Risk::Money,
        reach,
        optional,
        ticked: false,
    };
    let covers = || vec![text(), text()];
    let group = PermissionGroup {
        resource: text(),
        permissions: vec![
            permission(Reach::One, true),
            permission(Reach::Group { covers: covers() }, false),
            permission(Reach::Everything { covers: covers() }, true),
        ],
    };
    let asked = Requested {
        identity: Vec::new(),
        groups: vec![group],
    };
    let tenant = TenantChoice {
        value: text(),
        name: text(),
        role: Some(text()),
        selected: false,
    };
    ConsentView {
        action: LocalUrl::parse("/consent").unwrap(),
        request: text(),
        client_name: text(),
        trust: Trust::Unverified {
            identified_as: text(),
            from_host: Some(text()),
        },
        target: RedirectTarget::App { scheme: text() },
        loopback_only: false,
        device: Some(text()),
        username: text(),
        tenants: vec![tenant.clone(), tenant],
        requested: asked.clone(),
        already_granted: asked,
        details: vec![DetailItem {
            title: text(),
            rows: vec![DetailRow {
                label: text(),
                value: DetailValue::Texts {
                    texts: vec![text(), text()],
                },
            }],
        }],
        durations: GrantDuration::ALL.to_vec(),
        duration: GrantDuration::UntilRemoved,
        manage_url: Some(LocalUrl::parse("/apps").unwrap()),
        error: None,
    }
}

fn frame(text: &impl Fn() -> String) -> AccountFrame {
    let mut frame = samples::accounts().swap_remove(0).1.frame;
    (frame.frame.username, frame.request) = (text(), text());
    frame
}

fn account_pages(pages: &Pages, shell: &Shell, text: &impl Fn() -> String) -> Vec<(&'static str, String)> {
    vec![
        ("account", pages.account(&account(text), shell)),
        ("apps", pages.apps(&apps(text), shell)),
        ("app", pages.app(&app(text), shell)),
        ("sessions", pages.sessions(&sessions(text), shell)),
    ]
}

fn account(text: &impl Fn() -> String) -> AccountView {
    AccountView {
        frame: frame(text),
        name: Some(text()),
        ..samples::accounts().swap_remove(0).1
    }
}

fn connected(text: &impl Fn() -> String) -> ConnectedApp {
    let consent = consent(text);
    ConnectedApp {
        name: text(),
        trust: consent.trust,
        target: consent.target,
        granted: consent.requested,
        ..samples::app_pages().swap_remove(0).1.app
    }
}

fn apps(text: &impl Fn() -> String) -> AppsView {
    AppsView {
        frame: frame(text),
        tenants: vec![AppsOfTenant {
            tenant: Some(text()),
            apps: vec![connected(text), connected(text)],
        }],
        newer: None,
        older: None,
    }
}

fn app(text: &impl Fn() -> String) -> AppView {
    AppView {
        frame: frame(text),
        app: connected(text),
        tenant: Some(text()),
    }
}

fn sessions(text: &impl Fn() -> String) -> SessionsView {
    let mut view = samples::sessions().swap_remove(0).1;
    view.frame = frame(text);
    for session in &mut view.sessions {
        session.id = text();
        session.address = Some(text());
    }
    view
}

#[test]
fn no_value_changes_the_structure_of_a_page() {
    let (pages, shell) = (pages(), shell());
    let plain = every_page(pages, &shell, "plain");
    for text in HOSTILE {
        for ((name, expected), (_, hostile)) in plain.iter().zip(every_page(pages, &shell, text)) {
            assert_eq!(skeleton(expected), skeleton(&hostile), "{name} with {text:?}");
        }
    }
    assert_eq!(pages.theme_failure(), None);
}

#[test]
fn names_of_any_length_are_shown_whole() {
    let (pages, shell) = (pages(), shell());
    let long = "Donaudampfschifffahrtsgesellschaft".repeat(40);
    for (name, html) in every_page(pages, &shell, &long) {
        assert!(html.contains(&long), "{name}");
    }
}

#[test]
fn empty_values_render_too() {
    let (pages, shell) = (pages(), shell());
    every_page(pages, &shell, "");
    every_page(pages, &shell, " ");
    assert_eq!(pages.theme_failure(), None);
}
