//! Where the values come from that requests are built around: tokens, codes, families.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};

use super::Callers;
use crate::driver::{Load, TargetId};
use crate::product::{Realm, endpoint};
use crate::requests::{authorization, code_body, get, issue_body, plain, posts};
use crate::script::{Expected, Extract, Order, Script, Source, Template, Use, Value};

/// Access tokens by `client_credentials`, `count` of them, from all clients in turn.
///
/// # Errors
/// When one is refused.
pub fn issued(load: &mut Load, realm: &Realm, callers: &Callers<'_>, count: u64) -> Result<Vec<Value>> {
    let (at, path) = endpoint(&realm.metadata.token_endpoint)?;
    let mut script = plain(posts(&path, at, callers.clients, &issue_body(callers.scopes)));
    script.replies = vec![member("access_token")];
    let target = load.open(at, 32, script, Vec::new())?;
    let tokens = load.gather(target, count).context("client_credentials")?;
    load.close(target)?;
    some(tokens, "access_token")
}

/// What follows `code=` in the redirect to the client.
pub(super) fn redirect_with_code() -> Expected {
    Expected {
        status: 303,
        extract: Some(Extract::After("code=".to_owned())),
    }
}

/// 200 with this member.
pub(super) fn member(name: &str) -> Expected {
    Expected::ok_with(Extract::Member(name.to_owned()))
}

/// The line that says who is logged in.
pub(super) fn cookie(callers: &Callers<'_>) -> String {
    format!("Cookie: {}\r\n", callers.cookie)
}

/// An authorization request of each client, with these header lines; `path_of` has the last word on its path.
pub(super) fn authorizations(
    realm: &Realm,
    callers: &Callers<'_>,
    at: SocketAddr,
    headers: &str,
    path_of: impl Fn(&String) -> String,
) -> Result<Vec<Template>> {
    let one = |client| {
        let (_, path) = authorization(realm, client, callers.scopes)?;
        Ok(Template {
            head: get(&path_of(&path), at, headers),
            body: None,
        })
    };
    callers.clients.iter().map(one).collect()
}

/// A target that answers every request with a code: the user's session and consent are there already.
pub(super) fn codes(load: &mut Load, realm: &Realm, callers: &Callers<'_>) -> Result<TargetId> {
    let (at, _) = endpoint(&realm.metadata.authorization_endpoint)?;
    let templates = authorizations(realm, callers, at, &cookie(callers), Clone::clone)?;
    let script = Script {
        templates,
        source: Source::Templates,
        replies: vec![redirect_with_code()],
    };
    load.open(at, 16, script, Vec::new())
}

/// Refresh tokens of as many families as the pool has room for.
pub(super) fn families(
    load: &mut Load,
    realm: &Realm,
    callers: &Callers<'_>,
    (at, path): (SocketAddr, &str),
) -> Result<Vec<Value>> {
    let source = codes(load, realm, callers)?;
    let gathered = load.gather(source, callers.pool);
    let found = some(gathered.context("authorize with a session and a consent")?, "code")?;
    load.close(source)?;
    let script = Script {
        templates: posts(path, at, callers.clients, &code_body()),
        source: Source::Values {
            order: Order::Oldest,
            used: Use::Once,
        },
        replies: vec![member("refresh_token")],
    };
    let target = load.open(at, 16, script, Vec::new())?;
    load.add(target, found)?;
    let tokens = load.gather(target, callers.pool).context("code exchange")?;
    load.close(target)?;
    some(tokens, "refresh_token")
}

pub(super) fn some(values: Vec<Value>, name: &str) -> Result<Vec<Value>> {
    if values.is_empty() {
        bail!("the replies carry no {name}");
    }
    Ok(values)
}
