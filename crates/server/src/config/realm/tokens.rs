//! Reading `[access_token]`, `[api_keys]`, `[refresh_token]`, `[code]`, `[device]`, `[id_token]` and `[session]`.

use crate::config::kind::{Choice, Flag, Parsed, Span};
use crate::config::section::Section;
use grantd_core::realm::{
    AccessPolicy, ApiKeyPolicy, CodePolicy, DevicePolicy, IdTokenPolicy, RefreshPolicy, Rotation,
};
use grantd_core::record::client::GrantType;
use grantd_core::record::{TokenEndpointAuthMethod, TokenFormat};
use grantd_jose::Algorithm;
use grantd_protocol::Seconds;

/// Everything about what the realm issues.
pub(super) struct Tokens {
    pub(super) access: AccessPolicy,
    pub(super) api_keys: ApiKeyPolicy,
    pub(super) refresh: RefreshPolicy,
    pub(super) code: CodePolicy,
    pub(super) device: DevicePolicy,
    pub(super) id_token: IdTokenPolicy,
    pub(super) session: Seconds,
}

pub(super) const CLIENT_AUTH: Choice<TokenEndpointAuthMethod> = Choice(&[
    ("none", TokenEndpointAuthMethod::None),
    ("client_secret_basic", TokenEndpointAuthMethod::ClientSecretBasic),
    ("client_secret_post", TokenEndpointAuthMethod::ClientSecretPost),
    ("private_key_jwt", TokenEndpointAuthMethod::PrivateKeyJwt),
    ("tls_client_auth", TokenEndpointAuthMethod::TlsClientAuth),
    (
        "self_signed_tls_client_auth",
        TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
    ),
]);
pub(super) const GRANT_TYPES: Choice<GrantType> = Choice(&[
    ("authorization_code", GrantType::AuthorizationCode),
    ("refresh_token", GrantType::RefreshToken),
    ("client_credentials", GrantType::ClientCredentials),
    ("device_code", GrantType::DeviceCode),
    ("token_exchange", GrantType::TokenExchange),
    ("jwt_bearer", GrantType::JwtBearer),
]);
pub(super) const ALGORITHMS: Choice<Algorithm> = Choice(&[
    ("ES256", Algorithm::ES256),
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("EdDSA", Algorithm::EdDSA),
]);
const FORMATS: Choice<TokenFormat> = Choice(&[("jwt", TokenFormat::Jwt), ("opaque", TokenFormat::Opaque)]);
const TYPES: Choice<&str> = Choice(&[("at+jwt", "at+jwt"), ("JWT", "JWT")]);
const ROTATIONS: Choice<Rotation> = Choice(&[
    ("always", Rotation::Always),
    ("public-clients", Rotation::PublicClients),
    ("off", Rotation::Off),
]);
const PREFIX: Parsed<String> = Parsed {
    parse: |text| {
        let good = text.len() <= 32
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if good {
            Ok(text.to_owned())
        } else {
            Err("is not at most 32 letters, digits, _ and -".to_owned())
        }
    },
    sample: "acme_at_",
    pattern: "^[A-Za-z0-9_-]{0,32}$",
};
/// One second to 60 years: some platforms promise refresh tokens of half a century.
const LIFETIME: Span = Span {
    least: 1,
    most: 1_900_000_000,
};

/// Reads these sections.
pub(super) fn read(section: &mut Section<'_>) -> Option<Tokens> {
    let access = section.section("access_token", "Access tokens.", access);
    let doc = "API keys: credentials of a tenant that are sent as they are, beside OAuth.";
    let api_keys = section.section("api_keys", doc, api_keys);
    let refresh = section.section("refresh_token", "Refresh tokens.", refresh);
    let code = section.section("code", "Authorization codes.", code);
    let device = section.section("device", "Devices without a browser (RFC 8628).", device);
    let id_token = section.section("id_token", "ID tokens.", id_token);
    let session = section.section("session", "Browser sessions.", |section| {
        section.or("lifetime", "How long somebody stays logged in.", &LIFETIME, "12h")
    });
    Some(Tokens {
        access: access?,
        api_keys: api_keys?,
        refresh: refresh?,
        code: code?,
        device: device?,
        id_token: id_token?,
        session: session?,
    })
}

