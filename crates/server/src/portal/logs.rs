//! An application's refused requests: one sentence each, what was expected, what came, and how to mend it.

use super::users::try_it;
use crate::api::inside::{Ask, path};
use crate::console::applications::{heading, load, pieces};
use crate::console::places;
use crate::signed_in::listing::{instant, paged, rows, table, text};
use crate::signed_in::{Page, Visit};
use grantd_core::explain::Cause;
use grantd_pages::{Cell, Tone, Words};
use serde_json::Value;

const FILTERS: &[&str] = &["endpoint", "error", "request"];
const ENDPOINTS: &[&str] = &["authorize", "consent", "token", "par", "introspect", "gate"];

/// The list.
pub(crate) async fn list(visit: &Visit<'_>, id: &str) -> Page {
    let client = load(visit, id).await?.body;
    let mut heading = heading(visit, &client, "logs");
    heading.lead = Some(Words::say("portal-logs-lead"));
    let mut ask = Ask::get(path(&["clients", id, "refused"]));
    for name in FILTERS {
        ask = ask.query(name, visit.asked(name));
    }
    let found = visit.listing(ask).await?;
    let here = pieces(id, "logs");
    let columns = [
        "portal-logs-when",
        "portal-logs-what",
        "portal-logs-expected",
        "portal-logs-got",
        "portal-logs-mend",
        "portal-logs-request",
    ];
    let empty = ("portal-logs-empty", "portal-logs-empty-more");
    let mut table = table(Words::say("portal-logs"), &columns, rows(&found.items, cells), empty);
    let endpoints = ENDPOINTS.iter().map(|name| (*name, Words::given(*name)));
    table.filters = Some(visit.filters(
        &here,
        vec![
            visit.choice("endpoint", Words::say("portal-logs-where"), endpoints.collect()),
            visit.search("error", Words::say("portal-logs-error")),
            visit.search("request", Words::say("portal-logs-request")),
        ],
    ));
    table.empty.action = try_it(visit, id);
    let pager = visit.pager(&here, FILTERS, found.next.as_deref());
    visit.show(places::APPLICATIONS, heading, vec![paged(table, pager)])
}

fn cells(row: &Value) -> Vec<Cell> {
    let value = |name: &str| match text(row, name) {
        "" => Cell::Nothing,
        text => Cell::code(text),
    };
    let more = row.get("more").and_then(Value::as_i64).unwrap_or_default();
    let mend = match Cause::ALL.iter().find(|cause| cause.as_str() == text(row, "cause")) {
        Some(cause) => Cell::text(Words::say(mend(*cause))),
        None => Cell::Nothing,
    };
    let said = format!(
        "{} {}: {}",
        text(row, "endpoint"),
        text(row, "error"),
        text(row, "says")
    );
    vec![
        match more {
            0 => instant(row, "at"),
            more => Cell::chip(Words::say("portal-logs-more").with("count", more), Tone::Warning),
        },
        Cell::given(said),
        value("expected"),
        value("got"),
        mend,
        value("request"),
    ]
}

/// The text that says how to mend it.
const fn mend(cause: Cause) -> &'static str {
    match cause {
        Cause::RedirectUri => "portal-mend-redirect-uri",
        Cause::RedirectSlash => "portal-mend-redirect-slash",
        Cause::RedirectCase => "portal-mend-redirect-case",
        Cause::RedirectScheme => "portal-mend-redirect-scheme",
        Cause::RedirectPort => "portal-mend-redirect-port",
        Cause::RedirectHost => "portal-mend-redirect-host",
        Cause::RedirectQuery => "portal-mend-redirect-query",
        Cause::RedirectPath => "portal-mend-redirect-path",
        Cause::Pkce => "portal-mend-pkce",
        Cause::ResponseType => "portal-mend-response-type",
        Cause::Scope => "portal-mend-scope",
        Cause::Resource => "portal-mend-resource",
        Cause::Disabled => "portal-mend-disabled",
        Cause::GrantType => "portal-mend-grant-type",
        Cause::ClientAuth => "portal-mend-client-auth",
        Cause::Code => "portal-mend-code",
        Cause::RefreshToken => "portal-mend-refresh-token",
        Cause::NotOpen => "portal-mend-not-open",
        Cause::Denied => "portal-mend-denied",
        Cause::Silent => "portal-mend-silent",
        Cause::Limit => "portal-mend-limit",
        Cause::Proof => "portal-mend-proof",
        Cause::Token => "portal-mend-token",
        Cause::Permission => "portal-mend-permission",
        Cause::RequestObject => "portal-mend-request-object",
        Cause::Parameter => "portal-mend-parameter",
    }
}
