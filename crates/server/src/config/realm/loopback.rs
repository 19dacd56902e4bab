//! Moving an example realm to another port: `grantd dev --listen` changes where its `localhost` origins listen, and
//! the issuer, the endpoints and the resources that live there must say so. Redirect URIs belong to other programs
//! and stay.

use super::{RealmConfig, origin};
use std::collections::BTreeSet;
use std::sync::Arc;

impl RealmConfig {
    /// The same realm with the port of its `http://localhost` and `http://127.0.0.1` addresses replaced. A realm on
    /// other origins, and a resource that is not on one of the realm's own origins, is left as it is.
    #[must_use]
    pub fn rewrite_localhost_port(mut self, port: u16) -> Self {
        let own: BTreeSet<Arc<str>> = self.endpoints.origins().into_iter().collect();
        let moved = |url: &str| -> Option<Arc<str>> {
            let (origin, _) = origin::split(url)?;
            own.contains(origin).then(|| with_port(url, port))?
        };
        let relocate = |url: &mut Arc<str>| {
            if let Some(new) = moved(url) {
                *url = new;
            }
        };
        let realm = Arc::make_mut(&mut self.realm);
        relocate(&mut realm.issuer);
        realm.aliases.iter_mut().for_each(relocate);
        realm.api.iter_mut().for_each(|api| relocate(&mut api.identifier));
        let defaults: Vec<Arc<str>> = realm
            .default_resource
            .split(' ')
            .map(|one| moved(one).unwrap_or_else(|| one.into()))
            .collect();
        realm.default_resource = defaults.join(" ").into();
        realm
            .resources
            .iter_mut()
            .for_each(|resource| relocate(&mut resource.identifier));
        // A realm of the same process that users of this one log in at.
        let upstreams = realm.upstreams.iter_mut();
        upstreams.for_each(|upstream| relocate(&mut upstream.issuer));
        let needs = self.gate.routes.iter_mut().map(|route| &mut route.need);
        needs.flat_map(|need| &mut need.resource).for_each(relocate);
        let clients = self.demo.clients.iter_mut();
        clients.flat_map(|client| &mut client.resources).for_each(relocate);
        self.endpoints.relocate(relocate);
        self
    }
}

/// The URL with another port, where it is plain http to `localhost` or `127.0.0.1`. Port 80 is not written, since an
/// issuer never shows its scheme's own port.
fn with_port(url: &str, port: u16) -> Option<Arc<str>> {
    let (origin, path) = origin::split(url)?;
    let name = origin::host_name(origin);
    let is_local = origin.starts_with("http://") && matches!(name, "localhost" | "127.0.0.1");
    is_local.then(|| match port {
        80 => format!("http://{name}{path}").into(),
        _ => format!("http://{name}:{port}{path}").into(),
    })
}
