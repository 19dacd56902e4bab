//! A refused request put into words for the developer of the application: what kind of mistake it is, what was expected, what
//! came instead, and how to mend it. Must not decide anything, and never repeats a value that could be a secret.

mod redirect;

use crate::realm::Realm;
use crate::record::ClientRecord;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};

/// The longest value that is kept, in characters.
const MAX_SHOWN: usize = 400;

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $mend:literal;)+) => {
        /// What kind of mistake a request was refused for.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Cause { $($(#[$doc])* $variant,)+ }

        impl Cause {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name under which it is kept.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How to mend it, in English.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend,)+ }
            }
        }
    };
}

causes! {
    /// The redirect URI is none of the registered ones, nor near one.
    RedirectUri = "redirect-uri", "Register the redirect URI under Settings, exactly as the application sends it.";
    /// But for a slash at its end.
    RedirectSlash = "redirect-slash", "Only the trailing slash differs: send the registered redirect URI, or register the other one too.";
    /// But for upper and lower case.
    RedirectCase = "redirect-case", "Only upper and lower case differ: redirect URIs are compared byte for byte.";
    /// But for `http` and `https`.
    RedirectScheme = "redirect-scheme", "Only the scheme differs: http and https are two redirect URIs.";
    /// But for the port.
    RedirectPort = "redirect-port", "Only the port differs: register it, or make the application a native one, whose loopback port is free.";
    /// But for the host.
    RedirectHost = "redirect-host", "Only the host differs: each host needs a redirect URI of its own.";
    /// But for the query.
    RedirectQuery = "redirect-query", "Only the query differs: put what changes into the parameter state.";
    /// But for the path.
    RedirectPath = "redirect-path", "Only the path differs: send the registered one, or register this one too.";
    /// No `code_challenge`, or not S256.
    Pkce = "pkce", "Send code_challenge and code_challenge_method=S256 with the authorization request, and code_verifier with the code.";
    /// Not `code`.
    ResponseType = "response-type", "Send response_type=code.";
    /// A permission that it may not have.
    Scope = "scope", "Ask for what the application is permitted, or add the permission under Permissions.";
    /// An API that nobody knows.
    Resource = "resource", "Name an API that exists here, exactly as it is written, or leave resource out.";
    /// It is disabled or suspended.
    Disabled = "disabled", "The application is disabled or suspended; its first page says why.";
    /// Not its grant type.
    GrantType = "grant-type", "Use one of the grant types that the application is registered for.";
    /// It did not prove itself.
    ClientAuth = "client-auth", "Authenticate as the application is registered, with a secret that is alive.";
    /// A code that is not good, or not with this.
    Code = "code", "Redeem each code once, at once, with the redirect_uri and the code_verifier of its own request.";
    /// A refresh token that is not good any more.
    RefreshToken = "refresh-token", "Keep the newest refresh token of each reply; when it is refused, send the user to authorize again.";
    /// A draft, and somebody who may not try it.
    NotOpen = "not-open", "Name the person as a test user, or submit the application.";
    /// The user said no, or may not say yes.
    Denied = "denied", "Nothing is wrong with the request: the user did not, or could not, allow it.";
    /// A silent request that needs the user.
    Silent = "silent", "Send the request again without prompt=none, so that the user sees a page.";
    /// Too often.
    Limit = "limit", "Wait for as long as Retry-After says, and keep tokens instead of asking anew.";
    /// A proof of possession that does not fit.
    Proof = "proof", "Make a new DPoP proof for each request: its method, its address, and the nonce of the last reply.";
    /// An access token that is not good.
    Token = "token", "Get a new access token, for this API.";
    /// An access token without the permission.
    Permission = "permission", "Ask for the permission when the user authorizes; a token keeps what it was given.";
    /// A signed request that cannot be read.
    RequestObject = "request-object", "Sign the request with a registered key, for this issuer, with a short lifetime.";
    /// A parameter that is missing, twice, or malformed.
    Parameter = "parameter", "Compare the request with the snippets under Auth Details.";
}

/// A refused request.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Where it was sent: `authorize`, `par`, `token`.
    pub endpoint: &'a str,
    /// What it was answered.
    pub error: &'a OAuthError,
    /// Whose it is, as far as it said so.
    pub client: &'a ClientRecord,
    /// Its parameters, as far as they could be read.
    pub params: &'a RawParams,
    /// How it authenticated: the registered name of the method.
    pub method: Option<&'a str>,
    /// The realm.
    pub realm: &'a Realm,
}

/// The same in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explained {
    /// What kind of mistake it is.
    pub cause: Cause,
    /// What would have been right.
    pub expected: Option<String>,
    /// What came instead.
    pub got: Option<String>,
}

/// Whether a refusal is a step of its protocol, and no news: a device that polls, a client that fetches a nonce.
#[must_use]
pub const fn is_a_step(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::AuthorizationPending | ErrorCode::UseDpopNonce)
}

