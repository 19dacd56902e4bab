//! What an access token says, checked: a plain function of claims, expectations and a time (RFC 9068 section 4). The same
//! checks serve JWTs and replies of the introspection endpoint. Must not know signatures.

use super::principal::{Confirmation, Facts, Kind, Principal};
use super::reason::Reason;
use crate::oauth::metadata::Json;
use grantd_jose::{ClaimError, Claims};
use grantd_protocol::resource::is_same;
use grantd_protocol::scope::ScopeSet;
use serde_json::Value;
use std::sync::Arc;

/// What an API expects of tokens.
pub(crate) struct Expectations {
    pub(crate) issuer: String,
    pub(crate) audience: Vec<String>,
    /// Seconds by which clocks may differ.
    pub(crate) leeway: i64,
    pub(crate) tenant_claim: Option<Arc<str>>,
    /// Accepted `typ` of JWTs.
    pub(crate) types: Vec<String>,
}

/// Every claim that is known and of the wrong type refuses the token.
impl From<ClaimError> for Reason {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Json(_) => Self::Malformed,
            _ => Self::Claim,
        }
    }
}

impl Expectations {
    /// Checks the claims of a credential at `now`, in seconds since 1970.
    pub(crate) fn judge(
        self: &Arc<Self>,
        token: &str,
        kind: Kind,
        claims: Claims,
        now: i64,
    ) -> Result<Principal, Reason> {
        let is_key = kind == Kind::ApiKey;
        let issuer = present(claims.str("iss")?)?;
        present(claims.str("sub")?)?;
        let client_id = claims.str("client_id")?;
        let audience = claims.aud()?;
        if !is_key {
            present(client_id)?;
            claims.get("aud").ok_or(Reason::Claim)?;
        }
        let scopes = ScopeSet::parse(claims.str("scope")?.unwrap_or_default()).map_err(|_| Reason::Claim)?;
        let (issued_at, expires_at) = (claims.whole_date("iat")?, claims.whole_date("exp")?);
        let not_before = claims.whole_date("nbf")?;
        if !is_key && (issued_at.is_none() || expires_at.is_none()) {
            return Err(Reason::Claim);
        }
        claims.str("jti")?;
        self.check_tenant(&claims)?;
        let confirmation = confirmation(&claims)?;
        claims.object("status")?;

        if issuer != self.issuer {
            return Err(Reason::Issuer);
        }
        let is_ours = |named: &&str| self.audience.iter().any(|own| is_same(own, named));
        if !(audience.iter().any(is_ours) || (is_key && audience.is_empty())) {
            return Err(Reason::Audience);
        }
        self.check_times(expires_at, [not_before, issued_at], now)?;
        Ok(Principal::new(Facts {
            token: token.into(),
            kind,
            claims: claims.into_members(),
            scopes,
            issued_at,
            expires_at,
            confirmation,
            expected: Arc::clone(self),
        }))
    }

    /// Whether what ends then has ended.
    pub(crate) const fn has_ended(&self, expires_at: Option<i64>, now: i64) -> bool {
        match expires_at {
            Some(end) => now >= end + self.leeway,
            None => false,
        }
    }

    fn check_times(&self, expires_at: Option<i64>, starts: [Option<i64>; 2], now: i64) -> Result<(), Reason> {
        if self.has_ended(expires_at, now) {
            return Err(Reason::Expired);
        }
        if starts.into_iter().flatten().any(|start| now < start - self.leeway) {
            return Err(Reason::NotYetValid);
        }
        Ok(())
    }

    fn check_tenant(&self, claims: &Claims) -> Result<(), Reason> {
        let value = self.tenant_claim.as_ref().and_then(|name| claims.get(name));
        match value {
            None | Some(Value::String(_)) => Ok(()),
            Some(_) => Err(Reason::Claim),
        }
    }
}

fn present(text: Option<&str>) -> Result<&str, Reason> {
    text.filter(|text| !text.is_empty()).ok_or(Reason::Claim)
}

/// `cnf`. One that says nothing known means that the token is bound to something that cannot be checked here.
fn confirmation(claims: &Claims) -> Result<Option<Confirmation>, Reason> {
    let Some(cnf) = claims.object("cnf")? else {
        return Ok(None);
    };
    let confirmation = Confirmation {
        jkt: member(cnf, "jkt")?,
        x5t_s256: member(cnf, "x5t#S256")?,
    };
    if confirmation == Confirmation::default() {
        return Err(Reason::Confirmation);
    }
    Ok(Some(confirmation))
}

fn member(object: &Json, name: &str) -> Result<Option<String>, Reason> {
    let value = object.get(name);
    value
        .map(|value| value.as_str().map(str::to_owned).ok_or(Reason::Claim))
        .transpose()
}
