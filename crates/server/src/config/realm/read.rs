//! Reading a realm's file: its top level. Each section has a file of its own beside this one.

use super::demo_data::Surroundings;
use super::tokens::{self, CLIENT_AUTH, GRANT_TYPES};
use super::{
    Branding, Demo, Dialects, Endpoints, Handover, RealmConfig, Shortcut, admin_api, branding, catalogue, client_keys,
    demo_data, details, dialects, endpoint_paths, enforcement, gate, issuer, logins, metadata_documents, mtls,
    passkeys, profile, registration, resources, shortcuts, token_exchange, trusted_issuers,
};
use crate::certificate::Authorities;
use crate::config::kind::{Choice, Flag, ListOf, Parsed, Text};
use crate::config::section::Section;
use grantd_core::gate::RouteTable;
use grantd_core::realm::{
    ClientIdShape, ExcessScope, MtlsPolicy, NewClientPermissions, PkcePolicy, Profile, Realm, StoredRoles, TenantPolicy,
};
use grantd_core::record::TokenEndpointAuthMethod;
use grantd_core::record::client::GrantType;
use grantd_core::tightening::Tightenings;
use grantd_core::token::is_taken;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

const PKCE: Choice<PkcePolicy> = Choice(&[
    ("required", PkcePolicy::Required),
    ("public-clients", PkcePolicy::PublicClients),
]);
const EXCESS: Choice<ExcessScope> = Choice(&[("refuse", ExcessScope::Refuse), ("cut", ExcessScope::Cut)]);
const STARTS_WITH: Choice<NewClientPermissions> =
    Choice(&[("none", NewClientPermissions::None), ("all", NewClientPermissions::All)]);
pub(super) const NAME: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let good = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let wrong = "is not a name of lower-case letters, digits and hyphens that begins with a letter";
        if good { Ok(text.into()) } else { Err(wrong.to_owned()) }
    },
    sample: "acme",
    pattern: "^[a-z][a-z0-9-]{0,63}$",
};
const CLIENT_IDS: Parsed<ClientIdShape> = Parsed {
    parse: |text| match text.strip_suffix("-digits").map(str::parse::<u8>) {
        None if text == "opaque" => Ok(ClientIdShape::Opaque),
        Some(Ok(digits)) if (10..=32).contains(&digits) => Ok(ClientIdShape::Digits(digits)),
        _ => Err("is neither \"opaque\" nor \"N-digits\" with N from 10 to 32".to_owned()),
    },
    sample: "19-digits",
    pattern: "^(opaque|[0-9]{2}-digits)$",
};

const OPENID: &str = "Whether the realm speaks OpenID Connect (ID tokens, userinfo).";
const TENANTS: &str = "Tenants: the merchants, accounts or organisations that tokens act for.";

/// Who may do what, and how: the rules at the top of the file.
struct Rules {
    profile: Profile,
    pkce: PkcePolicy,
    excess_scope: ExcessScope,
    client_ids: ClientIdShape,
    new_client_permissions: NewClientPermissions,
}