/// Explains a refusal.
#[must_use]
pub fn explain(situation: &Situation<'_>) -> Explained {
    let Situation { client, params, .. } = *situation;
    if let Some(explained) = redirect_of(situation) {
        return explained;
    }
    let cause = cause(situation);
    let sent = |name: &str| params.get(name).map(shown);
    let (expected, got) = match cause {
        Cause::Pkce => (
            Some("code_challenge_method=S256".to_owned()),
            Some(match params.get("code_challenge_method") {
                Some(method) => format!("code_challenge_method={}", shown(method)),
                None if params.get("code_challenge").is_some() => "no code_challenge_method".to_owned(),
                None => "no code_challenge".to_owned(),
            }),
        ),
        Cause::ResponseType => (Some("code".to_owned()), sent("response_type")),
        Cause::Scope => (Some(shown(client.scopes.as_str())), sent("scope")),
        Cause::Resource => {
            let known: Vec<&str> = situation.realm.resources.iter().map(|one| &*one.identifier).collect();
            (Some(shown(&known.join(" "))), sent("resource"))
        }
        Cause::GrantType => {
            let own: Vec<&str> = client.grant_types.iter().map(|one| one.as_str()).collect();
            (Some(own.join(" ")), sent("grant_type"))
        }
        Cause::ClientAuth => (
            Some(client.auth_method.as_str().to_owned()),
            situation.method.map(str::to_owned),
        ),
        _ => (None, None),
    };
    Explained { cause, expected, got }
}

/// The redirect URI, where that is what is wrong.
fn redirect_of(situation: &Situation<'_>) -> Option<Explained> {
    let Situation { client, params, .. } = *situation;
    let asks = matches!(situation.endpoint, "authorize" | "par");
    if !asks || situation.error.code() != ErrorCode::InvalidRequest {
        return None;
    }
    let kind = client.application_type;
    match params.get("redirect_uri") {
        Some(sent) => {
            let is_own = |uri: &String| grantd_protocol::redirect_uri::matches(uri, sent, kind);
            if client.redirect_uris.iter().any(is_own) {
                return None;
            }
            let (cause, nearest) = redirect::nearest(&client.redirect_uris, sent);
            Some(Explained {
                cause,
                expected: nearest.map(shown_url),
                got: Some(shown_url(sent)),
            })
        }
        None if client.redirect_uris.len() > 1 => Some(Explained {
            cause: Cause::RedirectUri,
            expected: Some("redirect_uri".to_owned()),
            got: Some("no redirect_uri".to_owned()),
        }),
        None => None,
    }
}

fn cause(situation: &Situation<'_>) -> Cause {
    let says = situation.error.description();
    let grant_type = situation.params.get("grant_type");
    match situation.error.code() {
        ErrorCode::InvalidClient if !situation.client.enabled => Cause::Disabled,
        ErrorCode::InvalidClient => Cause::ClientAuth,
        ErrorCode::UnauthorizedClient | ErrorCode::UnsupportedGrantType if !is_open(situation) => Cause::NotOpen,
        ErrorCode::UnauthorizedClient | ErrorCode::UnsupportedGrantType => Cause::GrantType,
        ErrorCode::UnsupportedResponseType => Cause::ResponseType,
        ErrorCode::InvalidScope => Cause::Scope,
        ErrorCode::InvalidTarget => Cause::Resource,
        ErrorCode::InvalidGrant if grant_type == Some("refresh_token") => Cause::RefreshToken,
        ErrorCode::InvalidGrant | ErrorCode::ExpiredToken => Cause::Code,
        ErrorCode::AccessDenied if !is_open(situation) => Cause::NotOpen,
        ErrorCode::AccessDenied => Cause::Denied,
        ErrorCode::LoginRequired
        | ErrorCode::ConsentRequired
        | ErrorCode::InteractionRequired
        | ErrorCode::AccountSelectionRequired => Cause::Silent,
        ErrorCode::SlowDown => Cause::Limit,
        ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => Cause::Proof,
        ErrorCode::InvalidToken => Cause::Token,
        ErrorCode::InsufficientScope => Cause::Permission,
        ErrorCode::InvalidRequestObject | ErrorCode::InvalidRequestUri => Cause::RequestObject,
        ErrorCode::InvalidRequest if says.contains("code_challenge") || says.contains("code_verifier") => Cause::Pkce,
        ErrorCode::InvalidRequest if says.contains("response_type") => Cause::ResponseType,
        _ => Cause::Parameter,
    }
}

fn is_open(situation: &Situation<'_>) -> bool {
    situation.client.is_open(situation.realm.portal.reviews)
}

/// A value from outside on one line, of a bounded length: it ends up on pages and in files.
fn shown(text: &str) -> String {
    let plain = text
        .chars()
        .take(MAX_SHOWN)
        .map(|one| if one.is_control() { '\u{fffd}' } else { one });
    plain.collect()
}

/// The same for an address. What stands in its query behind a name is shown only where it is registered, too: tokens and
/// codes end up there by mistake. So does what stands before an `@`, and behind a `#`.
fn shown_url(url: &str) -> String {
    let (url, fragment) = match url.split_once('#') {
        Some((url, "")) => (url, "#"),
        Some((url, _)) => (url, "#…"),
        None => (url, ""),
    };
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(base, query)| (base, Some(query)));
    let base = match (base.split_once("://"), base.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => base.to_owned(),
    };
    let Some(query) = query else {
        return shown(&format!("{base}{fragment}"));
    };
    let names: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => format!("{name}=…"),
            _ => pair.to_owned(),
        })
        .collect();
    shown(&format!("{base}?{}{fragment}", names.join("&")))
}

#[cfg(test)]
mod tests;
