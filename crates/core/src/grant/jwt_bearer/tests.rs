//! Nobody vouches but whom the realm names, for no more than it lets them, once, and only to the client that is meant.

mod confirmed;
mod ends;
mod scope;

use super::*;
use crate::fixture::jwt::{put, signed};
use crate::fixture::token_endpoint::{Around, plain_refusal};
use crate::fixture::{
    API, CLIENT, GRANT, ISSUER, NOW, OTHER_API, SESSION, USER, after, grant_with, make_public, membership, scopes,
    session, user,
};
use crate::grant::TokenRequest;
use crate::record::Binding;
use crate::single_use::SingleUse;
use grantd_jose::{Algorithm, Jwk, SigningKey};
use grantd_protocol::ErrorCode;
use grantd_protocol::entropy::counted::Counted;
use serde_json::{Value, json};

const IDP: &str = "https://idp.corp.example";

/// A company's login vouches for its user to the client.
struct Case {
    around: Around,
    key: SigningKey,
    header: Value,
    claims: Value,
    facts: Facts,
    /// What the request proves to hold.
    proved: Option<Binding>,
}

impl Case {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let mut around = Around::new();
        around.realm.trusted_issuers = vec![TrustedIssuer {
            issuer: IDP.into(),
            jwks: Some(JwkSet::new(vec![
                Jwk::parse(key.public_jwk().to_json().as_bytes()).unwrap(),
            ])),
            jwks_uri: None,
            audience: None,
            id_jag: true,
            user_claim: "email".to_owned(),
            names_ids: false,
            tenant: None,
            clients: vec![CLIENT.into()],
            resources: Vec::new(),
            scopes: scopes("invoices:*"),
            max_lifetime: Seconds(300),
        }];
        let facts = Facts {
            user: Some(user()),
            memberships: Vec::new(),
            apps: Vec::new(),
            grants: Vec::new(),
            sessions: Vec::new(),
        };
        let claims = json!({
            "iss": IDP, "sub": "U019488227", "aud": ISSUER, "client_id": CLIENT, "jti": "one", "iat": NOW.secs(),
            "exp": after(60).secs(), "email": "Ada@Example.com", "scope": "invoices:read invoices:write", "resource": API,
        });
        let header = json!({ "alg": "ES256", "typ": "oauth-id-jag+jwt" });
        Self {
            around,
            key,
            header,
            claims,
            facts,
            proved: None,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut case = Self::new();
        change(&mut case);
        case
    }

    /// The same with one claim put in place, or taken away by `null`.
    fn claim(name: &str, value: Value) -> Self {
        Self::with(|case| put(&mut case.claims, name, value))
    }

    fn issuer(&mut self) -> &mut TrustedIssuer {
        &mut self.around.realm.trusted_issuers[0]
    }

    fn text(&self) -> String {
        signed(&self.key, &self.header, &self.claims)
    }

    /// Reads the assertion, and hands it over with the request.
    fn read<T>(
        &self,
        then: impl FnOnce(&Request, &Asserted<'_>, &AuthenticatedClient, &Context<'_>) -> T,
    ) -> Result<T, Refusal> {
        let text = self.text();
        let params = self
            .around
            .params(&[("grant_type", GrantType::JwtBearer.as_str()), ("assertion", &text)]);
        let request = match TokenRequest::parse(&params)? {
            TokenRequest::JwtBearer(request) => request,
            other => panic!("{other:?}"),
        };
        let client = crate::fixture::authenticated(&self.around.client);
        let client = match self.proved {
            Some(binding) => client.bound(binding),
            None => client,
        };
        self.around.decide(|context| {
            let asserted = request.read(&client, None, context)?;
            Ok(then(&request, &asserted, &client, context))
        })
    }

    fn decide(&self) -> Result<Approved, Refusal> {
        self.read(|request, asserted, client, context| {
            decide(request, asserted, client, &self.facts, context, &Counted::default())
        })?
    }

    fn refused(&self) -> ErrorCode {
        plain_refusal(self.decide())
    }
}

#[test]
fn a_trusted_issuer_vouches_for_a_user() {
    let case = Case::new();
    let approved = case.decide().unwrap();
    assert_eq!(&*approved.subject, USER);
    assert_eq!(approved.scope, scopes("invoices:read invoices:write"));
    assert_eq!(&*approved.audience, API);
    assert!(
        approved.family.is_none() && approved.id_token.is_none(),
        "no refresh token, no ID token"
    );
    let named = case.read(|_, asserted, _, _| asserted.user() == User::Name("ada@example.com".to_owned()));
    assert!(named.unwrap());
}

