//! Samples of a user's own pages.

use super::consent::{crowded_consent, ordinary, with_patterns};
use super::{Samples, targets};
use crate::{
    link::LocalUrl,
    moment::Moment,
    qr::QrPicture,
    view::{
        AccountError, AccountFrame, AccountLink, AccountNotice, AccountPage, AccountView, AppView, AppsOfTenant,
        AppsView, Browser, ConnectedApp, Frame, LastDone, NavGroup, NavItem, PasswordView, Requested, SessionsView,
        SignedIn, System, Toast, Tone, Trust, TwoStepState, TwoStepView, Words,
    },
};

const MONTH: i64 = 30 * 86_400;

/// The start page of an account.
#[must_use]
pub fn accounts() -> Samples<AccountView> {
    let link = |(page, _, url, _)| AccountLink {
        page,
        url: LocalUrl::of_sample(url),
    };
    let plain = AccountView {
        frame: frame(AccountPage::Overview),
        pages: PAGES.into_iter().skip(1).map(link).collect(),
        name: Some("Anna Nordwind".into()),
        apps: 3,
        sessions: 1,
        more_sessions: false,
        password_changed_at: Some(at(0)),
        two_step_since: Some(at(-1)),
        passkeys: 2,
        providers: 1,
    };
    let bare = AccountView {
        name: None,
        apps: 0,
        sessions: 100,
        more_sessions: true,
        password_changed_at: None,
        two_step_since: None,
        passkeys: 0,
        providers: 0,
        ..plain.clone()
    };
    vec![("plain", plain), ("bare", bare)]
}

/// Connected applications: none, a few, and a page of many.
#[must_use]
pub fn apps() -> Samples<AppsView> {
    let view = |tenants| AppsView {
        frame: frame(AccountPage::Apps),
        tenants,
        newer: None,
        older: None,
    };
    let of = |tenant: Option<&str>, apps| AppsOfTenant {
        tenant: tenant.map(Into::into),
        apps,
    };
    let [first, second, third] = three();
    let few = view(vec![
        of(Some("Nordwind GmbH"), vec![first.clone(), second.clone()]),
        of(None, vec![third]),
    ]);
    let ended = AppsView {
        frame: told(AccountPage::Apps, AccountNotice::AppEnded),
        ..view(Vec::new())
    };
    let many = (0..300).map(|number| ConnectedApp {
        name: format!("Helper number {number} with a name that somebody made rather long to be noticed first"),
        ..if number % 2 == 0 { first.clone() } else { second.clone() }
    });
    let many = AppsView {
        newer: Some(LocalUrl::of_sample("/account/apps?page=1")),
        older: Some(LocalUrl::of_sample("/account/apps?page=3")),
        ..view(vec![of(Some("שלום & חברים"), many.collect())])
    };
    vec![("few", few), ("none", ended), ("300", many)]
}

/// One application.
#[must_use]
pub fn app_pages() -> Samples<AppView> {
    let [plain, broad, alone] = three();
    let view = |app, tenant: Option<&str>| AppView {
        frame: frame(AccountPage::Apps),
        app,
        tenant: tenant.map(Into::into),
    };
    let plain = view(plain, Some("Nordwind GmbH"));
    let failed = |error| AppView {
        frame: wrong(AccountPage::Apps, error),
        ..plain.clone()
    };
    let mut crowded = plain.clone();
    crowded.app.granted = ticked(crowded_consent(300).requested);
    vec![
        ("plain", plain.clone()),
        ("broad", view(broad, Some("Harbor Coffee Roasters"))),
        ("alone", view(alone, None)),
        ("nothing-ticked", failed(AccountError::NothingTicked)),
        ("too-many-tokens", failed(AccountError::TooManyTokens)),
        (
            "narrowed",
            AppView {
                frame: told(AccountPage::Apps, AccountNotice::AppNarrowed),
                ..plain
            },
        ),
        ("crowded", crowded),
    ]
}

