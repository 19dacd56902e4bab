//! A client of a list that an operator hands to the command line: an application, or a service account where it has a tenant
//! and a role in it. Unlike the admin API it may be given an id, since whoever can open the database could do so anyway.

use super::{Made, application, blank, draw_secret, finish, insert, unsaid};
use crate::admin::deed::{Deed, Edit};
use crate::admin::fields::Fields;
use crate::admin::refused::Refused;
use crate::admin::tenant;
use crate::record::{ClientRecord, TenantRecord};
use serde_json::{Map, Value};

/// Characters that survive every way of sending a client id, HTTP Basic with and without form encoding among them.
#[must_use]
pub fn is_client_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

/// What is looked at beside the body.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The tenant that the body names, where there is one of that id.
    pub place: Option<TenantRecord>,
    /// Whether a user has the id that the body names.
    pub is_users: bool,
}

/// Decides what the client is.
///
/// # Errors
/// [`Refused::Invalid`] with everything that is wrong.
pub fn create_listed(body: &Map<String, Value>, around: &Around, deed: &Deed<'_>) -> Result<Edit<Made>, Refused> {
    let place = around.place.as_ref();
    let secret = draw_secret(deed.secrets);
    let mut record = blank(deed.realm, deed.now, deed.entropy);
    let mut fields = Fields::new(body);
    fields.require("name");
    chosen_id(&mut fields, &mut record);
    if around.is_users {
        // `sub` would not say whether a token acts for the one or for the other (RFC 9068 section 5).
        fields.complain("/client_id", "is the id of a user");
    }
    application(&mut fields, &mut record);
    service(&mut fields, &mut record);
    unsaid(&fields, &mut record, deed.realm);
    if let Some(id) = record.tenant.as_ref().filter(|_| place.is_none()) {
        fields.complain("/tenant", format!("there is no tenant '{id}'"));
    }
    finish(fields, None, &record, deed)?;
    let (guards, writes) = place.map(tenant::touch).unzip();
    insert(
        record,
        secret,
        deed,
        guards.into_iter().collect(),
        writes.into_iter().collect(),
    )
}

fn chosen_id(fields: &mut Fields<'_>, record: &mut ClientRecord) {
    let mut id = None;
    fields.optional_text("client_id", 128, &mut id);
    match id {
        None => {}
        Some(id) if is_client_id(&id) => record.client_id = id.into(),
        Some(_) => fields.complain(
            "/client_id",
            "must have 1 to 128 letters, digits, hyphens, underscores or dots",
        ),
    }
}

/// Reads the place of a service account.
pub(in crate::admin) fn service(fields: &mut Fields<'_>, record: &mut ClientRecord) {
    fields.shared_text("tenant", tenant::MAX_ID, &mut record.tenant);
    fields.shared_text("role", 200, &mut record.role);
    if record.tenant.is_some() != record.role.is_some() {
        fields.complain("/role", "a service account has a tenant and a role in it");
    }
}

/// A text that a body names, for looking up [`Around`].
#[must_use]
pub fn named<'b>(body: &'b Map<String, Value>, member: &str) -> Option<&'b str> {
    body.get(member).and_then(Value::as_str)
}