#[test]
fn nobody_else_vouches() {
    assert_eq!(
        Case::with(|case| case.around.realm.trusted_issuers.clear()).refused(),
        ErrorCode::InvalidGrant
    );
    for issuer in ["https://idp.corp.example/", "https://other.example", ISSUER, CLIENT] {
        assert_eq!(
            Case::claim("iss", json!(issuer)).refused(),
            ErrorCode::InvalidGrant,
            "{issuer}"
        );
    }
    let stolen = Case::with(|case| case.key = SigningKey::generate(Algorithm::ES256).unwrap());
    assert_eq!(stolen.refused(), ErrorCode::InvalidGrant);
    for alg in ["none", "HS256", "ES384", "RS256"] {
        let other = Case::with(|case| case.header["alg"] = json!(alg));
        assert_eq!(other.refused(), ErrorCode::InvalidGrant, "{alg}");
    }
}

#[test]
fn an_identity_assertion_says_what_it_is_and_nothing_else_passes_for_one() {
    for typ in [
        json!("JWT"),
        json!("at+jwt"),
        json!("client-authentication+jwt"),
        Value::Null,
    ] {
        let other = Case::with(|case| match &typ {
            Value::Null => drop(case.header.as_object_mut().unwrap().remove("typ")),
            typ => case.header["typ"] = typ.clone(),
        });
        assert_eq!(other.refused(), ErrorCode::InvalidGrant, "{typ}");
    }
    let plain = Case::with(|case| case.issuer().id_jag = false);
    assert_eq!(plain.refused(), ErrorCode::InvalidGrant);
    let plain = Case::with(|case| {
        case.issuer().id_jag = false;
        case.header["typ"] = json!("JWT");
        case.claims.as_object_mut().unwrap().remove("client_id");
    });
    assert!(plain.decide().is_ok());
}

#[test]
fn an_assertion_is_for_this_server_and_this_client_alone() {
    for audience in [
        json!("https://other.example"),
        json!([ISSUER, "https://other.example"]),
        json!("https://id.example/token"),
        json!([]),
        Value::Null,
        json!(7),
    ] {
        assert_eq!(
            Case::claim("aud", audience.clone()).refused(),
            ErrorCode::InvalidGrant,
            "{audience}"
        );
    }
    assert!(Case::claim("aud", json!([ISSUER])).decide().is_ok());
    for client in [json!("other"), Value::Null, json!([CLIENT])] {
        assert_eq!(
            Case::claim("client_id", client.clone()).refused(),
            ErrorCode::InvalidGrant,
            "{client}"
        );
    }
    let not_listed = Case::with(|case| case.issuer().clients = vec!["other".into()]);
    assert_eq!(not_listed.refused(), ErrorCode::InvalidGrant);
    assert!(
        Case::with(|case| case.issuer().clients = vec!["*".into()])
            .decide()
            .is_ok()
    );
}

#[test]
fn an_assertion_has_its_time() {
    for (name, value) in [
        ("exp", Value::Null),
        ("exp", json!(NOW.secs())),
        ("exp", json!(after(311).secs())),
        ("exp", json!(after(60).secs().to_string())),
        ("iat", Value::Null),
        ("iat", json!(after(11).secs())),
        ("nbf", json!(after(11).secs())),
    ] {
        assert_eq!(
            Case::claim(name, value.clone()).refused(),
            ErrorCode::InvalidGrant,
            "{name} {value}"
        );
    }
}

#[test]
fn an_assertion_works_once() {
    for jti in [Value::Null, json!(""), json!("x".repeat(257)), json!(7)] {
        assert_eq!(
            Case::claim("jti", jti.clone()).refused(),
            ErrorCode::InvalidGrant,
            "{jti}"
        );
    }
    let used = |case: &Case| case.read(|_, asserted, _, _| asserted.used().clone()).unwrap();
    assert_eq!(used(&Case::new()), used(&Case::new()));
    assert_ne!(used(&Case::new()), used(&Case::claim("jti", json!("two"))));
    assert_eq!(used(&Case::new()).replayed().code(), ErrorCode::InvalidGrant);
    // A client's own assertion with the same jti is another thing.
    assert_ne!(used(&Case::new()), SingleUse::assertion("main", IDP, "one", after(60)));
}