/// Where somebody is signed in.
#[must_use]
pub fn sessions() -> Samples<SessionsView> {
    const KINDS: [(Option<Browser>, Option<System>); 7] = [
        (Some(Browser::Firefox), Some(System::Linux)),
        (Some(Browser::Safari), Some(System::Iphone)),
        (Some(Browser::Chrome), Some(System::Android)),
        (Some(Browser::Edge), Some(System::Windows)),
        (Some(Browser::Opera), None),
        (None, Some(System::MacOs)),
        (None, None),
    ];
    let sessions = KINDS
        .iter()
        .cycle()
        .zip(0..12)
        .map(|((browser, system), number)| SignedIn {
            id: format!("ses_{number}"),
            browser: *browser,
            system: *system,
            address: (number != 3).then(|| "2001:db8:85a3:8d3:1319:8a2e:370:7348".into()),
            place: match number {
                0 => Some(Words::say("area-place-private")),
                1 => Some(
                    Words::say("area-place-city")
                        .with("city", "Berlin")
                        .with("country", "Germany"),
                ),
                2 => Some(Words::given("مدينة الكويت")),
                _ => None,
            },
            since: at(-number),
            here: number == 0,
        });
    let many = SessionsView {
        frame: frame(AccountPage::Sessions),
        action: LocalUrl::of_sample("/account/sessions"),
        sessions: sessions.collect(),
        more: true,
    };
    let one = SessionsView {
        frame: told(AccountPage::Sessions, AccountNotice::SessionEnded),
        sessions: many.sessions.iter().take(1).cloned().collect(),
        more: false,
        ..many.clone()
    };
    vec![("many", many), ("one", one)]
}

/// The page that changes a password.
#[must_use]
pub fn passwords() -> Samples<PasswordView> {
    let view = |frame| PasswordView {
        frame,
        action: LocalUrl::of_sample("/account/password"),
        least: 8,
    };
    let failed = |error| view(wrong(AccountPage::Password, error));
    let waiting = |retry_after_seconds| failed(AccountError::TooManyAttempts { retry_after_seconds });
    vec![
        ("plain", view(frame(AccountPage::Password))),
        (
            "changed",
            view(told(AccountPage::Password, AccountNotice::PasswordChanged)),
        ),
        ("expired", failed(AccountError::Expired)),
        ("wrong", failed(AccountError::WrongPassword)),
        ("short", failed(AccountError::PasswordShort)),
        ("long", failed(AccountError::PasswordLong)),
        ("known", failed(AccountError::PasswordKnown)),
        ("differ", failed(AccountError::PasswordsDiffer)),
        ("blocked", waiting(90)),
        ("briefly-blocked", waiting(20)),
    ]
}

/// The page that sets up a second step.
#[must_use]
pub fn two_steps() -> Samples<TwoStepView> {
    let view = |frame, state| TwoStepView {
        frame,
        action: LocalUrl::of_sample("/account/two-step"),
        state,
    };
    let plain = || frame(AccountPage::TwoStep);
    let uri = "otpauth://totp/Nordwind%20Pay:anna%40nordwind.example?secret=MZXW6YTBOIMZXW6YTBOIMZXW6YTBOI7Q&issuer=Nordwind%20Pay";
    let setup = QrPicture::of(uri).ok().map(|picture| TwoStepState::Setup {
        picture,
        secret: "MZXW 6YTB OIMZ XW6Y TBOI MZXW 6YTB OI7Q".into(),
        enrolment: "v1.sealed-enrolment".into(),
    });
    let on = |codes_left| TwoStepState::On {
        since: at(-1),
        codes_left,
        renews: true,
    };
    let codes = (0..10).map(|number| format!("abcd-efgh-jk{number}{number}")).collect();
    let mut all = vec![
        ("off", view(plain(), TwoStepState::Off)),
        (
            "taken-away",
            view(told(AccountPage::TwoStep, AccountNotice::TwoStepOff), TwoStepState::Off),
        ),
        ("on", view(plain(), on(9))),
        ("elsewhere", view(plain(), TwoStepState::Elsewhere)),
        ("last-code", view(plain(), on(1))),
        ("codes", view(plain(), TwoStepState::Codes { codes })),
    ];
    if let Some(setup) = setup {
        let wrong = wrong(AccountPage::TwoStep, AccountError::WrongCode);
        all.extend([
            ("setup", view(plain(), setup.clone())),
            ("wrong-code", view(wrong, setup)),
        ]);
    }
    all
}

