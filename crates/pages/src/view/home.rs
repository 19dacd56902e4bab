//! What a browser sees at the issuer's root.

use serde::Serialize;

use crate::link::{CarryUrl, LocalUrl};

/// "It is running", with the way to the documents.
#[derive(Clone, Serialize)]
pub struct RealmHomeView {
    /// The issuer identifier.
    pub issuer: String,
    /// Authorization server metadata (RFC 8414).
    pub metadata_url: CarryUrl,
    /// The endpoints, in the order to show.
    pub endpoints: Vec<HomeEndpoint>,
    /// Where users look at their own account.
    pub account_url: Option<LocalUrl>,
    /// Where developers register applications, if they may.
    pub developers_url: Option<LocalUrl>,
    /// Page to sign in at, if there is one.
    pub console_url: Option<LocalUrl>,
    /// Started by `grantd dev`: says that the accounts are for trying out.
    pub development: bool,
}

/// One endpoint of a realm.
#[derive(Clone, Serialize)]
pub struct HomeEndpoint {
    /// Its name in the metadata: `token_endpoint`.
    pub name: String,
    /// Its address.
    pub url: CarryUrl,
    /// A GET in the browser shows something: make it a link.
    pub browsable: bool,
}
