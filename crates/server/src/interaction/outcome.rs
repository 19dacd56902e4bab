//! How an answer leaves: a redirect, a page that carries the browser on, a form that posts itself, or, where nobody
//! vouches for the client and nobody has seen a page yet, one that asks first.

use super::signed;
use crate::error::{Failure, Fault, named};
use crate::refused;
use crate::reply::{self, Reply};
use crate::request::Request;
use grantd_core::authorize::Callback;
use grantd_core::record::ClientRecord;
use grantd_pages::{
    CarryUrl, ContinueView, ErrorView, FormPostView, InterstitialView, LocalUrl, Locale, Outcome, RedirectTarget,
    Shell, content_security_policy, negotiate, picture_policy,
};
use grantd_protocol::{ErrorCode, OAuthError, Secret, redirect_uri};
use http::header::{ACCEPT_LANGUAGE, RETRY_AFTER, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};

/// How the browser came to where it gets its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// Straight from the client.
    Direct,
    /// Through a form of ours: Chromium then blocks redirects that leave the origin (`form-action`), so the answer is
    /// a page.
    ThroughForm,
    /// Through pages of the platform's own app: the user has seen a page, and no form of ours leads out.
    ThroughApp,
}

/// Whose word an error on its way to the client is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// The server's: somebody was refused, which operators count.
    Server,
    /// The user's own no: nobody was refused, and operators need not look into it.
    User,
}

/// The language of the pages for this browser.
#[must_use]
pub fn locale(request: &Request<'_>, ui_locales: Option<&str>) -> Locale {
    negotiate(ui_locales, request.header(ACCEPT_LANGUAGE))
}

/// What surrounds the pages of this request.
///
/// # Errors
/// Never for a configuration that was accepted.
pub fn shell(request: &Request<'_>, ui_locales: Option<&str>) -> Result<Shell, Failure> {
    request
        .realm
        .shell(request.issuer, locale(request, ui_locales))
        .ok_or(Failure::Fault(crate::error::Fault::Broken("the page path is no path")))
}

/// Sends a page with the policy that pages are written for.
#[must_use]
pub fn page(status: StatusCode, html: String) -> Reply {
    reply::page(status, html, &content_security_policy(None))
}

/// Sends a picture of a page: pages of this origin may frame it, and it can do nothing.
#[must_use]
pub fn picture(html: String) -> Reply {
    let mut reply = reply::page(StatusCode::OK, html, picture_policy());
    let same_origin = HeaderValue::from_static("SAMEORIGIN");
    reply.headers_mut().insert(X_FRAME_OPTIONS, same_origin);
    reply
}

/// The code on its way to the client.
#[must_use]
pub fn success(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    code: &Secret,
    arrival: Arrival,
) -> Reply {
    match signed::members(request, callback, client, callback.success(code)) {
        Ok(members) => carry(request, callback, client, &members, arrival, Outcome::Approved),
        Err(fault) => unsigned(request, fault),
    }
}

/// Where an answer cannot be signed it does not travel.
fn unsigned(request: &Request<'_>, fault: Fault) -> Reply {
    error_page(request, &fault.into())
}

/// An error on its way to the client. From a client that nobody vouches for, or that nobody has looked at yet, before
/// anybody has seen a page of ours, it stops at a page that says where it would go (OAuth 2.1 section 7.13.2).
#[must_use]
pub fn failure(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    error: &OAuthError,
    arrival: Arrival,
    whose: Whose,
) -> Reply {
    let endpoint = if arrival == Arrival::Direct {
        "authorize"
    } else {
        "consent"
    };
    match whose {
        Whose::Server => refused::note_error(request, endpoint, error),
        Whose::User => refused::note_step(request, endpoint, error),
    }
    let members = match signed::members(request, callback, client, callback.failure(&named(error, request.id))) {
        Ok(members) => members,
        Err(fault) => return unsigned(request, fault),
    };
    let open = client.is_open(request.realm.config.realm.portal.reviews);
    if arrival == Arrival::Direct && !(open && client.origin.is_vouched_for()) {
        return interstitial(request, callback, client, error, &members);
    }
    let outcome = if error.code() == ErrorCode::AccessDenied {
        Outcome::Denied
    } else {
        Outcome::Error
    };
    carry(request, callback, client, &members, arrival, outcome)
}