pub(super) fn frame(here: AccountPage) -> AccountFrame {
    let item = |(page, label, href, icon)| NavItem {
        label: Words::say(label),
        href: LocalUrl::of_sample(href),
        icon,
        current: page == here,
    };
    let items = PAGES.map(item).to_vec();
    AccountFrame {
        frame: Frame {
            product: Words::say("account-title"),
            home: LocalUrl::of_sample("/account"),
            nav: vec![NavGroup { title: None, items }],
            username: "anna@nordwind.example".into(),
            sign_out: LocalUrl::of_sample("/logout"),
            toast: None,
        },
        request: "v1.sealed-request".into(),
        error: None,
    }
}

/// The pages there are.
const PAGES: [(AccountPage, &str, &str, &str); 7] = [
    (AccountPage::Overview, "account-page-overview", "/account", "user"),
    (AccountPage::Apps, "account-page-apps", "/account/apps", "globe"),
    (
        AccountPage::Sessions,
        "account-page-sessions",
        "/account/sessions",
        "laptop",
    ),
    (
        AccountPage::Password,
        "account-page-password",
        "/account/password",
        "lock",
    ),
    (
        AccountPage::TwoStep,
        "account-page-two_step",
        "/account/two-step",
        "shield",
    ),
    (
        AccountPage::Passkeys,
        "account-page-passkeys",
        "/account/passkeys",
        "key",
    ),
    (
        AccountPage::Providers,
        "account-page-providers",
        "/account/providers",
        "badge",
    ),
];

pub(super) fn told(here: AccountPage, notice: AccountNotice) -> AccountFrame {
    let mut told = frame(here);
    told.frame.toast = Some(Toast {
        text: Words::say(notice.text()),
        tone: Tone::Success,
    });
    told
}

pub(super) fn wrong(here: AccountPage, error: AccountError) -> AccountFrame {
    AccountFrame {
        error: Some(error),
        ..frame(here)
    }
}

/// An instant this many months from the samples' present.
pub(super) fn at(months: i64) -> Moment {
    Moment::of_sample(1_795_342_500 + months * MONTH)
}

fn three() -> [ConnectedApp; 3] {
    let [web, loopback, app, _] = [0, 1, 2, 3].map(|index| targets().swap_remove(index).1);
    let plain = ConnectedApp {
        url: LocalUrl::of_sample("/account/apps/grt_1"),
        name: "Ledgerly".into(),
        trust: Trust::VerifiedPublisher {
            domain: "ledgerly.example".into(),
        },
        target: web,
        granted: ticked(ordinary()),
        allowed_at: at(-7),
        last_done: Some(LastDone {
            at: at(0),
            titles: vec!["See invoices".into(), "فواتير العملاء".into()],
            more: 2,
        }),
        last_used: Some(at(0)),
        ends_at: None,
        ends_with_session: false,
    };
    let broad = ConnectedApp {
        name: "Desktop Helper".into(),
        trust: Trust::Unverified {
            identified_as: "Desktop Helper".into(),
            from_host: Some("mcp.helper.example".into()),
        },
        target: loopback,
        granted: ticked(with_patterns()),
        last_done: None,
        last_used: None,
        ends_at: Some(at(1)),
        ..plain.clone()
    };
    let alone = ConnectedApp {
        name: "Nachtwächter".into(),
        trust: Trust::RegisteredByDeveloper,
        target: app,
        ends_with_session: true,
        ..plain.clone()
    };
    [plain, broad, alone]
}

/// What was granted, each with a box that is ticked.
fn ticked(mut granted: Requested) -> Requested {
    for item in &mut granted.identity {
        (item.optional, item.ticked) = (true, true);
    }
    for permission in granted.groups.iter_mut().flat_map(|group| &mut group.permissions) {
        (permission.optional, permission.ticked) = (true, true);
    }
    granted
}
