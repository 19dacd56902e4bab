//! All clients of a realm, a page at a time, for jobs that look at each. Must not know what they look for.

use crate::app::App;
use grantd_core::record::ClientRecord;
use grantd_store::{Read, Store};
use std::sync::Arc;

/// Clients of one read.
const PAGE: u32 = 500;

/// Where a job is among them.
pub(super) struct ClientPages<'a> {
    app: &'a App,
    realm: &'a str,
    after: Option<Arc<str>>,
    more: bool,
}

impl<'a> ClientPages<'a> {
    /// Before the first one.
    pub(super) const fn of(app: &'a App, realm: &'a str) -> Self {
        Self {
            app,
            realm,
            after: None,
            more: true,
        }
    }

    /// The next ones; `None` behind the last. Requests come first: others get their turn between two pages.
    pub(super) async fn next(&mut self) -> Read<Option<Vec<ClientRecord>>> {
        if !self.more {
            return Ok(None);
        }
        tokio::task::yield_now().await;
        let page = self.app.store.clients(self.realm, self.after.as_deref(), PAGE).await?;
        self.after = page.rows.last().map(|client| Arc::clone(&client.client_id));
        self.more = page.more;
        Ok(Some(page.rows))
    }
}