/// Reads the whole file. `source` is what messages call it.
pub(in crate::config) fn read(section: &mut Section<'_>, source: &Path) -> Option<RealmConfig> {
    let doc = "The realm's name in the store and on the command line. Never change it.";
    let name = section.required("name", doc, &NAME);
    let display_name = section.required("display_name", "The name that people see.", &Text);
    let addresses = issuer::read(section);
    let openid = section.or("openid", OPENID, &Flag, true);
    let rules = rules(section);
    let auth_methods = auth_methods(section);
    let keys = client_keys::policies(section);
    let mtls = mtls::read(section, addresses.as_ref(), auth_methods.as_deref());
    let (grant_types, api) = (grant_types(section), admin_api::read(section));
    let catalogue = catalogue::read(section, openid.unwrap_or(true));
    let catalogue = catalogue.map(|catalogue| match api {
        Some(false) => catalogue,
        _ => catalogue.with_own(),
    });
    let dialects = dialects::read(section, catalogue.as_ref());
    let resources = resources::read(section, addresses.as_ref(), catalogue.as_ref());
    let endpoints = endpoint_paths::read(section, addresses.as_ref(), openid.unwrap_or(true));
    let api = admin_api::own_resource(section, api, endpoints.as_ref(), resources.as_ref());
    let gate = gate::read(section, catalogue.as_ref(), resources.as_ref(), addresses.as_ref());
    let tokens = tokens::read(section);
    let exchanges = token_exchange::read(section, catalogue.as_ref(), resources.as_ref());
    let trusted = trusted_issuers::read(section, catalogue.as_ref(), resources.as_ref(), addresses.as_ref());
    let details = details::read(section);
    let ((handover, upstreams, levels), signed_responses) = (logins::read(section), signed_responses(section));
    let registration = registration::read(section, catalogue.as_ref(), details.as_deref());
    let enforcement = enforcement::read(section);
    let documents = metadata_documents::read(section, registration.as_ref());
    let tenants = section.section("tenants", TENANTS, tenants);
    let roles = catalogue::read_roles(section, catalogue.as_ref());
    let (operators, portal) = logins::people(section, catalogue.as_ref());
    let (pages, shortcuts) = (pages(section, endpoints.as_ref()), shortcuts::read(section));
    let surroundings = Surroundings {
        catalogue: catalogue.as_ref(),
        roles: roles.as_ref(),
        tenants_enabled: tenants.as_ref().map(|tenants| tenants.enabled),
        grant_types: grant_types.as_deref(),
        auth_methods: auth_methods.as_deref(),
        dialects: dialects.as_ref(),
        details: details.as_deref(),
    };
    let doc = "What `grantd dev` seeds; `grantd serve` ignores it.";
    let demo = section.section("demo", doc, |section| demo_data::read(section, surroundings));
    let (addresses, rules, tokens, resources, keys) = (addresses?, rules?, tokens?, resources?, keys?);
    let (dialects, mtls) = (dialects?, mtls?);
    let realm = Realm {
        profile: rules.profile,
        name: name?,
        display_name: display_name?,
        issuer: addresses.issuer,
        aliases: addresses.aliases,
        pkce: rules.pkce,
        access: tokens.access,
        api_keys: tokens.api_keys,
        refresh: tokens.refresh,
        code: tokens.code,
        device: tokens.device,
        id_token: tokens.id_token,
        session_lifetime: tokens.session,
        catalogue: catalogue?,
        roles: roles?,
        stored_roles: StoredRoles::default(),
        operators: operators?,
        portal: portal?,
        tenants: tenants?,
        resources: resources.list,
        api: api?,
        default_resource: resources.default,
        excess_scope: rules.excess_scope,
        auth_methods: auth_methods?,
        assertions: keys.assertions,
        pushed: keys.pushed,
        request_objects: keys.request_objects,
        dpop: keys.dpop,
        mtls: MtlsPolicy { enabled: mtls.enabled },
        exchanges: exchanges?,
        trusted_issuers: trusted?,
        upstreams: upstreams?,
        grant_types: grant_types?,
        client_ids: rules.client_ids,
        new_client_permissions: rules.new_client_permissions,
        registration: registration?,
        dialects: dialects.iter().map(|dialect| Arc::clone(&dialect.name)).collect(),
        documents: documents?,
        openid: levels?,
        details: details?,
        signed_responses: signed_responses?,
        tightenings: Tightenings::default(),
    };
    let realm = profile::keep(section, enforcement?.apply(realm))?;
    let surface = Surface {
        authorities: mtls.authorities,
        endpoints: endpoints?.with_resources(identifiers(&realm)).with_mtls(mtls.origin),
        gate: gate?,
        dialects,
        shortcuts: shortcuts?,
        handover: handover?,
        pages: pages?,
    };
    Some(assemble(realm, surface, demo?, source))
}

/// The identifiers of the realm's resources.
fn identifiers(realm: &Realm) -> Vec<Arc<str>> {
    let resources = realm.resources.iter();
    resources.map(|resource| Arc::clone(&resource.identifier)).collect()
}