fn carry(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    members: &[(&'static str, String)],
    arrival: Arrival,
    outcome: Outcome,
) -> Reply {
    match (callback.mode().is_form(), arrival) {
        (true, _) => form_post(request, callback, client, members, outcome),
        (false, Arrival::Direct | Arrival::ThroughApp) => reply::see_other(&callback.url(members)),
        (false, Arrival::ThroughForm) => carry_on(request, callback, client, members, outcome),
    }
}

fn carry_on(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    members: &[(&'static str, String)],
    outcome: Outcome,
) -> Reply {
    let (Ok(href), Ok(shell)) = (CarryUrl::parse(&callback.url(members)), shell(request, None)) else {
        return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let view = ContinueView {
        href,
        client_name: client.name.clone(),
        target: target(callback.redirect_uri()),
        outcome,
        delay: 0,
    };
    page(StatusCode::OK, request.app.pages.carry_on(&view, &shell))
}

/// The way to the platform's own app, for a browser that came so. After a form of ours it is a page.
#[must_use]
pub fn onward(request: &Request<'_>, url: &str, arrival: Arrival) -> Reply {
    if arrival != Arrival::ThroughForm {
        return reply::see_other(url);
    }
    let (Ok(href), Ok(shell)) = (CarryUrl::parse(url), shell(request, None)) else {
        return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let view = ContinueView {
        href,
        client_name: request.realm.config.branding.display_name.clone(),
        target: target(url),
        outcome: Outcome::Onward,
        delay: 0,
    };
    page(StatusCode::OK, request.app.pages.carry_on(&view, &shell))
}

fn form_post(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    members: &[(&'static str, String)],
    outcome: Outcome,
) -> Reply {
    let (Ok(action), Ok(shell)) = (CarryUrl::parse(callback.redirect_uri()), shell(request, None)) else {
        return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let policy = content_security_policy(Some(&action));
    let view = FormPostView {
        action,
        fields: members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        client_name: client.name.clone(),
        target: target(callback.redirect_uri()),
        outcome,
    };
    reply::page(StatusCode::OK, request.app.pages.form_post(&view, &shell), &policy)
}

fn interstitial(
    request: &Request<'_>,
    callback: &Callback,
    client: &ClientRecord,
    error: &OAuthError,
    members: &[(&'static str, String)],
) -> Reply {
    let (Ok(href), Ok(shell)) = (CarryUrl::parse(&callback.url(members)), shell(request, None)) else {
        return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let view = InterstitialView {
        client_name: client.name.clone(),
        target: target(callback.redirect_uri()),
        href,
        code: error.code().to_string(),
    };
    page(StatusCode::BAD_REQUEST, request.app.pages.interstitial(&view, &shell))
}

/// An error that stays here, and is told to the developer of the application.
#[must_use]
pub fn error_page(request: &Request<'_>, failure: &Failure) -> Reply {
    refused::tell_failure(request, "authorize", failure);
    failed(request, failure)
}

/// An error of a request for authorization that stays here: it is counted, too.
#[must_use]
pub fn refusal_page(request: &Request<'_>, endpoint: &'static str, failure: &Failure) -> Reply {
    refused::note(request, endpoint, failure);
    failed(request, failure)
}

fn failed(request: &Request<'_>, failure: &Failure) -> Reply {
    failure.log(request.id);
    let (error, status) = failure.public(request.id);
    // The page shows the request's id in a place of its own.
    let sentence = match failure {
        Failure::Refused { error, .. } => error.description(),
        _ => error.description(),
    };
    // 401 asks a browser for credentials of its own; on a page the status of every client's mistake is 400.
    let status = if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        StatusCode::BAD_REQUEST
    } else {
        status
    };
    let mut reply = error_with(request, status, error.code().as_str(), Some(sentence.to_owned()));
    if let Failure::Limited(wait) = failure {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.get()));
    }
    reply
}

/// An error page with a code of our own.
#[must_use]
pub fn error_with(request: &Request<'_>, status: StatusCode, code: &str, detail: Option<String>) -> Reply {
    error_with_way_back(request, status, code, detail, None)
}

/// The same with a link to where the user can try again.
#[must_use]
pub fn error_with_way_back(
    request: &Request<'_>,
    status: StatusCode,
    code: &str,
    detail: Option<String>,
    back: Option<LocalUrl>,
) -> Reply {
    let Ok(shell) = shell(request, None) else {
        return reply::empty(status);
    };
    let view = ErrorView {
        code: code.to_owned(),
        detail,
        request_id: request.id.to_string(),
        status: status.as_u16(),
        back,
    };
    page(status, request.app.pages.error(&view, &shell))
}

/// Where a redirect URI leads, in the words of the pages.
#[must_use]
pub fn target(uri: &str) -> RedirectTarget {
    let host = redirect_uri::shown_host(uri).to_owned();
    if redirect_uri::is_loopback(uri) {
        RedirectTarget::Loopback { host }
    } else if uri
        .split_once(':')
        .is_some_and(|(scheme, _)| redirect_uri::is_web(scheme))
    {
        RedirectTarget::Web { host }
    } else {
        RedirectTarget::App {
            scheme: host.trim_end_matches(':').to_owned(),
        }
    }
}
