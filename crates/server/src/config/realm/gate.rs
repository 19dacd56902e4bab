//! Reading `[[gate.routes]]`: which calls of the platform's API need which permissions.

use super::catalogue::{self, SCOPE};
use super::issuer::Addresses;
use super::resources::{self, IDENTIFIER, Resources};
use crate::config::kind::{Choice, Flag, ListOf, OneOrMore, Parsed, Text};
use crate::config::section::Section;
use grantd_core::gate::mcp::{self, McpRule};
use grantd_core::gate::path::PathPattern;
use grantd_core::gate::route::{InAddress, Need, Route, RouteTable};
use grantd_core::permission::Catalogue;
use grantd_core::realm::Resource;
use grantd_protocol::ScopeSet;
use serde_json::json;
use std::cell::RefCell;
use std::sync::Arc;

/// The most routes of a realm: they are looked through one by one.
const MAX_ROUTES: usize = 500;
/// The most bytes of a route's permissions: the API is told them in a header.
pub(crate) const MAX_SCOPES: usize = 1500;

const IN_QUERY: Choice<InAddress> = Choice(&[
    ("nothing", InAddress::Nothing),
    ("tickets", InAddress::Tickets),
    ("tokens", InAddress::Tokens),
]);
const HOST: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let good = crate::net::is_host(text.as_bytes()) && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let wrong = "is not a host in lower case, perhaps with a port";
        if good { Ok(text.into()) } else { Err(wrong.to_owned()) }
    },
    sample: "api.example",
    pattern: "",
};
const METHOD: Parsed<String> = Parsed {
    parse: |text| {
        let good = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        let wrong = "is not a method in capitals";
        if good {
            Ok(text.to_owned())
        } else {
            Err(wrong.to_owned())
        }
    },
    sample: "GET",
    pattern: "^[A-Z-]{1,32}$",
};
const PATH: Parsed<PathPattern> = Parsed {
    parse: |text| PathPattern::parse(text).map_err(|unclear| format!("is not a pattern of paths: {unclear}")),
    sample: "/v1/invoices/**",
    pattern: "^/",
};

/// What the routes are read in the light of; absent where it has mistakes of its own, and then only the form is judged.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    catalogue: Option<&'a Catalogue>,
    resources: Option<&'a [Resource]>,
    issuer: Option<&'a Arc<str>>,
}

/// Reads the section.
pub(super) fn read(
    section: &mut Section<'_>,
    catalogue: Option<&Catalogue>,
    resources: Option<&Resources>,
    addresses: Option<&Addresses>,
) -> Option<RouteTable> {
    let around = Surroundings {
        catalogue,
        resources: resources.map(|resources| &*resources.list),
        issuer: addresses.map(|addresses| &addresses.issuer),
    };
    let doc = "The gate: answers reverse proxies whether a request may pass to the platform's API.";
    section.section("gate", doc, |section| {
        let doc = "What calls of the API need; the first that fits counts, and a call that fits none is refused.";
        let earlier = RefCell::new(Vec::new());
        let routes = section.each("routes", doc, |section| {
            let route = route(section, around)?;
            warn_of_covered(section, &route, &earlier.borrow());
            earlier.borrow_mut().push(route.clone());
            Some(route)
        })?;
        if routes.len() > MAX_ROUTES {
            section.problem("routes", format!("has more than {MAX_ROUTES} routes"), None);
            return None;
        }
        Some(RouteTable { routes })
    })
}

/// Says when a route can never count. Whoever wrote it believes that it does, and what it needs is asked of nobody.
fn warn_of_covered(section: &Section<'_>, route: &Route, earlier: &[Route]) {
    let mut numbered = earlier.iter().enumerate();
    if let Some((index, first)) = numbered.find(|(_, earlier)| earlier.covers(route)) {
        // Of two that are about the same calls, neither is narrower.
        let advice = if route.covers(first) {
            ""
        } else {
            "; put the narrower route first"
        };
        let says = format!("never counts: gate.routes[{index}] takes or refuses every call of it first{advice}");
        section.loosens("path", says);
    }
}

fn route(section: &mut Section<'_>, around: Surroundings<'_>) -> Option<Route> {
    let hosts = section.required(
        "host",
        "The host, or several; without a port any is meant.",
        &OneOrMore(ListOf(HOST)),
    );
    let methods = section.or("methods", "The methods; all where empty.", &ListOf(METHOD), json!([]));
    let path = section.required(
        "path",
        "The path; * stands for one segment, ** at the end for everything below.",
        &PATH,
    );
    let mcp = mcp(section);
    let need = need(section, around);
    Some(Route {
        hosts: hosts?,
        methods: methods?,
        path: path?,
        mcp: mcp?,
        need: need?,
    })
}

