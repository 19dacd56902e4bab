//! Records as text, every field of them, to compare what two stores say. Records with hashes have neither `==` nor a
//! telling `Debug`, on purpose.

use grantd_core::record::{
    AccessFacts, AccessRecord, ApiKeyFacts, ClientRecord, CodeFacts, CodeRecord, FamilyFacts, FamilyRecord, KeyRecord,
    SessionFacts, SessionRecord, UserRecord,
};

pub fn client(row: &ClientRecord) -> String {
    serde_json::to_string(row).unwrap()
}

pub fn user(row: &UserRecord) -> String {
    serde_json::to_string(row).unwrap()
}

pub fn access(row: &AccessRecord) -> String {
    format!("{row:?} {:?}", row.hash.map(|hash| *hash.as_bytes()))
}

pub fn access_facts(facts: &AccessFacts) -> String {
    let AccessFacts {
        token,
        family_ended,
        grant_ended,
        user_disabled,
        tenant_lost,
        subject_ended: _,
        app_blocked: _,
        authentication,
    } = facts;
    format!(
        "{} {family_ended} {grant_ended} {user_disabled} {tenant_lost} {authentication:?}",
        access(token)
    )
}

pub fn api_key(facts: &ApiKeyFacts) -> String {
    format!("{facts:?} {:?}", facts.key.hash.as_bytes())
}

pub fn code(row: &CodeRecord) -> String {
    format!("{row:?} {:?}", row.hash.as_bytes())
}

pub fn code_facts(facts: &CodeFacts) -> String {
    let CodeFacts {
        code: row,
        grant,
        session: login,
        user: owner,
    } = facts;
    let (login, owner) = (login.as_ref().map(session), owner.as_ref().map(user));
    format!("{} {grant:?} {login:?} {owner:?}", code(row))
}

pub fn family(row: &FamilyRecord) -> String {
    format!("{row:?}")
}

pub fn family_facts(facts: &FamilyFacts) -> String {
    let FamilyFacts {
        family: row,
        grant,
        session: login,
        user: owner,
    } = facts;
    let (login, owner) = (login.as_ref().map(session), owner.as_ref().map(user));
    format!("{} {grant:?} {login:?} {owner:?}", family(row))
}

pub fn session(row: &SessionRecord) -> String {
    format!("{row:?} {:?}", row.hash.as_bytes())
}

pub fn session_facts(facts: &SessionFacts) -> String {
    format!("{} {:?}", session(&facts.session), facts.user.as_ref().map(user))
}

pub fn key(row: &KeyRecord) -> String {
    let KeyRecord {
        realm,
        kid,
        alg,
        state,
        sealed,
        created_at,
        since,
        remove_at,
    } = row;
    format!("{realm} {kid} {alg} {state:?} {sealed:?} {created_at:?} {since:?} {remove_at:?}")
}
