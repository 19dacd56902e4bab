//! Reading `[demo]`: tenants, users, service accounts and API keys. Clients are read in `super::demo_clients`.

use super::demo::{Demo, DemoApiKey, DemoMembership, DemoServiceAccount, DemoTenant, DemoUser};
use super::demo_clients;
use super::dialect::Dialects;
use crate::config::kind::{Claims, Names, Parsed, Sensitive, Text};
use crate::config::section::Section;
use crate::config::suggest;
use grantd_core::details::DetailType;
use grantd_core::permission::Catalogue;
use grantd_core::record::TokenEndpointAuthMethod;
use grantd_core::record::UserRecord;
use grantd_core::record::client::GrantType;
use grantd_protocol::ScopeSet;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const TENANT: Parsed<Arc<str>> = Parsed {
    parse: |text| {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let wrong = "is not an identifier of letters, digits and -_.";
        if plain && (1..=64).contains(&text.len()) {
            Ok(text.into())
        } else {
            Err(wrong.to_owned())
        }
    },
    sample: "acme",
    pattern: "^[A-Za-z0-9._-]{1,64}$",
};
const PASSWORD: Sensitive = Sensitive {
    check: |text| {
        if (8..=200).contains(&text.chars().count()) {
            Ok(())
        } else {
            Err("must have 8 to 200 characters")
        }
    },
};

/// Whether it has the realm's prefix and a right checksum is found out when it is seeded.
const API_KEY: Sensitive = Sensitive {
    check: |text| {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if plain && (48..=128).contains(&text.len()) {
            Ok(())
        } else {
            Err("is no API key of grantd")
        }
    },
};

/// The parts of a realm that its demo data has to fit. A part that has mistakes of its own is `None`, and what depends
/// on it is not judged: the operator would be told the same thing twice.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) catalogue: Option<&'a Catalogue>,
    pub(super) roles: Option<&'a BTreeMap<Arc<str>, ScopeSet>>,
    pub(super) tenants_enabled: Option<bool>,
    pub(super) grant_types: Option<&'a [GrantType]>,
    pub(super) auth_methods: Option<&'a [TokenEndpointAuthMethod]>,
    pub(super) dialects: Option<&'a Dialects>,
    pub(super) details: Option<&'a [DetailType]>,
}

/// Reads the section.
pub(super) fn read(section: &mut Section<'_>, realm: Surroundings<'_>) -> Option<Demo> {
    let tenants = section.each("tenants", "Tenants.", tenant);
    let known: Option<Vec<Arc<str>>> = tenants
        .as_ref()
        .map(|tenants| tenants.iter().map(|tenant| Arc::clone(&tenant.id)).collect());
    let known = known.as_deref();
    let users = section.each("users", "People who can log in.", |section| user(section, realm, known));
    let clients = section.each("clients", "Applications.", |section| {
        demo_clients::read(section, realm, known)
    });
    let accounts = section.each("service_accounts", "Clients with a role in a tenant.", |section| {
        service_account(section, realm, known)
    });
    let keys = section.each("api_keys", "API keys.", |section| api_key(section, realm, known));
    let (tenants, users, clients, service_accounts) = (tenants?, users?, clients?, accounts?);
    let api_keys = keys?;
    if !tenants.is_empty() && realm.tenants_enabled == Some(false) {
        let fix = Some("set enabled = true in [tenants]".to_owned());
        section.problem(
            "tenants",
            "there are tenants, but the realm has tenants switched off",
            fix,
        );
        return None;
    }
    let client_ids = clients.iter().map(|client| client.client_id.as_deref());
    let account_ids = service_accounts.iter().map(|account| account.client_id.as_deref());
    let all_unique = unique(section, "tenants", tenants.iter().map(|tenant| Some(&*tenant.id)))
        & unique(
            section,
            "users",
            users.iter().map(|user| UserRecord::key_of(&user.username)).map(Some),
        )
        & unique(section, "clients", client_ids.chain(account_ids))
        & unique(section, "api_keys", api_keys.iter().map(|key| Some(&key.name)));
    all_unique.then_some(Demo {
        users,
        tenants,
        clients,
        service_accounts,
        api_keys,
    })
}

/// Whether all names in a list are different; reports those that are not.
fn unique<T: PartialEq + std::fmt::Debug>(
    section: &Section<'_>,
    key: &str,
    names: impl Iterator<Item = Option<T>>,
) -> bool {
    let names: Vec<Option<T>> = names.collect();
    let mut good = true;
    for (index, name) in names.iter().enumerate() {
        if let Some(shown) = name
            && names.iter().take(index).any(|before| before == name)
        {
            section.problem_in(key, index, format!("{shown:?} is there twice"), None);
            good = false;
        }
    }
    good
}