#[expect(clippy::option_option, reason = "wrong, absent and present are three things")]
fn mcp(section: &mut Section<'_>) -> Option<Option<McpRule>> {
    let method = section.optional("mcp_method", "What `Mcp-Method` says: \"tools/call\".", &Text);
    let names = section.optional(
        "mcp_name",
        "What `Mcp-Name` says, one or several: the tools, prompts or resources; any where absent.",
        &OneOrMore(ListOf(Text)),
    );
    match (method?, names?) {
        (None, None) => Some(None),
        (None, Some(_)) => {
            section.problem("mcp_name", "needs mcp_method beside it", None);
            None
        }
        (Some(method), names) => {
            let names = names.unwrap_or_default();
            can_be_said(section, &method, &names).then_some(Some(McpRule { method, names }))
        }
    }
}

/// Whether a call can say it in a way that is taken for it; otherwise the route would never fit.
fn can_be_said(section: &Section<'_>, method: &str, names: &[String]) -> bool {
    let mut good = true;
    if mcp::has_mark(method) || mcp::is_list(method) {
        let message = "has a comma or =?base64?, and no call that says so is taken for one method";
        section.problem("mcp_method", message, None);
        good = false;
    }
    for (index, _) in names.iter().enumerate().filter(|(_, name)| mcp::has_mark(name)) {
        let fix = Some("write the name as it is, not encoded".to_owned());
        section.problem_in(
            "mcp_name",
            index,
            "has =?base64?, by which names are encoded in headers",
            fix,
        );
        good = false;
    }
    good
}

fn need(section: &mut Section<'_>, around: Surroundings<'_>) -> Option<Need> {
    let permissions = section.optional(
        "permissions",
        "The permissions that a call needs, all of them; [] lets every good credential pass.",
        &ListOf(SCOPE),
    );
    let resource = section.optional(
        "resource",
        "The API that tokens must be for, one of [[resources]]; what tokens are for by default when absent.",
        &IDENTIFIER,
    );
    let in_query = section.or(
        "in_query",
        "What `access_token` in the query may be: \"nothing\", \"tickets\", or \"tokens\" as well.",
        &IN_QUERY,
        "nothing",
    );
    let anonymous = section.or(
        "anonymous",
        "Whether a call without any credential passes.",
        &Flag,
        false,
    );
    let (permissions, resource, in_query, anonymous) = (permissions?, resource?, in_query?, anonymous?);
    if anonymous {
        section.loosens("anonymous", "calls of this route pass without any credential");
    }
    if in_query == InAddress::Tokens {
        section.loosens(
            "in_query",
            "access tokens stand in addresses, which end in logs and histories",
        );
    }
    let resource = match resource {
        None => None,
        Some(asked) => Some(resources::declared(
            section,
            "resource",
            &asked,
            around.resources?,
            around.issuer,
        )?),
    };
    Some(Need {
        scopes: scopes(section, permissions, anonymous, around.catalogue)?,
        resource,
        in_address: in_query,
        anonymous,
    })
}

fn scopes(
    section: &Section<'_>,
    permissions: Option<Vec<String>>,
    anonymous: bool,
    catalogue: Option<&Catalogue>,
) -> Option<ScopeSet> {
    let written = match permissions {
        Some(written) if anonymous && !written.is_empty() => {
            section.problem("permissions", "means nothing where anonymous = true", None);
            return None;
        }
        None if !anonymous => {
            section.problem(
                "permissions",
                "is missing",
                Some("[] lets every good credential pass".to_owned()),
            );
            return None;
        }
        other => other.unwrap_or_default(),
    };
    let mut good = true;
    for (index, scope) in written.iter().enumerate() {
        if let Some((message, fix)) = catalogue.and_then(|catalogue| catalogue::unknown(catalogue, scope)) {
            section.problem_in("permissions", index, message, fix);
            good = false;
        }
    }
    let scopes: ScopeSet = written.iter().map(String::as_str).collect();
    if scopes.as_str().len() > MAX_SCOPES {
        section.problem(
            "permissions",
            format!("is longer than {MAX_SCOPES} bytes together"),
            None,
        );
        return None;
    }
    good.then_some(scopes)
}
