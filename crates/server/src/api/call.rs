//! One call on its way through a handler: who asks, what stood in the address, the query and the body.

use super::answer::{Answer, if_match, if_there};
use super::cursor;
use super::problem::Problem;
use super::route::{Conditions, Gives, Route, Segments};
use crate::request::Request;
use crate::wire;
use grantd_core::admin::{Actor, Deed};
use grantd_jose::sha256;
use grantd_jose::strict_json::{self, Limits};
use grantd_protocol::{Entropy, RawParams};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Items of a page where the request does not say.
const DEFAULT_LIMIT: u32 = 50;
/// Items of a page at most.
const MAX_LIMIT: u32 = 200;

/// One call.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) route: &'static Route,
    pub(super) actor: &'a Actor,
    pub(super) segments: Segments,
    pub(super) query: Query,
    /// Whether the request's conditions were held against something.
    judged: AtomicBool,
}

/// The query's parameters, each known to the route and there once.
pub(super) struct Query(RawParams);

impl Query {
    pub(super) fn parse(text: &str, route: &Route) -> Result<Self, Problem> {
        let params = wire::query(text).map_err(Problem::Unreadable)?;
        params
            .refuse_duplicates(&[])
            .map_err(|error| Problem::Bad(error.to_string()))?;
        let known = |name: &str| {
            route.query.iter().any(|param| param.name == name)
                || (route.is_list() && matches!(name, "cursor" | "limit"))
        };
        let unknown = params.iter().map(|(name, _)| name).find(|name| !known(name));
        if let Some(unknown) = unknown {
            return Err(Problem::Bad(format!("there is no query parameter '{unknown}' here")));
        }
        Ok(Self(params))
    }

    /// A parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// Where a page begins and how long it is.
pub(super) struct Window {
    /// Behind this key.
    pub(super) after: Option<String>,
    /// At most so many items.
    pub(super) limit: u32,
    /// What binds cursors to this list and its filters.
    pub(super) filter: [u8; 8],
}

impl Window {
    /// The id that the page begins behind, for lists that are in the order of ids.
    pub(super) fn behind<I>(&self, parse: impl Fn(&str) -> Option<I>) -> Result<Option<I>, Problem> {
        match &self.after {
            None => Ok(None),
            Some(text) => match parse(text) {
                None => Err(Problem::Bad("the cursor is broken".to_owned())),
                found => Ok(found),
            },
        }
    }
}

/// Nothing can be there: another tenant was asked about than the one that the actor is confined to.
pub(super) struct Elsewhere;

impl<'a> Call<'a> {
    /// A request that found its route.
    pub(super) const fn new(
        request: &'a Request<'a>,
        route: &'static Route,
        actor: &'a Actor,
        segments: Segments,
        query: Query,
    ) -> Self {
        Self {
            request,
            route,
            actor,
            segments,
            query,
            judged: AtomicBool::new(false),
        }
    }

    /// The realm's name.
    pub(super) fn realm(&self) -> &'a Arc<str> {
        self.request.realm.name()
    }

