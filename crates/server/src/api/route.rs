//! Every route of the API as data: where it is, what it needs, what it takes and gives, and who answers. The OpenAPI
//! document and the tests of who may do what are made from these rows, so none of the three can drift from the others.

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::{
    api_keys, apps, audit, clients, findings, grants, handover, keys, links, members, realm, refusals, refused,
    registrations, reviews, roles, secrets, service_accounts, sessions, tenants, tokens, usage, users, webhooks,
};
use futures_util::future::BoxFuture;
use grantd_protocol::params::decode;
use http::Method;
use std::collections::BTreeMap;

/// Who answers.
pub(super) type Handler = for<'c> fn(&'c Call<'c>) -> BoxFuture<'c, Result<Answer, Problem>>;

/// What stood in the address where a pattern has a name.
pub type Segments = BTreeMap<&'static str, String>;

/// One row.
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// Below the API's address and version: `/clients/{client_id}`.
    pub path: &'static str,
    /// What the token must hold.
    pub permission: &'static str,
    /// Whether a token that is confined to a tenant may use it, within that tenant.
    pub tenants: bool,
    /// What it does, in a sentence.
    pub says: &'static str,
    /// The schema of the body.
    pub takes: Option<&'static str>,
    /// What comes back.
    pub gives: Gives,
    /// What the request's conditions are held against.
    pub conditions: Conditions,
    /// Parameters of the query, beside those of every list.
    pub query: &'static [Param],
    pub(super) handle: Handler,
}

/// What comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gives {
    /// 200 with an object of a schema.
    Object(&'static str),
    /// 200 with an object of a schema and its tag.
    Tagged(&'static str),
    /// 201 with an object of a schema; honours an idempotency key.
    Created(&'static str),
    /// 200 with a page of objects of a schema.
    Page(&'static str),
    /// 200 with JSON lines of a schema.
    Lines(&'static str),
    /// 204.
    Nothing,
}

/// What `If-Match` and `If-None-Match` are held against (RFC 9110 section 13.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conditions {
    /// Nothing: they are not looked at.
    Unread,
    /// The tag of what is shown: 304 for whoever has it already.
    Shown,
    /// The tag of the version that is there: 412 where another one is meant, or this one is not wanted.
    Version,
    /// Whether something is there, since it has no tag: 412 where that is not what is meant.
    Presence,
}

/// A parameter of the query.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub says: &'static str,
}

/// What stands at an address.
pub enum Found {
    /// A route and what stood in its address.
    Route(&'static Route, Segments),
    /// Routes, but none with this method: those there are.
    Methods(String),
    /// Nothing.
    Nothing,
}

impl Route {
    /// Whether it answers with pages.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.gives, Gives::Page(_))
    }

    /// What stood in the address, if it is this one's.
    fn matches(&self, path: &str) -> Option<Segments> {
        let mut segments = Segments::new();
        let mut actual = path.split('/');
        for pattern in self.path.split('/') {
            let piece = actual.next()?;
            match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    segments.insert(name, unescaped(piece)?);
                }
                None if pattern == piece => {}
                None => return None,
            }
        }
        actual.next().is_none().then_some(segments)
    }
}

/// The longest piece of a path, in bytes: a question for the platform's app is sealed into one.
const MAX_PIECE: usize = 6000;

/// A piece of a path as the text that it stands for. A plus sign is itself there.
fn unescaped(piece: &str) -> Option<String> {
    if piece.contains('+') {
        return None;
    }
    let text = decode(piece.as_bytes()).ok()?;
    (!text.is_empty() && text.len() <= MAX_PIECE && !text.contains('\0')).then(|| text.into_owned())
}

/// Every route.
pub fn all() -> impl Iterator<Item = &'static Route> {
    let tables: [&'static [Route]; 24] = [
        clients::ROUTES,
        registrations::ROUTES,
        secrets::ROUTES,
        reviews::ROUTES,
        refused::ROUTES,
        usage::ROUTES,
        users::ROUTES,
        links::ROUTES,
        tenants::ROUTES,
        members::ROUTES,
        apps::ROUTES,
        service_accounts::ROUTES,
        roles::ROUTES,
        api_keys::ROUTES,
        tokens::ROUTES,
        grants::ROUTES,
        handover::ROUTES,
        sessions::ROUTES,
        keys::ROUTES,
        audit::ROUTES,
        findings::ROUTES,
        refusals::ROUTES,
        webhooks::ROUTES,
        realm::ROUTES,
    ];
    tables.into_iter().flatten()
}

/// What stands at a path below the API's version. HEAD is answered as GET is.
pub fn find(method: &Method, path: &str) -> Found {
    let wanted = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let mut allowed: Vec<&str> = Vec::new();
    for route in all() {
        if let Some(segments) = route.matches(path) {
            if route.method == wanted {
                return Found::Route(route, segments);
            }
            allowed.push(route.method);
        }
    }
    if allowed.is_empty() {
        return Found::Nothing;
    }
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    Found::Methods(allowed.join(", "))
}

/// A handler as the table has it.
macro_rules! handler {
    ($handler:path) => {
        |call| Box::pin($handler(call))
    };
}
pub(super) use handler;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_answer_the_same_request() {
        let rows: Vec<_> = all().collect();
        for (index, row) in rows.iter().enumerate() {
            for other in rows.iter().skip(index + 1) {
                assert!(
                    row.method != other.method || row.matches(other.path).is_none(),
                    "{} {} and {}",
                    row.method,
                    row.path,
                    other.path
                );
            }
        }
    }

    #[test]
    fn every_permission_of_the_table_is_in_the_catalogue_and_every_one_there_is_asked_for() {
        let known = grantd_core::admin::permission::ALL;
        for row in all() {
            assert!(
                known.iter().any(|(name, _)| *name == row.permission),
                "{}",
                row.permission
            );
        }
        for (name, _) in known {
            assert!(all().any(|row| row.permission == *name), "{name}");
        }
    }

    #[test]
    fn what_reads_needs_a_permission_to_read_and_what_writes_one_to_write() {
        for row in all() {
            let expected = if row.method == "GET" { ":read" } else { ":write" };
            assert!(row.permission.ends_with(expected), "{} {}", row.method, row.path);
        }
    }

    #[test]
    fn a_piece_of_a_path_is_unescaped_once_and_odd_ones_lead_nowhere() {
        let found = |path: &str| match find(&Method::GET, path) {
            Found::Route(_, segments) => segments.get("client_id").cloned(),
            _ => None,
        };
        assert_eq!(
            found("/clients/https%3A%2F%2Fa.example%2Fm").as_deref(),
            Some("https://a.example/m")
        );
        assert_eq!(found("/clients/a%252fb").as_deref(), Some("a%2fb"));
        for odd in [
            "/clients/",
            "/clients/a%00",
            "/clients/%ff",
            "/clients/%4",
            "/clients/a+b",
            "//clients/a",
        ] {
            assert_eq!(found(odd), None, "{odd}");
        }
    }
}
