//! From parameters as they were spelled to the standard form. Two steps, since whose dialect it is depends on the
//! client, and the client stands among the parameters: `standard_names` spells every name as the standards do and
//! notes what was special, `settle` holds that against the client's dialect.

use super::names;
use crate::config::{Case, Dialect, Dialects, Separator};
use grantd_core::grant::refuse_params;
use grantd_protocol::{ErrorCode, OAuthError, RawParams};
use std::sync::Arc;

/// A list of names and values.
type Pairs = Vec<(String, String)>;

/// What in a request is not the standard form's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Marks {
    /// A name in camelCase that has a standard spelling.
    pub(super) camel: bool,
    /// A standard spelling that has a camelCase.
    pub(super) snake: bool,
    /// The body is JSON.
    pub(super) json: bool,
    /// It wants a token and does not say by which grant.
    pub(super) no_grant_type: bool,
}

impl Marks {
    /// Whether the request is in the standard form throughout.
    pub(super) const fn is_standard(self) -> bool {
        !self.camel && !self.json && !self.no_grant_type
    }
}

/// A request whose names are all spelled as the standards do.
pub(super) struct Spelled {
    pub(super) params: RawParams,
    pub(super) marks: Marks,
}

/// A request in the standard form, and what was not right about the form it had.
pub(super) struct Settled {
    pub(super) params: RawParams,
    /// The dialect that its reply is to be in; `None` for the standard form.
    pub(super) dialect: Option<Arc<Dialect>>,
    /// Why nobody's request in this form is taken.
    pub(super) flaw: Option<OAuthError>,
    /// Why this client's is not. To be told only to the client itself: it says that the client exists.
    pub(super) not_its_form: Option<OAuthError>,
}

/// Spells every known name as the standards do, in a realm where some dialect has camelCase. A name that was sent in
/// both spellings is there twice then, and refused like every duplicate.
pub(super) fn standard_names(params: RawParams, dialects: &Dialects) -> Result<Spelled, OAuthError> {
    let mut marks = Marks::default();
    let any_camel = dialects.iter().any(|dialect| dialect.parameters == Case::Camel);
    if !any_camel || params.iter().all(|(name, _)| names::standard_of(name).is_none()) {
        return Ok(Spelled { params, marks });
    }
    marks.camel = true;
    let mut pairs: Pairs = Vec::new();
    for (name, value) in params.iter() {
        marks.snake |= names::has_another_spelling(name);
        let name = names::standard_of(name).unwrap_or(name);
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let params = RawParams::from_pairs(pairs).map_err(refuse_params)?;
    Ok(Spelled { params, marks })
}

/// Whether a token request leaves open by which grant it wants a token.
pub(super) fn leaves_grant_open(params: &RawParams) -> bool {
    params.get("grant_type").is_none() && (params.get("code").is_some() || params.get("refresh_token").is_some())
}

/// Holds a request that is not standard throughout against the dialect of its client.
///
/// # Errors
/// `invalid_request` for too many parameters.
pub(super) fn settle(spelled: Spelled, own: Option<&Arc<Dialect>>, dialects: &Dialects) -> Result<Settled, OAuthError> {
    let Spelled { params, marks } = spelled;
    let mut flaw = (marks.camel && marks.snake).then_some(MIXED);
    let Some(own) = own else {
        return Ok(Settled {
            params,
            dialect: dialects.of_realm().cloned(),
            flaw,
            not_its_form: Some(MOVED),
        });
    };
    let speaks_camel = own.parameters == Case::Camel;
    let not_its_form = if marks.camel && !speaks_camel {
        Some(NOT_CAMEL)
    } else {
        (marks.json && !own.json_bodies).then_some(NOT_JSON)
    };
    let mut pairs: Pairs = Vec::new();
    let in_dialect = match (speaks_camel, marks.camel) {
        (true, true) => true,
        // Standard names in JSON are the standard form in another envelope; without any name that tells, the envelope
        // does.
        (true, false) => (marks.json || marks.no_grant_type) && !has_standard_names(&params),
        (false, _) => true,
    };
    for (name, value) in params.iter() {
        let value = if name == "scope" && in_dialect && own.scope_separator == Separator::Comma {
            if value.contains(' ') {
                flaw = flaw.or(Some(SPACED));
            }
            value.replace(',', " ")
        } else {
            value.to_owned()
        };
        pairs.push((name.to_owned(), value));
    }
    if marks.no_grant_type && own.infer_grant_type {
        // One without a value counts as absent, and would be a second one. Two stay: they are refused like every duplicate.
        if !params.is_repeated("grant_type") {
            pairs.retain(|(name, _)| name != "grant_type");
        }
        match inferred(&params) {
            Ok(grant_type) => pairs.push(("grant_type".to_owned(), grant_type.to_owned())),
            Err(error) => flaw = flaw.or(Some(error)),
        }
    }
    Ok(Settled {
        params: RawParams::from_pairs(pairs).map_err(refuse_params)?,
        dialect: in_dialect.then(|| Arc::clone(own)),
        flaw,
        not_its_form,
    })
}

fn has_standard_names(params: &RawParams) -> bool {
    params.iter().any(|(name, _)| names::has_another_spelling(name))
}

fn inferred(params: &RawParams) -> Result<&'static str, OAuthError> {
    match (params.get("code"), params.get("refresh_token")) {
        (Some(_), None) => Ok("authorization_code"),
        (None, Some(_)) => Ok("refresh_token"),
        _ => Err(AMBIGUOUS),
    }
}

const MOVED: OAuthError = OAuthError::invalid_request(
    "this client uses the standard form alone: parameters such as grant_type in a form body, scopes separated by spaces",
);
const NOT_CAMEL: OAuthError =
    OAuthError::invalid_request("this client spells parameters as the standards do: grant_type, not grantType");
const NOT_JSON: OAuthError = OAuthError::invalid_request("this client sends form bodies, not JSON");
const MIXED: OAuthError =
    OAuthError::invalid_request("the request mixes two spellings: either all of grant_type, or all of grantType");
const AMBIGUOUS: OAuthError =
    OAuthError::invalid_request("grant_type is missing, and both a code and a refresh token are there");
const SPACED: OAuthError = OAuthError::new(
    ErrorCode::InvalidScope,
    "scopes are separated by commas here, without spaces",
);