    /// The store.
    pub(super) fn store(&self) -> &'a grantd_store::AnyStore {
        &self.request.app.store
    }

    /// What stood in the address where the pattern has `{name}`.
    pub(super) fn segment(&self, name: &str) -> &str {
        self.segments.get(name).map_or("", String::as_str)
    }

    /// The tenant in the address, where the actor may know of it: another one looks like none.
    pub(super) fn tenant_segment(&self) -> Result<&str, Problem> {
        let tenant = self.segment("tenant");
        if self.actor.reaches(tenant) {
            Ok(tenant)
        } else {
            Err(Problem::AnotherTenants)
        }
    }

    /// The tenant that a list is about: the one that the actor is confined to, or the one that was asked about, if any.
    pub(super) fn tenant_asked(&self) -> Result<Option<&str>, Elsewhere> {
        match (self.actor.tenant(), self.query.get("tenant")) {
            (Some(own), Some(asked)) if **own != *asked => Err(Elsewhere),
            (Some(own), _) => Ok(Some(&**own)),
            (None, asked) => Ok(asked),
        }
    }

    /// That the actor may know of what is in this tenant, or in none.
    pub(super) fn sees(&self, tenant: Option<&Arc<str>>) -> Result<(), Problem> {
        match self.actor.tenant() {
            Some(own) if tenant != Some(own) => Err(Problem::AnotherTenants),
            _ => Ok(()),
        }
    }

    /// Where the page begins.
    pub(super) fn window(&self) -> Result<Window, Problem> {
        let filter = self.filter();
        let limit = match self.query.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| Problem::Bad(format!("limit must be a number from 1 to {MAX_LIMIT}")))?,
        };
        let after = match self.query.get("cursor") {
            None => None,
            Some(text) => Some(
                cursor::decode(&filter, text)
                    .ok_or_else(|| Problem::Bad("the cursor is not one of this list with these filters".to_owned()))?,
            ),
        };
        Ok(Window { after, limit, filter })
    }

    fn filter(&self) -> [u8; 8] {
        let mut text = format!(
            "{}|{}|{}",
            self.realm(),
            self.route.path,
            self.actor.tenant().map_or("", |id| id)
        );
        for (name, value) in self.segments.iter() {
            text.push_str(&format!("|{name}={}:{value}", value.len()));
        }
        for param in self.route.query {
            let value = self.query.get(param.name).unwrap_or_default();
            text.push_str(&format!("|{}={}:{value}", param.name, value.len()));
        }
        let [a, b, c, d, e, f, g, h, ..] = sha256(text.as_bytes());
        [a, b, c, d, e, f, g, h]
    }

    /// The JSON object in the body.
    pub(super) fn body(&self) -> Result<Map<String, Value>, Problem> {
        let headers = self.request.headers();
        let is_patch = self.route.method == "PATCH" && wire::is_utf8(headers, "application/merge-patch+json");
        if !is_patch && !wire::is_json(headers) {
            return Err(Problem::Media);
        }
        strict_json::object_from_slice(&self.request.body, Limits::default())
            .map_err(|error| Problem::Bad(error.to_string()))
    }

    /// The body, where there may be none.
    pub(super) fn body_if_any(&self) -> Result<Map<String, Value>, Problem> {
        if self.request.body.is_empty() {
            Ok(Map::new())
        } else {
            self.body()
        }
    }

    /// Who does it, where and when. Secrets come from the system's randomness.
    pub(super) fn deed<'d>(&'d self, address: &'d str) -> Deed<'d> {
        self.deed_with(address, &*self.request.app.entropy)
    }

    /// The same with another source of secrets.
    pub(super) fn deed_with<'d>(&'d self, address: &'d str, secrets: &'d dyn Entropy) -> Deed<'d> {
        Deed {
            realm: &self.request.realm.config.realm,
            actor: self.actor,
            address: Some(address),
            now: self.request.now,
            entropy: &*self.request.app.entropy,
            secrets,
        }
    }

    /// The address that the request came from, as the audit log has it.
    pub(super) fn address(&self) -> String {
        self.request.address.to_string()
    }

    /// Refuses where the caller means another version.
    pub(super) fn if_match(&self, etag: &str) -> Result<(), Problem> {
        self.judged.store(true, Ordering::Relaxed);
        if_match(self.request.headers(), etag)
    }

    /// The same of what has no tag.
    pub(super) fn if_there(&self, is_there: bool) -> Result<(), Problem> {
        self.judged.store(true, Ordering::Relaxed);
        if_there(self.request.headers(), is_there)
    }

    /// Whether the conditions of a request that was answered so were held against what the table says, and so against what the
    /// document says.
    pub(super) fn kept_to_the_table(&self, answer: &Answer) -> bool {
        let judged = self.judged.load(Ordering::Relaxed);
        let shows = self.route.method == "GET" && answer.is_conditional();
        match self.route.conditions {
            Conditions::Unread => !(judged || shows),
            Conditions::Shown => shows && !judged,
            // A retry under an idempotency key gets the reply of the first request, which was judged.
            Conditions::Version => judged || matches!(self.route.gives, Gives::Created(_)),
            Conditions::Presence => judged,
        }
    }

    /// The absolute address of something below the API.
    pub(super) fn url(&self, below: &str) -> String {
        let base = self.request.realm.config.endpoints.url(crate::config::Endpoint::Api);
        format!("{base}{}{below}", super::VERSION)
    }
}