fn rules(section: &mut Section<'_>) -> Option<Rules> {
    let profile = profile::read(section);
    let pkce = section.or(
        "pkce",
        "Who must use PKCE: everybody, or public clients only.",
        &PKCE,
        "required",
    );
    if pkce == Some(PkcePolicy::PublicClients) {
        section.loosens(
            "pkce",
            "confidential clients may leave PKCE out, so a stolen code is stopped by their secret alone",
        );
    }
    let excess_scope = section.or(
        "excess_scope",
        "A known scope that is not permitted: \"refuse\" the request, or \"cut\" it out.",
        &EXCESS,
        "refuse",
    );
    let client_ids = section.or(
        "client_id_shape",
        "How ids of new clients look: \"opaque\" or \"N-digits\".",
        &CLIENT_IDS,
        "opaque",
    );
    let new_client_permissions = section.or(
        "new_client_permissions",
        "What an operator's new client may do before anybody chooses: \"none\" or \"all\".",
        &STARTS_WITH,
        "none",
    );
    if new_client_permissions == Some(NewClientPermissions::All) {
        section.loosens(
            "new_client_permissions",
            "an operator's new client may do everything until somebody takes permissions away",
        );
    }
    Some(Rules {
        profile: profile?,
        pkce: pkce?,
        excess_scope: excess_scope?,
        client_ids: client_ids?,
        new_client_permissions: new_client_permissions?,
    })
}

fn auth_methods(section: &mut Section<'_>) -> Option<Vec<TokenEndpointAuthMethod>> {
    section.or(
        "client_auth",
        "How clients may authenticate at the token endpoint.",
        &ListOf(CLIENT_AUTH),
        json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]),
    )
}

fn signed_responses(section: &mut Section<'_>) -> Option<bool> {
    section.or(
        "signed_responses",
        "Whether clients can have the answers to authorization requests signed (JARM).",
        &Flag,
        true,
    )
}

fn grant_types(section: &mut Section<'_>) -> Option<Vec<GrantType>> {
    section.or(
        "grant_types",
        "What is accepted at the token endpoint.",
        &ListOf(GRANT_TYPES),
        json!(["authorization_code", "refresh_token", "client_credentials"]),
    )
}

/// What the outside sees of a realm beside its rules.
struct Surface {
    endpoints: Endpoints,
    authorities: Option<Authorities>,
    gate: RouteTable,
    dialects: Dialects,
    shortcuts: Vec<Shortcut>,
    handover: Handover,
    pages: Pages,
}

/// The pages: how they look, and for which domain passkeys are on them.
struct Pages {
    branding: Branding,
    rp_id: Option<Arc<str>>,
}

fn pages(section: &mut Section<'_>, endpoints: Option<&Endpoints>) -> Option<Pages> {
    let rp_id = passkeys::read(section, endpoints);
    let branding = section.section("branding", "How the realm's pages look.", branding::read);
    Some(Pages {
        branding: branding?,
        rp_id: rp_id?,
    })
}

fn assemble(realm: Realm, surface: Surface, demo: Demo, source: &Path) -> RealmConfig {
    let Surface {
        endpoints,
        authorities,
        gate,
        dialects,
        shortcuts,
        handover,
        pages: Pages { branding, rp_id },
    } = surface;
    let branding = Branding {
        display_name: Some(branding.display_name)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| realm.display_name.clone()),
        ..branding
    };
    RealmConfig {
        realm: Arc::new(realm),
        endpoints,
        authorities,
        gate,
        dialects,
        rp_id,
        shortcuts,
        handover,
        branding,
        demo,
        source: source.to_owned(),
        loosenings: Vec::new(),
        settings: Arc::default(),
    }
}

fn tenants(section: &mut Section<'_>) -> Option<TenantPolicy> {
    let enabled = section.or("enabled", "Whether users choose a tenant at consent.", &Flag, false);
    let claim = section.or("claim", "The claim that names the tenant.", &Text, "tenant");
    if let Some(claim) = claim.as_deref().filter(|claim| is_taken(claim)) {
        section.problem(
            "claim",
            format!("\"{claim}\" already means something else in tokens"),
            None,
        );
        return None;
    }
    Some(TenantPolicy {
        enabled: enabled?,
        claim: claim?,
    })
}
