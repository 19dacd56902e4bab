//! Reports of use: which permissions were used by whom, from APIs that verify tokens by themselves and are not seen to ask.
//! What is counted is what introspection would have counted, as far as an API's word goes. Must not know where counts are
//! kept.

use crate::realm::Realm;
use crate::record::{ClientRecord, Holder};
use crate::single_use::SingleUse;
use grantd_jose::strict_json::{self, Limits};
use grantd_protocol::id::ApiKeyId;
use grantd_protocol::{OAuthError, ScopeSet, Seconds, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// Lines of one report, at most.
pub const MAX_LINES: usize = 200;
/// The largest count of one line.
const MAX_COUNT: u64 = 1_000_000_000;
/// How an API key is called in reports: as in the `sub` of its introspection.
const API_KEY: &str = "api_key:";

/// How long the name of a report is remembered: whoever got no answer sends it again within minutes.
const REMEMBERED: Seconds = Seconds(24 * 3600);
/// The longest name of a report.
const MAX_ID: usize = 128;

/// One line of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Who used it.
    pub holder: Holder,
    /// What was used.
    pub permission: String,
    /// How often: at least once.
    pub count: u64,
}

/// Refuses everybody but an API of the realm: a client must not be able to keep its own permissions in use.
///
/// # Errors
/// `unauthorized_client`.
pub fn require_api(caller: &ClientRecord) -> Result<(), OAuthError> {
    if caller.resources.is_empty() {
        let text = "only an API reports what was used";
        return Err(OAuthError::unauthorized_client(text));
    }
    Ok(())
}

/// Reads a report: an array of objects with `client_id`, `permission` and `count`.
///
/// # Errors
/// `invalid_request` for anything else; nothing of it is counted then.
pub fn read(text: &str) -> Result<Vec<Line>, OAuthError> {
    let malformed = || OAuthError::invalid_request("uses is not a list of uses");
    let report = strict_json::from_slice(text.as_bytes(), Limits::default()).map_err(|_| malformed())?;
    let lines = report.as_array().ok_or_else(malformed)?;
    if lines.len() > MAX_LINES {
        return Err(OAuthError::invalid_request("uses has too many lines"));
    }
    lines.iter().map(|line| read_line(line).ok_or_else(malformed)).collect()
}

/// The name of a report, to be spent with it: one whose answer got lost is sent again under the same name, and must not
/// count twice.
///
/// # Errors
/// `invalid_request` for one that is no name.
pub fn named(id: &str, caller: &ClientRecord, realm: &Realm, now: Timestamp) -> Result<SingleUse, OAuthError> {
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let text = "report_id is not 1 to 128 visible characters";
        return Err(OAuthError::invalid_request(text));
    }
    let until = now.plus(REMEMBERED);
    Ok(SingleUse::report(&realm.name, &caller.client_id, id, until))
}

fn read_line(line: &Value) -> Option<Line> {
    let client_id = line.get("client_id")?.as_str()?;
    let holder = match client_id.strip_prefix(API_KEY) {
        Some(id) => Holder::ApiKey(ApiKeyId::parse(id)?),
        None => Holder::Client(client_id.into()),
    };
    let count = line.get("count")?.as_u64()?;
    Some(Line {
        holder,
        permission: line.get("permission")?.as_str()?.to_owned(),
        count: (1..=MAX_COUNT).contains(&count).then_some(count)?,
    })
}

/// The permission that a line counts for, by the catalogue's own name: one that its holder holds. An API does not report of
/// itself. Names that it made up would otherwise fill the counters.
#[must_use]
pub fn counted(line: &Line, held: &ScopeSet, caller: &ClientRecord, realm: &Realm) -> Option<Arc<str>> {
    let is_own = matches!(&line.holder, Holder::Client(client_id) if *client_id == caller.client_id);
    if is_own || !held.covers(&line.permission) {
        return None;
    }
    let permission = realm.catalogue.get(&line.permission)?;
    Some(Arc::clone(&permission.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(client_id: &str, permission: &str, count: u64) -> String {
        serde_json::json!([{ "client_id": client_id, "permission": permission, "count": count }]).to_string()
    }

    #[test]
    fn a_report_names_clients_and_keys() {
        let lines = read(&line("nightly-export", "invoices:read", 3)).unwrap();
        assert_eq!(
            lines,
            [Line {
                holder: Holder::Client("nightly-export".into()),
                permission: "invoices:read".to_owned(),
                count: 3,
            }]
        );
        assert_eq!(read("[]").unwrap(), []);
        let id = ApiKeyId::parse("01890a5dac96774bbcceb302099a8057").unwrap();
        let lines = read(&line(&format!("api_key:{id}"), "invoices:read", 1)).unwrap();
        assert_eq!(lines.first().unwrap().holder, Holder::ApiKey(id));
    }

    #[test]
    fn a_report_is_named_by_its_sender_alone() {
        let (realm, now) = (crate::fixture::realm(), crate::fixture::NOW);
        let caller = crate::fixture::client();
        let other = crate::fixture::client_with(|client| client.client_id = "another".into());
        let one = named("7f", &caller, &realm, now).unwrap();
        assert_eq!(one, named("7f", &caller, &realm, now).unwrap());
        assert_ne!(one, named("7f", &other, &realm, now).unwrap());
        assert_ne!(one, named("7e", &caller, &realm, now).unwrap());
        for id in ["", "a b", "a\nb", "\u{e9}", &"x".repeat(MAX_ID + 1)] {
            assert!(named(id, &caller, &realm, now).is_err(), "{id:?}");
        }
    }

    #[test]
    fn what_is_no_report_is_refused_whole() {
        let many = serde_json::json!(vec![
            serde_json::json!({ "client_id": "c", "permission": "p", "count": 1 });
            MAX_LINES + 1
        ]);
        for text in [
            "",
            "{}",
            "[1]",
            "[{}]",
            r#"[{"client_id":"c","client_id":"d","permission":"p","count":1}]"#,
            r#"[{"client_id":"c","permission":"p","count":"1"}]"#,
            r#"[{"client_id":"c","permission":"p","count":1.5}]"#,
            r#"[{"client_id":1,"permission":"p","count":1}]"#,
            &line("c", "p", 0),
            &line("c", "p", MAX_COUNT + 1),
            &line("api_key:nobody", "p", 1),
            &many.to_string(),
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
