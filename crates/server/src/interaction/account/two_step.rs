//! Setting up, renewing and taking away the second step of one's login. Each asks for a login that is not long ago, and
//! passed the second step where there is one: neither an open browser nor the password alone may lock the owner out.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, commit, done, moment};
use crate::error::{Failure, Fault};
use crate::interaction::form;
use crate::interaction::login;
use crate::interaction::second_step::{is_needed, sealed};
use crate::interaction::ticket::{self, Purpose};
use crate::reply::Reply;
use crate::request::Request;
use crate::signed_in::local;
use grantd_core::change::Change;
use grantd_core::second_factor::{self, draw_recovery_codes, shown, totp};
use grantd_jose::{base64url_decode, base64url_encode};
use grantd_pages::{AccountError, AccountNotice, QrPicture, TwoStepState, TwoStepView};
use grantd_protocol::{OAuthError, ScopeSet};

/// Shows the page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let factors = signed.user.factors.as_ref();
    let state = match factors.and_then(|factors| Some((factors, factors.totp.as_ref()?))) {
        None if signed.adds_factors() => TwoStepState::Off,
        None => TwoStepState::Elsewhere,
        Some((factors, totp)) => TwoStepState::On {
            since: moment(totp.since)?,
            codes_left: factors.recovery.len(),
            renews: signed.adds_factors(),
        },
    };
    page(request, frame, state)
}

fn page(request: &Request<'_>, frame: Frame<'_>, state: TwoStepState) -> Result<Reply, Failure> {
    let action = local(request, Page::TwoStep.path())?;
    frame.page(ScopeSet::empty(), |frame, shell| {
        let view = TwoStepView { frame, action, state };
        request.app.pages.two_step(&view, shell)
    })
}

/// Answers the page's forms.
///
/// # Errors
/// When the store does not answer; for a form without a decision.
pub(super) async fn answer(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let here = Page::TwoStep.path();
    if !signed.has_proved(request) {
        return login::show_for_account(request, here, Some(&signed.user.username));
    }
    let frame = || Frame::new(request, signed, Page::TwoStep);
    let has_one = is_needed(&signed.user);
    let key = &request.app.recovery_codes;
    match (form.params.get("decision"), has_one) {
        // The page offers none of them to whom the app logs in.
        (Some("begin" | "confirm" | "codes"), _) if !signed.adds_factors() => show(request, signed, frame().expired()),
        (Some("begin"), false) => set_up(request, signed, frame(), &totp::draw_secret(&*request.app.entropy)),
        (Some("confirm"), false) => confirm(request, signed, form).await,
        (Some("codes"), true) => {
            let codes = draw_recovery_codes(&*request.app.entropy);
            let deed = signed.deed(request);
            let change = second_factor::new_recovery_codes(&signed.user, &codes, key, &deed);
            with_codes(request, signed, change, &codes).await
        }
        (Some("off"), true) => {
            let change = second_factor::take_away(&signed.user, &signed.deed(request));
            if commit(request, change).await? {
                return done(request, here, AccountNotice::TwoStepOff);
            }
            show(request, signed, frame().expired())
        }
        // In another tab it was done already.
        (Some("begin" | "confirm" | "codes" | "off"), _) => show(request, signed, frame().expired()),
        _ => Err(OAuthError::invalid_request("the form has no decision").into()),
    }
}

/// Shows a secret, which comes back in a ticket.
fn set_up(request: &Request<'_>, signed: &Signed, frame: Frame<'_>, secret: &[u8]) -> Result<Reply, Failure> {
    let uri = totp::uri(
        &request.realm.config.branding.display_name,
        &signed.user.username,
        secret,
    );
    // A name that is too long for a picture is left out of it.
    let short = || QrPicture::of(&totp::uri("grantd", "", secret));
    let picture = QrPicture::of(&uri).or_else(|_| short());
    let state = TwoStepState::Setup {
        picture: picture.map_err(|_| Fault::Broken("a secret does not fit into a picture"))?,
        secret: grouped(&totp::base32(secret)),
        enrolment: form::for_session(
            request,
            Purpose::Enrolment,
            &signed.session,
            &base64url_encode(secret),
            ScopeSet::empty(),
        ),
    };
    page(request, frame, state)
}

fn grouped(text: &str) -> String {
    shown(text).replace('-', " ")
}

async fn confirm(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let opened = form
        .params
        .get("enrolment")
        .and_then(|text| ticket::open(request, Purpose::Enrolment, text))
        .filter(|ticket| ticket.bound_to == signed.session.id.to_string())
        .and_then(|ticket| base64url_decode(ticket.request.as_bytes()).ok());
    let Some(secret) = opened else {
        let frame = Frame::new(request, signed, Page::TwoStep);
        return show(request, signed, frame.expired());
    };
    let typed = form.params.get("otp").unwrap_or_default();
    let Some(step) = totp::accept(&secret, 0, typed, request.now) else {
        let frame = Frame::wrong(request, signed, Page::TwoStep, AccountError::WrongCode);
        return set_up(request, signed, frame, &secret);
    };
    let codes = draw_recovery_codes(&*request.app.entropy);
    let (user, key) = (&signed.user, &request.app.recovery_codes);
    let sealed = sealed(request, user, &secret);
    let change = second_factor::set_up(user, sealed, step, &codes, key, &signed.deed(request));
    with_codes(request, signed, change, &codes).await
}

/// Commits, and shows the codes that were made: this once.
async fn with_codes(
    request: &Request<'_>,
    signed: &Signed,
    change: Change,
    codes: &[String],
) -> Result<Reply, Failure> {
    let frame = Frame::new(request, signed, Page::TwoStep);
    if !commit(request, change).await? {
        return show(request, signed, frame.expired());
    }
    let codes = codes.iter().map(|code| shown(code)).collect();
    page(request, frame, TwoStepState::Codes { codes })
}
