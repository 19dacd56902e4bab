//! Adding, naming and removing one's passkeys. Each asks for a login that is not long ago, as the second step does: an open
//! browser is not enough to let somebody else in for good. The browser's part is a script's; everything else is forms.

use super::frame::Frame;
use super::signed::{Answer, Signed};
use super::{Page, commit, done, moment};
use crate::error::Failure;
use crate::interaction::login;
use crate::interaction::passkey::{bytes, challenge};
use crate::realm::RelyingParty;
use crate::reply::{self, Reply};
use crate::request::Request;
use crate::signed_in::{self, local};
use grantd_core::SingleUse;
use grantd_core::change::Change;
use grantd_core::passkey::kept::{self, MAX_HANDLE, MAX_NAME, MOST, Problem};
use grantd_core::passkey::{ALGORITHMS, Ceremony, Created, create};
use grantd_core::record::Passkey;
use grantd_jose::base64url_encode;
use grantd_pages::{AccountError, AccountNotice, OwnPasskey, PasskeyCreation, PasskeysState, PasskeysView};
use grantd_protocol::{OAuthError, ScopeSet, Seconds};
use grantd_store::Store;
use http::header::SET_COOKIE;

/// No form of an account lives longer, so that a challenge that is forgotten then is worthless.
const CHALLENGE_KEPT: Seconds = Seconds(3600);

/// Shows the page.
///
/// # Errors
/// Never for a configuration that was accepted.
pub(super) fn show(request: &Request<'_>, signed: &Signed, frame: Frame<'_>) -> Result<Reply, Failure> {
    let action = local(request, Page::Passkeys.path())?;
    let mut passkeys = signed
        .user
        .passkeys()
        .iter()
        .map(shown)
        .collect::<Result<Vec<_>, _>>()?;
    let typed_into = |decision, field| Some(frame.kept(decision)?.value(field)?.to_owned());
    if let Some(id) = typed_into("rename", "passkey") {
        let named = passkeys.iter_mut().filter(|passkey| passkey.id == id);
        named.for_each(|passkey| passkey.typed = typed_into("rename", "name"));
    }
    let typed = typed_into("add", "name");
    let party = party(request, signed);
    let (has_proved, adds) = (signed.has_proved(request), signed.adds_factors());
    frame.page(ScopeSet::empty(), |frame, shell| {
        let state = match party {
            _ if !adds && passkeys.is_empty() => PasskeysState::Elsewhere,
            _ if !has_proved => PasskeysState::Confirm,
            _ if !adds => PasskeysState::Elsewhere,
            _ if passkeys.len() >= MOST => PasskeysState::Full,
            None => PasskeysState::Unavailable,
            Some(party) => PasskeysState::Ready(PasskeyCreation {
                rp_id: party.id.to_string(),
                challenge: challenge(&frame.request),
                user_handle: base64url_encode(&*signed.user.id),
                algorithms: ALGORITHMS.to_vec(),
            }),
        };
        let view = PasskeysView {
            frame,
            action,
            passkeys,
            state,
            longest_name: MAX_NAME,
            typed,
        };
        request.app.pages.passkeys(&view, shell)
    })
}

fn shown(passkey: &Passkey) -> Result<OwnPasskey, Failure> {
    Ok(OwnPasskey {
        id: passkey.id.clone(),
        name: passkey.name.clone(),
        typed: None,
        synced: passkey.synced,
        since: moment(passkey.since)?,
        used_at: passkey.used_at.map(moment).transpose()?,
    })
}

/// For whom a passkey of this user would be; `None` where none can be made.
fn party(request: &Request<'_>, signed: &Signed) -> Option<RelyingParty> {
    let party = request.realm.relying_party(request.issuer)?;
    (signed.adds_factors() && signed.user.id.len() <= MAX_HANDLE).then_some(party)
}

/// Answers the page's forms.
///
/// # Errors
/// When the store does not answer; for a form without a decision.
pub(super) async fn answer(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let here = Page::Passkeys.path();
    if !signed.has_proved(request) {
        return prove_again(request, signed, form);
    }
    let deed = signed.deed(request);
    let named = form.params.get("passkey").unwrap_or_default();
    let name = || kept::read_name(form.params.get("name").unwrap_or_default());
    let (decided, notice) = match form.params.get("decision") {
        Some("confirm") => return Ok(reply::see_other(local(request, here)?.as_str())),
        Some("add") => (add(request, signed, form), AccountNotice::PasskeyAdded),
        Some("rename") => {
            let change = name().and_then(|name| kept::rename(&signed.user, named, &name, &deed));
            (change.map_err(Some), AccountNotice::PasskeyRenamed)
        }
        Some("remove") => {
            let links = request
                .app
                .store
                .links_of(request.realm.name(), &signed.user.id)
                .await?;
            let change = kept::remove(&signed.user, named, &links, &deed);
            (change.map_err(Some), AccountNotice::PasskeyRemoved)
        }
        _ => return Err(OAuthError::invalid_request("the form has no decision").into()),
    };
    let wrong = |error| {
        let frame = Frame::wrong(request, signed, Page::Passkeys, error);
        show(request, signed, frame.filled_in(form))
    };
    let change = match decided {
        Ok(change) => change,
        Err(problem) => return wrong(problem.map_or(AccountError::BadPasskey, said)),
    };
    if commit(request, change).await? {
        done(request, here, notice)
    } else {
        // Somebody changed the user meanwhile.
        wrong(AccountError::Expired)
    }
}

/// Asks for a fresh login, after which the name that was typed is there again.
fn prove_again(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Reply, Failure> {
    let mut reply = login::show_for_account(request, Page::Passkeys.path(), Some(&signed.user.username))?;
    if matches!(form.params.get("decision"), Some("add" | "rename")) {
        let cookie = signed_in::carry(request, &signed.user.id, &form.params, &form.shown);
        reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    }
    Ok(reply)
}

/// Decides what adding a passkey changes; `None` for an answer that is none of an authenticator to this page.
fn add(request: &Request<'_>, signed: &Signed, form: &Answer) -> Result<Change, Option<Problem>> {
    let params = &form.params;
    let party = party(request, signed).ok_or(None)?;
    let name = kept::read_name(params.get("name").unwrap_or_default()).map_err(Some)?;
    let (client_data, attestation) = bytes(params, "client_data")
        .zip(bytes(params, "attestation"))
        .ok_or(None)?;
    let challenge = challenge(params.get("request").unwrap_or_default());
    let ceremony = Ceremony {
        rp_id: &party.id,
        origin: &party.origin,
        challenge: &challenge,
    };
    let answer = Created {
        client_data: &client_data,
        attestation: &attestation,
    };
    let passkey = create(&ceremony, &answer, name, request.now).map_err(|_| None)?;
    let ends_at = request.now.plus(CHALLENGE_KEPT);
    let spent = SingleUse::passkey(request.realm.name(), &challenge, ends_at);
    kept::add(&signed.user, passkey, &spent, &signed.deed(request)).map_err(Some)
}

const fn said(problem: Problem) -> AccountError {
    match problem {
        Problem::Many => AccountError::PasskeysFull,
        Problem::Known => AccountError::PasskeyKnown,
        // It was done already, in another tab.
        Problem::Unknown => AccountError::Expired,
        Problem::Name => AccountError::PasskeyName,
        Problem::LastWayIn => AccountError::LastWayIn,
    }
}
