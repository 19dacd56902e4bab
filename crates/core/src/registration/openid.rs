//! What client metadata says beyond the basics: what a client is held to, and what it wants of OpenID Connect. Must not
//! know whether anybody answers at the addresses it names.

use super::members::{Members, wrong};
use super::wanted::Wanted;
use crate::realm::Realm;
use crate::record::ClientRecord;
use crate::record::certificate_subject::{MAX_SUBJECT, MEMBERS};
use crate::record::client_openid::MAX_REQUEST_URIS;
use crate::record::{CertificateSubject, ClientDuties, ClientOpenid, SubjectType, TokenEndpointAuthMethod};
use grantd_jose::Algorithm;
use grantd_protocol::OAuthError;
use grantd_protocol::web::MAX_URL;

/// The longest of short texts, in bytes.
const MAX_TEXT: usize = 64;
/// The most types of authorization details that are read.
const MAX_TYPES: usize = 20;

/// What the client asks to be held to.
///
/// # Errors
/// `invalid_client_metadata` for a member of another type.
pub fn duties(members: Members<'_>) -> Result<ClientDuties, OAuthError> {
    Ok(ClientDuties {
        pushes: members.flag("require_pushed_authorization_requests")?,
        signs: members.flag("require_signed_request_object")?,
        binds: members.flag("dpop_bound_access_tokens")?,
        binds_to_certificate: members.flag("tls_client_certificate_bound_access_tokens")?,
    })
}

/// The name that its certificate has.
///
/// # Errors
/// `invalid_client_metadata` for two of them, for one that is no name of its kind, and for one without a use.
pub fn certificate_subject(
    members: Members<'_>,
    auth_method: TokenEndpointAuthMethod,
) -> Result<Option<CertificateSubject>, OAuthError> {
    let mut values = [const { None }; MEMBERS.len()];
    for (value, member) in values.iter_mut().zip(MEMBERS) {
        *value = members.text(member, MAX_SUBJECT)?.map(str::to_owned);
    }
    let subject = CertificateSubject::of(values).map_err(|(member, says)| wrong(member, says))?;
    let needed = auth_method == TokenEndpointAuthMethod::TlsClientAuth;
    match subject {
        None if needed => Err(wrong(
            "token_endpoint_auth_method",
            "tls_client_auth needs a name of the certificate",
        )),
        Some(subject) if !needed => Err(wrong(subject.member().0, "is for tls_client_auth alone")),
        subject => Ok(subject),
    }
}

/// What it wants of OpenID Connect and of detailed requests; of those, what the realm has for such clients.
///
/// # Errors
/// `invalid_client_metadata`.
pub fn read(members: Members<'_>, redirect_uris: &[&str], realm: &Realm) -> Result<ClientOpenid, OAuthError> {
    let address = |name: &str| -> Result<Option<String>, OAuthError> {
        members.text(name, MAX_URL).map(|text| text.map(str::to_owned))
    };
    if members.has("jwks") && members.has("jwks_uri") {
        return Err(wrong("jwks_uri", "and jwks exclude each other"));
    }
    let request_uris = members.list("request_uris", MAX_REQUEST_URIS, MAX_URL)?;
    let openid = ClientOpenid {
        jwks_uri: address("jwks_uri")?,
        request_uris: request_uris
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        subject_type: match members.text("subject_type", MAX_TEXT)? {
            None | Some("public") => SubjectType::Public,
            Some("pairwise") => SubjectType::Pairwise,
            Some(_) => return Err(wrong("subject_type", "must be public or pairwise")),
        },
        sector_identifier_uri: address("sector_identifier_uri")?,
        userinfo_signed_response_alg: signed(members, "userinfo_signed_response_alg", realm.id_token.algorithm)?,
        authorization_signed_response_alg: signed(
            members,
            "authorization_signed_response_alg",
            realm.id_token.algorithm,
        )?,
        introspection_signed_response_alg: signed(
            members,
            "introspection_signed_response_alg",
            realm.id_token.algorithm,
        )?,
        token_endpoint_auth_signing_alg: signs(members, "token_endpoint_auth_signing_alg", realm)?,
        request_object_signing_alg: signs(members, "request_object_signing_alg", realm)?,
        authorization_details_types: detail_types(members, realm)?,
        backchannel_logout_uri: address("backchannel_logout_uri")?,
        backchannel_logout_session_required: members.flag("backchannel_logout_session_required")?,
        frontchannel_logout_uri: address("frontchannel_logout_uri")?,
        frontchannel_logout_session_required: members.flag("frontchannel_logout_session_required")?,
    };
    let redirect_uris: Vec<String> = redirect_uris.iter().map(|uri| (*uri).to_owned()).collect();
    match openid.mistakes(&redirect_uris).into_iter().next() {
        Some((name, says)) => Err(wrong(name, &says)),
        None => Ok(openid),
    }
}

