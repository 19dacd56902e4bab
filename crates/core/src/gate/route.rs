//! The route table of a realm: which call needs which permissions. The first route that fits counts, in the order of the
//! file; a call that fits none is refused, and so is one that fits only because it hides what it is. Must not know
//! credentials.

use super::mcp::{McpCall, McpFit, McpRule};
use super::path::{GuardedPath, PathPattern};
use grantd_protocol::ScopeSet;
use std::sync::Arc;

/// What a call needs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Need {
    /// Every one of these permissions; none means that any good credential will do.
    pub scopes: ScopeSet,
    /// The API that a token must be for; `None`: one of those that a token is for by default.
    pub resource: Option<Arc<str>>,
    /// What may stand in the address.
    pub in_address: InAddress,
    /// Whether a call without any credential passes. A bad credential is refused all the same.
    pub anonymous: bool,
}

/// Which credentials may stand in a call's address, as `access_token`: addresses end in logs and histories.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InAddress {
    /// None.
    #[default]
    Nothing,
    /// Connection tickets, which are worthless once they were seen.
    Tickets,
    /// Access tokens as well.
    Tokens,
}

/// One route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// The hosts it is about, in lower case; one without a port is meant with any.
    pub hosts: Vec<Arc<str>>,
    /// The methods; any where empty.
    pub methods: Vec<String>,
    /// The paths.
    pub path: PathPattern,
    /// Which calls of the Model Context Protocol it is about, where it tells them apart.
    pub mcp: Option<McpRule>,
    /// What it needs.
    pub need: Need,
}

/// All routes of a realm, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RouteTable {
    /// The routes.
    pub routes: Vec<Route>,
}

/// A call, as a proxy tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The host, perhaps with a port.
    pub host: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a GuardedPath,
    /// What it says about itself.
    pub mcp: &'a McpCall<'a>,
}

/// Why nothing says what a call needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unmatched {
    /// No route is about it.
    #[error("no route is about this request")]
    NoRoute,
    /// An earlier route would be about it, but for upper and lower case.
    #[error("the path is that of another route but for upper and lower case")]
    Case,
    /// An earlier route tells calls apart by what they say, and this one does not say it.
    #[error("the headers Mcp-Method and Mcp-Name must say what is called")]
    Mcp,
}

impl RouteTable {
    /// What a call needs.
    ///
    /// # Errors
    /// See [`Unmatched`].
    pub fn find(&self, call: &Call<'_>) -> Result<&Need, Unmatched> {
        let candidates = self
            .routes
            .iter()
            .filter(|route| route.is_on(call.host) && route.takes(call.method));
        for route in candidates {
            if !route.path.matches(call.path) {
                if route.path.matches_without_case(call.path) {
                    return Err(Unmatched::Case);
                }
                continue;
            }
            match route.mcp.as_ref().map_or(McpFit::Yes, |rule| rule.fit(call.mcp)) {
                McpFit::Yes => return Ok(&route.need),
                McpFit::No => {}
                McpFit::Unsaid => return Err(Unmatched::Mcp),
            }
        }
        Err(Unmatched::NoRoute)
    }

    /// Whether there is no route at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// Every host that a route is about, each once, in order.
    #[must_use]
    pub fn hosts(&self) -> Vec<Arc<str>> {
        let mut hosts: Vec<Arc<str>> = Vec::new();
        for host in self.routes.iter().flat_map(|route| &route.hosts) {
            if !hosts.contains(host) {
                hosts.push(Arc::clone(host));
            }
        }
        hosts
    }
}

impl Route {
    /// Whether a later route says nothing about any call, since each of its calls is this one's, or is refused for being so but for
    /// upper and lower case.
    #[must_use]
    pub fn covers(&self, later: &Self) -> bool {
        let has_hosts = later.hosts.iter().all(|host| self.is_on(host));
        let has_methods = if later.methods.is_empty() {
            self.methods.is_empty()
        } else {
            later.methods.iter().all(|method| self.takes(method))
        };
        let has_tools = match (&self.mcp, &later.mcp) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(later)) => own.covers(later),
        };
        has_hosts && has_methods && has_tools && self.path.covers(&later.path)
    }

    fn is_on(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| is_host(own, host))
    }

    /// HEAD is what GET answers without its body (RFC 9110 section 9.3.2), and servers run the same code for both.
    fn takes(&self, method: &str) -> bool {
        let is = |own: &str| own == method || (method == "HEAD" && own == "GET");
        self.methods.is_empty() || self.methods.iter().any(|own| is(own))
    }
}

