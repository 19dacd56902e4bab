//! The pages that carry the browser back to a client: by address, by form, or, when nobody vouches for the client, only
//! after the user has seen where the way leads.

use serde::Serialize;

use crate::link::CarryUrl;

/// Where an answer goes, as the user should read it. The exact host is always shown, in ASCII (punycode), never a name.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RedirectTarget {
    /// A web site.
    Web {
        /// Host, with the port unless it is the scheme's own: `app.example:8443`.
        host: String,
    },
    /// A program on this computer (RFC 8252 section 7.3).
    Loopback {
        /// Host as in the request: `127.0.0.1:49152`.
        host: String,
    },
    /// An app on this device that opens a scheme of its own (RFC 8252 section 7.1).
    App {
        /// The scheme, without the colon.
        scheme: String,
    },
    /// No redirect: the device that showed the code (RFC 8628).
    Device,
}

/// The page after a decision: status 200 with a meta refresh and a visible link, because Chromium blocks a redirect after
/// a form post under `form-action 'self'`.
#[derive(Clone, Serialize)]
pub struct ContinueView {
    /// The full redirect.
    pub href: CarryUrl,
    /// The application's name.
    pub client_name: String,
    /// Where `href` leads.
    pub target: RedirectTarget,
    /// What happened.
    pub outcome: Outcome,
    /// Seconds before the browser goes on by itself; 0 normally.
    pub delay: u32,
}

/// What the browser carries back.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Access was given.
    Approved,
    /// The user said no.
    Denied,
    /// Something else went wrong.
    Error,
    /// Nothing yet: the user goes on in the realm's own app, not at a client.
    Onward,
}

/// `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): a form that sends itself, or is sent by its button.
#[derive(Clone, Serialize)]
pub struct FormPostView {
    /// The client's redirect URI.
    pub action: CarryUrl,
    /// The parameters of the answer, in order.
    pub fields: Vec<(String, String)>,
    /// The application's name.
    pub client_name: String,
    /// Where `action` leads.
    pub target: RedirectTarget,
    /// What happened.
    pub outcome: Outcome,
}

/// Shown instead of a redirect when an unverified client's request fails before anybody signed in, so that this server is
/// no open redirector (OAuth 2.1 section 7.13.2).
#[derive(Clone, Serialize)]
pub struct InterstitialView {
    /// The name the client gave itself.
    pub client_name: String,
    /// Where `href` leads.
    pub target: RedirectTarget,
    /// The full redirect with the error.
    pub href: CarryUrl,
    /// The OAuth error code that `href` carries.
    pub code: String,
}

/// Why a user cannot let an application act in a tenant. It has no form: whoever saw it asked already, or cannot.
#[derive(Clone, Serialize)]
pub struct BarredView {
    /// The application's name.
    pub client_name: String,
    /// The tenant's name.
    pub tenant_name: String,
    /// How far it is.
    pub state: BarredState,
    /// The redirect that tells the application, and where it leads; `None` where there is no address to return to.
    pub back: Option<(CarryUrl, RedirectTarget)>,
}

/// How far a tenant is with an application.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarredState {
    /// The user asked for it now.
    Asked,
    /// Somebody asked for it before.
    Waiting,
    /// It must be asked for, elsewhere: too many requests wait.
    Full,
    /// An administrator said no.
    Blocked,
}