#[test]
fn the_client_must_be_confidential_and_allowed_the_grant() {
    let public = Case::with(|case| make_public(&mut case.around.client));
    assert_eq!(public.refused(), ErrorCode::UnauthorizedClient);
    let without = Case::with(|case| case.around.client.grant_types.clear());
    assert_eq!(without.refused(), ErrorCode::UnauthorizedClient);
    let off = Case::with(|case| case.around.realm.grant_types.retain(|one| *one != GrantType::JwtBearer));
    assert_eq!(off.refused(), ErrorCode::UnsupportedGrantType);
}

#[test]
fn a_user_who_is_not_here_or_may_not_act_gets_nothing() {
    assert_eq!(
        Case::with(|case| case.facts.user = None).refused(),
        ErrorCode::InvalidGrant
    );
    let disabled = Case::with(|case| case.facts.user.as_mut().unwrap().enabled = false);
    assert_eq!(disabled.refused(), ErrorCode::InvalidGrant);
    assert_eq!(Case::claim("email", Value::Null).refused(), ErrorCode::InvalidGrant);
    assert_eq!(Case::claim("sub", Value::Null).refused(), ErrorCode::InvalidGrant);
    assert_eq!(
        Case::claim("email_verified", json!(false)).refused(),
        ErrorCode::InvalidGrant
    );
    assert!(Case::claim("email_verified", json!(true)).decide().is_ok());
}

#[test]
fn an_issuer_of_one_tenant_speaks_of_no_other() {
    let of = |tenant: &str, places: &[&str]| {
        let places: Vec<_> = places.iter().map(|place| membership(place, "owner")).collect();
        Case::with(|case| {
            case.around.realm.tenants.enabled = true;
            case.issuer().tenant = (!tenant.is_empty()).then(|| tenant.into());
            case.facts.memberships = places;
        })
    };
    assert_eq!(
        of("acme", &["acme", "other"]).decide().unwrap().tenant.as_deref(),
        Some("acme")
    );
    assert_eq!(of("acme", &["other"]).refused(), ErrorCode::InvalidGrant);
    assert_eq!(of("", &["only"]).decide().unwrap().tenant.as_deref(), Some("only"));
    assert_eq!(of("", &["one", "two"]).refused(), ErrorCode::InvalidGrant);
    assert_eq!(of("", &[]).refused(), ErrorCode::InvalidGrant);
    let mut closed = of("acme", &["acme"]);
    closed.facts.memberships[0].tenant.enabled = false;
    assert_eq!(closed.refused(), ErrorCode::InvalidGrant);
}

#[test]
fn the_token_is_for_what_the_assertion_names() {
    let audience = |case: &Case| case.decide().map(|approved| approved.audience.to_string());
    let asking = |resource: &str| Case::with(|case| case.around.send("resource", resource));
    assert_eq!(audience(&asking(API)).unwrap(), API);
    assert_eq!(asking(OTHER_API).refused(), ErrorCode::InvalidTarget);
    assert_eq!(
        Case::claim("resource", json!("https://nobody.example")).refused(),
        ErrorCode::InvalidTarget
    );
    let both = Case::claim("resource", json!([API, OTHER_API]));
    assert_eq!(audience(&both).unwrap(), format!("{API} {OTHER_API}"));
    let limited = Case::with(|case| case.issuer().resources = vec![OTHER_API.into()]);
    assert_eq!(limited.refused(), ErrorCode::InvalidTarget);
    assert_eq!(audience(&Case::claim("resource", Value::Null)).unwrap(), API);
}

#[test]
fn where_a_resource_must_be_named_the_request_or_the_assertion_names_it() {
    let named_by = |assertion: bool, request: bool| {
        let mut case = if assertion {
            Case::new()
        } else {
            Case::claim("resource", Value::Null)
        };
        case.around.realm.tightenings.audience_required = true;
        if request {
            case.around.send("resource", API);
        }
        let named = case.read(|request, _, _, _| request.names_a_resource()).unwrap();
        assert_eq!(named, assertion || request);
        case
    };
    assert_eq!(named_by(false, false).refused(), ErrorCode::InvalidTarget);
    for (assertion, request) in [(true, false), (false, true), (true, true)] {
        assert_eq!(&*named_by(assertion, request).decide().unwrap().audience, API);
    }
}