/// Whether a call's host is a route's. Servers of one name differ by port only where somebody wrote the port.
#[must_use]
pub fn is_host(own: &str, asked: &str) -> bool {
    let without_port = |text: &str| {
        let end = text
            .rfind(':')
            .filter(|colon| !text.ends_with(']') && text.rfind(']').is_none_or(|end| end < *colon));
        end.and_then(|end| text.get(..end)).unwrap_or(text).to_ascii_lowercase()
    };
    own.eq_ignore_ascii_case(asked) || (without_port(own) == *own && without_port(asked) == *own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::scopes;

    fn route(methods: &[&str], path: &str, scope: &str) -> Route {
        Route {
            hosts: vec!["api.example".into()],
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            path: PathPattern::parse(path).unwrap(),
            mcp: None,
            need: Need {
                scopes: scopes(scope),
                ..Need::default()
            },
        }
    }

    fn tool(path: &str, name: &str, scope: &str) -> Route {
        let names = if name.is_empty() {
            Vec::new()
        } else {
            vec![name.to_owned()]
        };
        Route {
            mcp: Some(McpRule {
                method: "tools/call".to_owned(),
                names,
            }),
            ..route(&["POST"], path, scope)
        }
    }

    fn found(routes: Vec<Route>, method: &str, path: &str, mcp: &McpCall<'_>) -> Result<String, Unmatched> {
        let path = GuardedPath::parse(path).unwrap();
        let call = Call {
            host: "api.example",
            method,
            path: &path,
            mcp,
        };
        RouteTable { routes }.find(&call).map(|need| need.scopes.to_string())
    }

    fn plain(routes: Vec<Route>, method: &str, path: &str) -> Result<String, Unmatched> {
        found(routes, method, path, &McpCall::default())
    }

    #[test]
    fn the_first_route_that_fits_counts() {
        let table = || {
            vec![
                route(&["GET"], "/v1/invoices/special", "special"),
                route(&["GET", "HEAD"], "/v1/invoices/**", "read"),
                route(&[], "/v1/invoices/**", "write"),
            ]
        };
        assert_eq!(plain(table(), "GET", "/v1/invoices/special").as_deref(), Ok("special"));
        assert_eq!(plain(table(), "GET", "/v1/invoices/7").as_deref(), Ok("read"));
        assert_eq!(plain(table(), "DELETE", "/v1/invoices/7").as_deref(), Ok("write"));
        assert_eq!(plain(table(), "GET", "/v2"), Err(Unmatched::NoRoute));
        // Methods are case-sensitive (RFC 9110 section 9.1): this one is not GET.
        assert_eq!(plain(table(), "get", "/v1/invoices/7").as_deref(), Ok("write"));
    }

    #[test]
    fn another_spelling_of_an_earlier_route_does_not_fall_through_to_a_weaker_one() {
        let table = || vec![route(&[], "/admin/**", "admin"), route(&[], "/**", "read")];
        assert_eq!(plain(table(), "GET", "/admin/x").as_deref(), Ok("admin"));
        assert_eq!(plain(table(), "GET", "/Admin/x"), Err(Unmatched::Case));
        assert_eq!(plain(table(), "GET", "/other").as_deref(), Ok("read"));
    }

    #[test]
    fn a_call_that_hides_its_tool_does_not_fall_through_to_a_weaker_route() {
        let table = || {
            vec![
                tool("/mcp", "refund_payment", "payments:refund"),
                tool("/mcp", "", "mcp:call"),
                route(&[], "/mcp", "mcp:use"),
            ]
        };
        let call = |method, name| McpCall {
            method,
            name: Option::map(name, std::borrow::Cow::Borrowed),
        };
        let ask = |mcp: &McpCall<'_>| found(table(), "POST", "/mcp", mcp);
        assert_eq!(
            ask(&call(Some("tools/call"), Some("refund_payment"))).as_deref(),
            Ok("payments:refund")
        );
        assert_eq!(ask(&call(Some("tools/call"), Some("other"))).as_deref(), Ok("mcp:call"));
        assert_eq!(ask(&call(Some("tools/list"), None)).as_deref(), Ok("mcp:use"));
        assert_eq!(ask(&call(None, None)), Err(Unmatched::Mcp));
        assert_eq!(ask(&call(Some("tools/call"), None)), Err(Unmatched::Mcp));
        // The stream of events is a GET, which the routes about tools are not.
        assert_eq!(
            found(table(), "GET", "/mcp", &McpCall::default()).as_deref(),
            Ok("mcp:use")
        );
    }

    #[test]
    fn a_route_covers_a_later_one_that_can_never_count() {
        let read = route(&["GET"], "/v1/**", "read");
        assert!(read.covers(&route(&["GET", "HEAD"], "/v1/x", "other")));
        assert!(!read.covers(&route(&[], "/v1/x", "other")) && !read.covers(&route(&["POST"], "/v1/x", "other")));
        assert!(route(&[], "/**", "any").covers(&read) && !read.covers(&route(&["GET"], "/v2", "other")));
        let on = |host: &str, of: &Route| Route {
            hosts: vec![host.into()],
            ..of.clone()
        };
        assert!(read.covers(&on("api.example:8443", &read)) && !on("api.example:8443", &read).covers(&read));
        assert!(!read.covers(&on("other.example", &read)));
        let two = Route {
            hosts: vec!["api.example".into(), "other.example".into()],
            ..read.clone()
        };
        assert!(two.covers(&read) && !read.covers(&two));
        let (one, any) = (tool("/mcp", "refund_payment", "refund"), tool("/mcp", "", "call"));
        assert!(any.covers(&one) && !one.covers(&any) && one.covers(&one));
        assert!(route(&[], "/mcp", "use").covers(&one) && !any.covers(&route(&["POST"], "/mcp", "use")));
    }

    #[test]
    fn a_route_is_on_its_hosts_alone() {
        assert!(is_host("api.example", "api.example") && is_host("api.example", "API.example:8443"));
        assert!(is_host("127.0.0.1:8080", "127.0.0.1:8080") && !is_host("127.0.0.1:8080", "127.0.0.1"));
        assert!(!is_host("api.example", "api.example.evil") && !is_host("api.example", "xapi.example"));
        assert!(!is_host("api.example", "api.example."));
        assert!(is_host("[::1]", "[::1]:80") && is_host("[::1]", "[::1]") && !is_host("[::1]", "[::2]"));
    }
}