/// What is signed for a client: as the realm signs ID tokens, or not at all. `none` would be an unsigned JWT, which nobody
/// needs.
fn signed(members: Members<'_>, name: &str, algorithm: Algorithm) -> Result<Option<Algorithm>, OAuthError> {
    match members.text(name, MAX_TEXT)? {
        None => Ok(None),
        Some(asked) if asked == algorithm.as_str() => Ok(Some(algorithm)),
        Some(_) => Err(wrong(name, "is not what is signed with here")),
    }
}

/// What the client signs with: one of the algorithms that are checked here. `none` would let anybody speak for it.
fn signs(members: Members<'_>, name: &str, realm: &Realm) -> Result<Option<Algorithm>, OAuthError> {
    let Some(asked) = members.text(name, MAX_TEXT)? else {
        return Ok(None);
    };
    let algorithm = asked.parse().ok().filter(|algorithm| realm.profile.admits(*algorithm));
    match algorithm {
        Some(algorithm) => Ok(Some(algorithm)),
        None => Err(wrong(name, "is not an algorithm that is accepted here")),
    }
}

/// The types of authorization details (RFC 9396 section 10), cut to those that such clients may have, as scopes are.
fn detail_types(members: Members<'_>, realm: &Realm) -> Result<Vec<String>, OAuthError> {
    let asked = members.list("authorization_details_types", MAX_TYPES, MAX_URL)?;
    let offered = |name: &&str| realm.registration.details.iter().any(|one| one == name);
    let asked = asked.unwrap_or_default().into_iter().filter(offered);
    Ok(asked.map(str::to_owned).collect())
}

impl Wanted {
    /// Whether its keys can sign as it registered. It is judged where the one or the other is news: a rule that came later must
    /// not keep a client from changing its name. Of a document nothing is news, so it is not judged.
    ///
    /// # Errors
    /// `invalid_client_metadata`.
    pub fn check_keys(&self, before: Option<&ClientRecord>) -> Result<(), OAuthError> {
        let is_same = |before: &ClientRecord| {
            before.auth_method == self.auth_method
                && before.jwks == self.jwks
                && before.openid.jwks_uri == self.openid.jwks_uri
                && before.openid.signs_with() == self.openid.signs_with()
        };
        if before.is_some_and(is_same) {
            return Ok(());
        }
        // Who signs no assertions registers nothing by saying how.
        let matters = |name: &str| name != "token_endpoint_auth_signing_alg" || self.auth_method.has_keys();
        let wrongs = self.openid.unusable(self.jwks.as_ref());
        match wrongs.iter().find(|(name, _)| matters(name)) {
            Some((name, says)) => Err(wrong(name, says)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{client, realm_with};
    use crate::registration::members::Members;
    use crate::registration::{Given, Wanted, describe};
    use serde_json::{Value, json};

    fn registered(metadata: &Value) -> serde_json::Map<String, Value> {
        let members = metadata.as_object().unwrap();
        let wanted = Wanted::read(Members(members), &realm_with(|_| {})).unwrap();
        let mut client = client();
        wanted.put_into(&mut client);
        assert_eq!(Wanted::of(&client), wanted);
        describe(&client, &Given::default())
    }

    #[test]
    fn what_a_client_is_held_to_and_told_is_registered_and_said() {
        let metadata = json!({
            "redirect_uris": ["https://app.example/cb"],
            "require_pushed_authorization_requests": true,
            "require_signed_request_object": true,
            "dpop_bound_access_tokens": true,
            "jwks_uri": "https://app.example/keys",
            "token_endpoint_auth_signing_alg": "ES256",
            "request_object_signing_alg": "PS256",
            "backchannel_logout_uri": "https://app.example/out",
            "backchannel_logout_session_required": true,
            "frontchannel_logout_uri": "https://app.example/frame",
            "frontchannel_logout_session_required": true,
        });
        let told = registered(&metadata);
        for (name, value) in metadata.as_object().unwrap() {
            assert_eq!(told.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_said() {
        let told = registered(&json!({ "redirect_uris": ["https://app.example/cb"], "subject_type": "public" }));
        for name in [
            "dpop_bound_access_tokens",
            "backchannel_logout_uri",
            "subject_type",
            "request_uris",
        ] {
            assert!(!told.contains_key(name), "{name}");
        }
    }
}