fn tenant(section: &mut Section<'_>) -> Option<DemoTenant> {
    let id = section.required("id", "What the tenant claim says.", &TENANT);
    let name = section.required("name", "The name that people see.", &Text);
    Some(DemoTenant { id: id?, name: name? })
}

fn user(section: &mut Section<'_>, realm: Surroundings<'_>, tenants: Option<&[Arc<str>]>) -> Option<DemoUser> {
    let username = section.required("username", "What they type to log in.", &Text);
    let password = section.required("password", "Their password; demo data, so it stands here.", &PASSWORD);
    let claims = section.or(
        "claims",
        "Claims of OpenID Connect Core section 5.1: name, email, ...",
        &Claims,
        json!({}),
    );
    let places = section.or(
        "tenants",
        "Their role in each tenant: { acme = \"owner\" }.",
        &Names,
        json!({}),
    );
    let mut memberships = Some(Vec::new());
    for (tenant, role) in places? {
        let known = belongs(section, "tenants", &tenant, tenants) & has_role(section, "tenants", &role, realm);
        memberships = memberships.filter(|_| known).map(|mut memberships| {
            memberships.push(DemoMembership {
                tenant: tenant.into(),
                role: role.into(),
            });
            memberships
        });
    }
    Some(DemoUser {
        username: username?,
        password: password?,
        claims: claims?,
        tenants: memberships?,
    })
}

fn service_account(
    section: &mut Section<'_>,
    realm: Surroundings<'_>,
    tenants: Option<&[Arc<str>]>,
) -> Option<DemoServiceAccount> {
    let name = section.required("name", "The name that people see.", &Text);
    let credentials = demo_clients::credentials(section);
    let tenant = section.required("tenant", "The tenant it acts in.", &TENANT);
    let role = section.required("role", "Its role there.", &Text);
    let scopes = demo_clients::scopes(section, realm);
    let dialect = demo_clients::dialect(section, realm);
    let tenant = tenant.filter(|tenant| belongs(section, "tenant", tenant, tenants));
    let role = role.filter(|role| has_role(section, "role", role, realm));
    let (credentials, scopes) = (credentials?, scopes?);
    Some(DemoServiceAccount {
        name: name?,
        client_id: credentials.client_id,
        client_secret: credentials.client_secret,
        tenant: tenant?,
        role: role?.into(),
        scopes: scopes.all,
        default_scopes: scopes.default,
        dialect: dialect?,
    })
}

fn api_key(section: &mut Section<'_>, realm: Surroundings<'_>, tenants: Option<&[Arc<str>]>) -> Option<DemoApiKey> {
    let name = section.required("name", "The name that people see; tells demo keys apart.", &Text);
    let key = section.optional(
        "key",
        "A fixed key, as an earlier start printed it; drawn when absent.",
        &API_KEY,
    );
    let tenant = section.optional("tenant", "The tenant it acts in, where the realm has tenants.", &TENANT);
    let scopes = demo_clients::permissions(section, realm);
    let good = match tenant.as_ref()? {
        Some(tenant) => belongs(section, "tenant", tenant, tenants),
        None if realm.tenants_enabled == Some(true) => {
            let fix = Some("name one of [[demo.tenants]] as tenant".to_owned());
            section.problem("tenant", "the realm has tenants, so a key acts in one", fix);
            false
        }
        None => true,
    };
    good.then_some(DemoApiKey {
        name: name?,
        key: key?,
        tenant: tenant?,
        scopes: scopes?,
    })
}

pub(super) fn belongs(section: &Section<'_>, key: &str, tenant: &str, tenants: Option<&[Arc<str>]>) -> bool {
    let Some(tenants) = tenants else { return true };
    if tenants.iter().any(|known| &**known == tenant) {
        return true;
    }
    let fix = suggest::fix(tenant, tenants.iter().map(|known| &**known));
    section.problem(key, format!("\"{tenant}\" is not one of [[demo.tenants]]"), fix);
    false
}

pub(super) fn has_role(section: &Section<'_>, key: &str, role: &str, realm: Surroundings<'_>) -> bool {
    let Some(roles) = realm.roles else { return true };
    if roles.contains_key(role) {
        return true;
    }
    let fix = suggest::fix(role, roles.keys().map(|known| &**known));
    section.problem(key, format!("\"{role}\" is not one of [roles]"), fix);
    false
}
