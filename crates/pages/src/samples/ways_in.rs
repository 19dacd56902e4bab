//! Samples of the pages on which users see what beside a password lets them in.

use super::Samples;
use super::account::{at, frame, told, wrong};
use crate::{
    link::LocalUrl,
    view::{
        AccountError, AccountNotice, AccountPage, OwnLink, OwnPasskey, PasskeyCreation, PasskeysState, PasskeysView,
        ProvidersView,
    },
};

/// The page of passkeys: none, a few with long names, and what can go wrong.
#[must_use]
pub fn passkeys() -> Samples<PasskeysView> {
    let creation = PasskeyCreation {
        rp_id: "id.example".into(),
        challenge: "c2FtcGxlLWNoYWxsZW5nZQ".into(),
        user_handle: "YW5uYQ".into(),
        algorithms: vec![-7, -8, -257],
    };
    let passkey = |number: i64, name: &str| OwnPasskey {
        id: format!("Y3JlZGVudGlhbC{number}"),
        name: name.into(),
        typed: None,
        synced: number == 0,
        since: at(-number - 1),
        used_at: (number != 1).then(|| at(0)),
    };
    let plain = PasskeysView {
        frame: frame(AccountPage::Passkeys),
        action: LocalUrl::of_sample("/account/passkeys"),
        passkeys: vec![
            passkey(0, "Anna’s phone"),
            passkey(1, "A key with a name that somebody made rather long to be noticed"),
            passkey(2, "מפתח & <b>"),
        ],
        state: PasskeysState::Ready(creation),
        longest_name: 60,
        typed: None,
    };
    let failed = |error| PasskeysView {
        frame: wrong(AccountPage::Passkeys, error),
        ..plain.clone()
    };
    let typed = |error| {
        let mut view = failed(error);
        let first = view.passkeys.iter_mut().take(1);
        first.for_each(|passkey| passkey.typed = Some("A name <i>that was typed".into()));
        view
    };
    let with = |state| PasskeysView { state, ..plain.clone() };
    let none = PasskeysView {
        passkeys: Vec::new(),
        ..plain.clone()
    };
    let after = |notice| PasskeysView {
        frame: told(AccountPage::Passkeys, notice),
        ..plain.clone()
    };
    vec![
        ("plain", plain.clone()),
        ("none", none),
        ("added", after(AccountNotice::PasskeyAdded)),
        ("renamed", after(AccountNotice::PasskeyRenamed)),
        ("removed", after(AccountNotice::PasskeyRemoved)),
        ("confirm", with(PasskeysState::Confirm)),
        ("full", with(PasskeysState::Full)),
        ("unavailable", with(PasskeysState::Unavailable)),
        ("elsewhere", with(PasskeysState::Elsewhere)),
        ("wrong", failed(AccountError::BadPasskey)),
        ("known", failed(AccountError::PasskeyKnown)),
        ("too-many", failed(AccountError::PasskeysFull)),
        ("name", typed(AccountError::PasskeyName)),
        ("logged-in", typed(AccountError::LoggedIn)),
        ("last", failed(AccountError::LastWayIn)),
    ]
}

/// The page of providers: none, a few with long names, one that is gone, and what can go wrong.
#[must_use]
pub fn providers() -> Samples<ProvidersView> {
    let link = |number: i64, title: &str, person: &str| OwnLink {
        id: format!("c2FtcGxlLWxpbms{number}"),
        title: title.into(),
        person: person.into(),
        since: at(-number - 1),
        used_at: (number != 1).then(|| at(0)),
        offered: number != 2,
    };
    let plain = ProvidersView {
        frame: frame(AccountPage::Providers),
        action: LocalUrl::of_sample("/account/providers"),
        links: vec![
            link(0, "Nordwind", "anna@nordwind.example"),
            link(
                1,
                "The identity service of the association of harbour authorities",
                "00u1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3w4x5y6z7a8b9c0d1e2f3",
            ),
            link(2, "old-corp", "שלום & <b>"),
        ],
        changeable: true,
    };
    let failed = |error| ProvidersView {
        frame: wrong(AccountPage::Providers, error),
        ..plain.clone()
    };
    let none = ProvidersView {
        frame: told(AccountPage::Providers, AccountNotice::LinkRemoved),
        links: Vec::new(),
        ..plain.clone()
    };
    let confirm = ProvidersView {
        changeable: false,
        ..plain.clone()
    };
    vec![
        ("plain", plain.clone()),
        ("none", none),
        ("confirm", confirm),
        ("expired", failed(AccountError::Expired)),
        ("last", failed(AccountError::LastLink)),
    ]
}
