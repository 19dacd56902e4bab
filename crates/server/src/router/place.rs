//! What can stand at an address: endpoints, documents and pages, each with its name. Must not know where.

use crate::config::{Document, Endpoint, Target};
use crate::gate::Proxy;
use crate::interaction::account::Page;

/// What stands at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// `GET`, `POST`: OAuth 2.1 section 3.1.
    Authorize,
    /// `POST`: OAuth 2.1 section 3.2.
    Token,
    /// `POST`: RFC 9126.
    Par,
    /// `POST`: RFC 7009.
    Revoke,
    /// `POST`: RFC 7662.
    Introspect,
    /// `POST`: reports of APIs, which permissions were used.
    Usage,
    /// `GET`, `POST`: OpenID Connect Core section 5.3.
    Userinfo,
    /// `GET`: RFC 7517.
    Jwks,
    /// `POST`: RFC 7591.
    Register,
    /// `GET`, `PUT`, `DELETE`: RFC 7592; the path's last part names the client.
    Registration,
    /// `GET`: RFC 8414.
    AuthorizationServer,
    /// `GET`: OpenID Connect Discovery.
    OpenidConfiguration,
    /// `GET`: RFC 9728, of the realm's resource at this position.
    ProtectedResource(usize),
    /// `GET`, `POST`: OpenID Connect RP-Initiated Logout.
    Logout,
    /// `POST`: the form that asks whether to log out.
    LogoutForm,
    /// `POST`: RFC 8628 section 3.1.
    DeviceCode,
    /// `GET`, `POST`: where a user types the code of a device (RFC 8628 section 3.3).
    Device,
    /// `POST`: the consent form of a device.
    DeviceConsent,
    /// `POST`: the login form.
    Login,
    /// `GET`: where the browser comes back from the platform's own app.
    Handover,
    /// `POST`: the way to another provider; the path's last part names it.
    UpstreamLeave,
    /// `GET`: the way back from it.
    UpstreamBack,
    /// `POST`: the consent form.
    Consent,
    /// `GET`, `POST`: the operators' console and everything below it.
    Console,
    /// The developers' portal, with everything below it.
    Portal,
    /// `GET`: an address of before, the realm's shortcut at this position.
    Shortcut(usize),
    /// `GET`: a status list; the path's last part is its number.
    StatusList,
    /// `GET`, `POST`: for whoever forgot their password.
    Reset,
    /// `GET`, `POST`: a page of a user's own account.
    Account(Page),
    /// The admin API and everything below it.
    Api,
    /// What a reverse proxy asks about a request: any method.
    Gate(Proxy),
    /// `POST`: connection tickets.
    GateTicket,
    /// `POST`: what EMQX asks about a client that connects.
    GateEmqx,
    /// `GET`: what a browser sees at the issuer.
    Home,
    /// `GET`: styles, scripts and pictures of the pages; the path's last part names one.
    Asset,
}

impl Place {
    /// Whether it is one of the pages, whose addresses are not configured.
    #[must_use]
    pub const fn is_page(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::Handover
                | Self::UpstreamLeave
                | Self::UpstreamBack
                | Self::Consent
                | Self::Device
                | Self::DeviceConsent
                | Self::LogoutForm
                | Self::Console
                | Self::Portal
                | Self::Shortcut(_)
                | Self::Account(_)
                | Self::Reset
                | Self::Home
                | Self::Asset
        )
    }

    /// Whether it is trusted programs that ask there, about somebody else's request.
    pub(super) const fn is_gate(self) -> bool {
        matches!(self, Self::Gate(_) | Self::GateEmqx)
    }

    pub(super) const fn is_about_a_resource(self) -> bool {
        matches!(self, Self::ProtectedResource(_))
    }

    /// What an endpoint or a document is as a place.
    #[must_use]
    pub const fn of(target: Target) -> Self {
        match target {
            Target::Endpoint(Endpoint::Authorize) => Self::Authorize,
            Target::Endpoint(Endpoint::Token) => Self::Token,
            Target::Endpoint(Endpoint::Par) => Self::Par,
            Target::Endpoint(Endpoint::Revoke) => Self::Revoke,
            Target::Endpoint(Endpoint::Introspect) => Self::Introspect,
            Target::Endpoint(Endpoint::Usage) => Self::Usage,
            Target::Endpoint(Endpoint::Userinfo) => Self::Userinfo,
            Target::Endpoint(Endpoint::Jwks) => Self::Jwks,
            Target::Endpoint(Endpoint::Api) => Self::Api,
            Target::Endpoint(Endpoint::Register) => Self::Register,
            Target::Endpoint(Endpoint::Logout) => Self::Logout,
            Target::Endpoint(Endpoint::Status) => Self::StatusList,
            Target::Endpoint(Endpoint::Gate) => Self::GateTicket,
            Target::Endpoint(Endpoint::DeviceCode) => Self::DeviceCode,
            Target::Document(Document::AuthorizationServer) => Self::AuthorizationServer,
            Target::Document(Document::OpenidConfiguration) => Self::OpenidConfiguration,
            Target::Document(Document::ProtectedResource(index)) => Self::ProtectedResource(index),
        }
    }

    /// The name in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Par => "par",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::Usage => "usage",
            Self::Userinfo => "userinfo",
            Self::Jwks => "jwks",
            Self::Register => "register",
            Self::Registration => "registration",
            Self::AuthorizationServer => "oauth-authorization-server",
            Self::OpenidConfiguration => "openid-configuration",
            Self::ProtectedResource(_) => "oauth-protected-resource",
            Self::Logout => "logout",
            Self::LogoutForm => "logout-form",
            Self::DeviceCode => "device-code",
            Self::Device => "device",
            Self::DeviceConsent => "device-consent",
            Self::Login => "login",
            Self::Handover => "handover",
            Self::UpstreamLeave => "upstream_leave",
            Self::UpstreamBack => "upstream_back",
            Self::Consent => "consent",
            Self::Console => "console",
            Self::Portal => "developers",
            Self::Shortcut(_) => "shortcut",
            Self::StatusList => "status-list",
            Self::Account(page) => page.name(),
            Self::Reset => "reset",
            Self::Api => "api",
            Self::Gate(_) => "gate",
            Self::GateTicket => "gate-ticket",
            Self::GateEmqx => "gate-emqx",
            Self::Home => "home",
            Self::Asset => "asset",
        }
    }
}
