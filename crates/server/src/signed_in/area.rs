//! What an area tells about itself, and the frame that is made of it.

use super::entrance::was_done;
use super::local;
use crate::config::Endpoint;
use crate::error::{Failure, Fault};
use crate::interaction::home;
use crate::request::Request;
use grantd_core::admin::Actor;
use grantd_pages::{Frame, LocalUrl, NavGroup, NavItem, Toast, Tone, Words};

/// An area of pages. Who may enter is decided by whoever answers for it.
pub(crate) struct Area {
    /// Where it begins, below the pages' root.
    pub(crate) path: &'static str,
    /// The text of its name.
    pub(crate) name: &'static str,
    /// Where one can go in it.
    pub(crate) groups: &'static [Group],
    /// Texts of what its forms do: a page says no other.
    pub(crate) done: &'static [&'static str],
}

/// Places that belong together.
pub(crate) struct Group {
    /// The text of their heading.
    pub(crate) title: Option<&'static str>,
    /// In order.
    pub(crate) places: &'static [Place],
}

/// A place in an area's navigation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// The first piece of its address behind the area's; empty for the area's first page.
    pub(crate) path: &'static str,
    /// The text of its name.
    pub(crate) title: &'static str,
    /// Its icon.
    pub(crate) icon: &'static str,
    /// The permission without which nothing can be seen there.
    pub(crate) needs: Option<&'static str>,
    /// Whether it is there in a realm for development alone.
    pub(crate) development: bool,
}

impl Place {
    /// Its name.
    pub(crate) const fn title(self) -> Words {
        Words::say(self.title)
    }

    /// Whether somebody sees anything there.
    pub(crate) fn is_open_to(self, actor: &Actor) -> bool {
        self.needs.is_none_or(|permission| actor.may(permission))
    }
}

impl Area {
    /// Its first page.
    ///
    /// # Errors
    /// Never for a configuration that was accepted.
    pub(crate) fn home(&self, request: &Request<'_>) -> Result<LocalUrl, Failure> {
        local(request, self.path)
    }

    /// The place that an address belongs to, by its first piece behind the area's; otherwise the first one.
    pub(crate) fn place(&self, piece: &str) -> Option<Place> {
        let mut places = self.groups.iter().flat_map(|group| group.places);
        let first = places.clone().next();
        places.find(|place| place.path == piece).or(first).copied()
    }

    /// What surrounds a page of it: `home` is the first page for this reader, `within` who reads and the place that the page
    /// belongs to. Where there is none, the reader is not let in, and is shown no navigation.
    ///
    /// # Errors
    /// Never for a configuration that was accepted.
    pub(crate) fn frame(
        &'static self,
        request: &Request<'_>,
        home: LocalUrl,
        username: &str,
        within: Option<(&Actor, Place)>,
    ) -> Result<Frame, Failure> {
        let item = |place: &Place, here: Place| {
            let href = match place.path {
                "" => home.clone(),
                path => LocalUrl::parse(&format!("{}/{path}", home.as_str())).unwrap_or_else(|_| home.clone()),
            };
            NavItem {
                label: place.title(),
                href,
                icon: place.icon,
                current: place.path == here.path,
            }
        };
        let mut nav = Vec::new();
        for group in within.into_iter().flat_map(|_| self.groups) {
            let Some((actor, here)) = within else { break };
            let is_there = |place: &&Place| !place.development || request.realm.development;
            let places = group.places.iter().filter(is_there);
            let open = places.filter(|place| place.is_open_to(actor));
            let items: Vec<NavItem> = open.map(|place| item(place, here)).collect();
            nav.extend((!items.is_empty()).then(|| NavGroup {
                title: group.title.map(Words::say),
                items,
            }));
        }
        Ok(Frame {
            product: Words::say(self.name),
            home,
            nav,
            username: username.to_owned(),
            sign_out: sign_out(request)?,
            toast: was_done(request, self.done).map(|said| Toast {
                text: Words::say(said),
                tone: Tone::Success,
            }),
        })
    }
}

/// Where one asks to be signed out.
fn sign_out(request: &Request<'_>) -> Result<LocalUrl, Failure> {
    let path = home::endpoint_path(&request.realm.config, request.issuer, Endpoint::Logout);
    LocalUrl::parse(&path).map_err(|_| Fault::Broken("the logout path is no path").into())
}
