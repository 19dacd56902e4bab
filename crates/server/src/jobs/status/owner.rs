//! Whose tokens are looked at when something changed, and how they are listed.

use grantd_protocol::id::AccessId;
use grantd_store::{AccessFilter, CacheNote};
use std::collections::HashSet;
use std::sync::Arc;

/// Whose tokens are looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Owner {
    /// One token alone.
    Token(AccessId),
    Client(Arc<str>, Arc<str>),
    /// What somebody made by hand for a client: it ends when the client may do less.
    ByHandFor(Arc<str>, Arc<str>),
    Subject(Arc<str>, Arc<str>),
    Tenant(Arc<str>, Arc<str>),
    /// One client's in one tenant that blocked it: realm, tenant and client.
    App(Arc<str>, Arc<str>, Arc<str>),
}

impl Owner {
    /// The client and the tenant that a note names. No tenant has a space in its id.
    pub(super) fn app(note: &CacheNote) -> Option<Self> {
        let (tenant, client_id) = note.key.split_once(' ')?;
        Some(Self::App(note.realm.as_str().into(), tenant.into(), client_id.into()))
    }

    /// The realm and what its list of tokens is limited to; `None` for one token.
    pub(super) fn tokens(&self) -> Option<(&Arc<str>, AccessFilter)> {
        let some = |id: &Arc<str>| Some(id.to_string());
        let mut filter = AccessFilter::default();
        let realm = match self {
            Self::Token(_) => return None,
            Self::Client(realm, id) => {
                filter.client_id = some(id);
                realm
            }
            Self::ByHandFor(realm, id) => {
                filter.client_id = some(id);
                filter.made_by_hand = true;
                realm
            }
            Self::Subject(realm, id) => {
                filter.subject = some(id);
                realm
            }
            Self::Tenant(realm, id) => {
                filter.tenant = some(id);
                realm
            }
            Self::App(realm, tenant, id) => {
                filter.tenant = some(tenant);
                filter.client_id = some(id);
                realm
            }
        };
        Some((realm, filter))
    }

    /// Whether they are a client's: what other clients made of them is not found by it.
    pub(super) const fn is_of_client(&self) -> bool {
        matches!(self, Self::Client(..) | Self::ByHandFor(..) | Self::App(..))
    }
}

/// What came of a look at a page.
#[derive(Default)]
pub(super) struct Looked {
    /// Before which token the next page begins; `None` where this was the last.
    pub(super) before: Option<AccessId>,
    /// Whose tokens can be made of these.
    pub(super) made_of: HashSet<Owner>,
}