fn access(section: &mut Section<'_>) -> Option<AccessPolicy> {
    let format = section.or("format", "A signed JWT (RFC 9068), or opaque.", &FORMATS, "jwt");
    let algorithm = section.or("algorithm", "What JWTs are signed with.", &ALGORITHMS, "ES256");
    let typ = section.or(
        "typ",
        "The header's typ: \"at+jwt\", or \"JWT\" for verifiers that refuse it.",
        &TYPES,
        "at+jwt",
    );
    let lifetime = section.or(
        "lifetime",
        "How long one is good, where the client does not say.",
        &LIFETIME,
        "1h",
    );
    let prefix = section.or("prefix", "What opaque tokens begin with.", &PREFIX, "gd_at_");
    let by_hand_lifetime = section.or(
        "by_hand_lifetime",
        "How long one that a user makes by hand may live at most.",
        &LIFETIME,
        "365d",
    );
    let listed = section.or(
        "status_list",
        "Whether JWTs name a place in a status list, by which an API sees that one was ended without asking about it.",
        &Flag,
        false,
    );
    // Verifiers look at a list again after five minutes at most.
    let ttl = Span { least: 5, most: 300 };
    let ttl = section.or(
        "status_list_ttl",
        "How long an API may use its copy of a list: so long an ended JWT can still be accepted.",
        &ttl,
        "60s",
    );
    if typ == Some("JWT") {
        section.loosens("typ", "nothing but its claims tells an access token from an ID token");
    }
    Some(AccessPolicy {
        format: format?,
        algorithm: algorithm?,
        typ: typ?.to_owned(),
        lifetime: lifetime?,
        prefix: prefix?,
        by_hand_lifetime: by_hand_lifetime?,
        status_list: listed?.then_some(ttl?),
    })
}

fn api_keys(section: &mut Section<'_>) -> Option<ApiKeyPolicy> {
    let enabled = section.or(
        "enabled",
        "Whether there are any. Switched off, those that exist are refused.",
        &Flag,
        true,
    );
    let prefix = section.or("prefix", "What API keys begin with.", &PREFIX, "gd_key_");
    let max_lifetime = section.optional(
        "max_lifetime",
        "How long one may live at most; no bound when absent.",
        &LIFETIME,
    );
    Some(ApiKeyPolicy {
        enabled: enabled?,
        prefix: prefix?,
        max_lifetime: max_lifetime?,
    })
}

fn refresh(section: &mut Section<'_>) -> Option<RefreshPolicy> {
    let rotation = section.or(
        "rotation",
        "Whose refresh tokens change with each use.",
        &ROTATIONS,
        "always",
    );
    let grace = Span { least: 0, most: 300 };
    let grace = section.or(
        "grace",
        "How long a retry with the last token gets the same successor instead of ending everything.",
        &grace,
        "10s",
    );
    let idle = section.or("idle", "How long one lives unless it is used.", &LIFETIME, "30d");
    let absolute = section.optional(
        "absolute",
        "How long the whole chain lives, used or not; no end when absent.",
        &LIFETIME,
    );
    let prefix = section.or("prefix", "What refresh tokens begin with.", &PREFIX, "gd_rt_");
    let requires_offline_access = section.or(
        "requires_offline_access",
        "Whether one is issued only where the user allowed offline_access.",
        &Flag,
        false,
    );
    if let (Some(idle), Some(Some(absolute))) = (idle, absolute)
        && absolute < idle
    {
        let fix = Some("make idle the shorter one, or leave absolute out".to_owned());
        section.problem("absolute", "is shorter than idle, which then never takes effect", fix);
        return None;
    }
    match rotation {
        Some(Rotation::Off) => section.loosens("rotation", "a stolen refresh token works until it ends, unseen"),
        Some(Rotation::PublicClients) => {
            section.loosens(
                "rotation",
                "a confidential client's stolen refresh token is stopped by its secret alone",
            );
        }
        _ => {}
    }
    Some(RefreshPolicy {
        rotation: rotation?,
        grace: grace?,
        idle: idle?,
        absolute: absolute?,
        prefix: prefix?,
        requires_offline_access: requires_offline_access?,
    })
}

fn code(section: &mut Section<'_>) -> Option<CodePolicy> {
    // OAuth 2.1 section 4.1.2: ten minutes at most are recommended.
    let lifetime = Span { least: 5, most: 600 };
    let lifetime = section.or(
        "lifetime",
        "How long one can be redeemed; at most 10 minutes.",
        &lifetime,
        "60s",
    );
    let prefix = section.or("prefix", "What codes begin with.", &PREFIX, "gd_ac_");
    Some(CodePolicy {
        lifetime: lifetime?,
        prefix: prefix?,
    })
}

fn device(section: &mut Section<'_>) -> Option<DevicePolicy> {
    let lifetime = Span { least: 60, most: 1800 };
    let lifetime = section.or(
        "lifetime",
        "How long somebody has to type the code; at most 30 minutes.",
        &lifetime,
        "10m",
    );
    let interval = Span { least: 1, most: 60 };
    let interval = section.or(
        "interval",
        "How long a device waits between two polls.",
        &interval,
        "5s",
    );
    let prefix = section.or("prefix", "What device codes begin with.", &PREFIX, "gd_dc_");
    Some(DevicePolicy {
        lifetime: lifetime?,
        interval: interval?,
        prefix: prefix?,
    })
}

fn id_token(section: &mut Section<'_>) -> Option<IdTokenPolicy> {
    // OpenID Connect Core section 15.1: RS256 is what every client can verify.
    let algorithm = section.or("algorithm", "What ID tokens are signed with.", &ALGORITHMS, "RS256");
    let lifetime = section.or("lifetime", "How long one is good.", &LIFETIME, "1h");
    Some(IdTokenPolicy {
        algorithm: algorithm?,
        lifetime: lifetime?,
    })
}
