//! Pages that are alike for many people: rendered once with holes where each reader has something of their own, which is
//! then put in. What a page depends on besides is its key, all of it, or one person would be shown what is another's.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use quick_cache::{Equivalent, Weighter, sync::Cache};

use crate::{
    error::PageError,
    escape::Escaped,
    view::{ConsentView, LoginView, Requested, Shell},
};

/// Bytes that are remembered of each kind of page, about: those of a thousand applications, and half as many again, since the memory is
/// divided and no part of it may be too small for the pages that it happens to get.
const MOST_BYTES: u64 = 16 << 20;
/// As many pages as that are, about.
const PAGES: usize = 1_800;
/// What is counted for a key: some names and addresses.
const KEY_BYTES: usize = 2_000;

/// How many values of its own a view has.
const OWN: usize = 2;
/// And with the piece of finished HTML that a page gets beside its view.
const HOLES: usize = OWN + 1;

/// A view whose own values only ever stand in the page as text, whatever they are: no template looks into them.
pub(crate) trait Own: Clone {
    /// What is different for each reader. Always in the same order.
    fn own(&self) -> [&str; OWN];

    /// The same view with other values of its own, and without what only its finished HTML was made of.
    fn with(&self, own: [String; OWN]) -> Self;

    /// All that the page depends on besides.
    fn rest(&self) -> impl Hash + Eq;

    /// Whether others will be shown a page that is alike. One that has something else of its reader's in it is not remembered.
    fn is_common(&self) -> bool;
}

impl Own for ConsentView {
    fn own(&self) -> [&str; OWN] {
        [&self.request, &self.username]
    }

    fn with(&self, [request, username]: [String; OWN]) -> Self {
        Self {
            request,
            username,
            requested: Requested::default(),
            already_granted: Requested::default(),
            ..self.clone()
        }
    }

    fn rest(&self) -> impl Hash + Eq {
        // A field that is added must be put on one of the two sides.
        let Self {
            request: _,
            username: _,
            // These are finished HTML when the page is made.
            requested: _,
            already_granted: _,
            action,
            client_name,
            trust,
            target,
            loopback_only,
            device,
            tenants,
            details,
            durations,
            duration,
            manage_url,
            error,
        } = self;
        let who = (action, client_name, trust, target, loopback_only, device, tenants);
        (who, (details, durations, duration, manage_url, error))
    }

    fn is_common(&self) -> bool {
        // What is asked in detail, a device's code and an answer's mistakes are one person's; colleagues share a few tenants.
        self.details.is_empty() && self.device.is_none() && self.error.is_none() && self.tenants.len() <= 5
    }
}

impl Own for LoginView {
    fn own(&self) -> [&str; OWN] {
        let challenge = self.passkey.as_ref().map(|passkey| &*passkey.challenge);
        [&self.request, challenge.unwrap_or_default()]
    }

    fn with(&self, [request, challenge]: [String; OWN]) -> Self {
        let mut view = Self {
            request,
            ..self.clone()
        };
        if let Some(passkey) = &mut view.passkey {
            passkey.challenge = challenge;
        }
        view
    }

    fn rest(&self) -> impl Hash + Eq {
        let Self {
            request: _,
            // The template asks whether there is one, and whether it is empty.
            username,
            action,
            error,
            client_name,
            reauthenticate,
            goes_on,
            reset_url,
            passkey,
            providers,
        } = self;
        let rp_id = passkey.as_ref().map(|passkey| &passkey.rp_id);
        let texts = (username, client_name, reset_url, rp_id);
        (action, texts, error, reauthenticate, goes_on, providers)
    }

    fn is_common(&self) -> bool {
        self.username.is_empty() && self.error.is_none()
    }
}

/// What pages that are alike have in common, to be kept. Its hash must be that of [`Alike`].
#[derive(Clone)]
struct Key<V> {
    shell: Shell,
    view: V,
}

impl<V: Own> Key<V> {
    fn alike(&self) -> Alike<'_, V> {
        Alike {
            shell: &self.shell,
            view: &self.view,
        }
    }
}

impl<V: Own> PartialEq for Key<V> {
    fn eq(&self, other: &Self) -> bool {
        other.alike().equivalent(self)
    }
}

impl<V: Own> Eq for Key<V> {}

impl<V: Own> Hash for Key<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.alike().hash(state);
    }
}

/// The same, borrowed.
struct Alike<'a, V> {
    shell: &'a Shell,
    view: &'a V,
}

impl<V: Own> Hash for Alike<'_, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shell.hash(state);
        self.view.rest().hash(state);
    }
}

impl<V: Own> Equivalent<Key<V>> for Alike<'_, V> {
    fn equivalent(&self, key: &Key<V>) -> bool {
        *self.shell == key.shell && self.view.rest() == key.view.rest()
    }
}

/// What is known of pages that are alike.
#[derive(Clone)]
enum Kept {
    /// Somebody was shown one. Most never come again, so no more work is put into them.
    Met,
    /// The page with its holes.
    Page(Arc<Holed>),
    /// A page of which it cannot be told where the holes are.
    Unclear,
}

#[derive(Clone)]
struct Bytes;

impl<V> Weighter<Key<V>, Kept> for Bytes {
    fn weight(&self, _: &Key<V>, kept: &Kept) -> u64 {
        let html = match kept {
            Kept::Page(page) => page.html.len(),
            Kept::Met | Kept::Unclear => 0,
        };
        u64::try_from(KEY_BYTES.saturating_add(html)).unwrap_or(u64::MAX)
    }
}

/// A page without what is its reader's own.
#[derive(PartialEq, Eq)]
struct Holed {
    html: String,
    /// Where which of the values goes, in the order of the page.
    holes: Vec<(usize, usize)>,
}

/// Two characters that no text has (Unicode calls them noncharacters): a page is rendered with one and with the other to
/// mark the holes, and what is no hole is the same in both.
const MARKS: [char; 2] = ['\u{fdd0}', '\u{fdd1}'];

impl Holed {
    /// Takes the marks out of a page.
    fn of(rendered: &str, mark: char) -> Option<Self> {
        let mut page = Self {
            html: String::with_capacity(rendered.len()),
            holes: Vec::new(),
        };
        for (position, piece) in rendered.split(mark).enumerate() {
            if position % 2 == 0 {
                page.html.push_str(piece);
            } else {
                let own = piece.parse().ok().filter(|own| *own < HOLES)?;
                page.holes.push((page.html.len(), own));
            }
        }
        Some(page)
    }

    /// The page of one reader.
    fn filled(&self, [one, other]: [&str; OWN], finished: &str) -> String {
        let own = [&*Escaped(one).to_string(), &*Escaped(other).to_string(), finished];
        let value = |number: usize| own.get(number).copied().unwrap_or_default();
        let more: usize = self.holes.iter().map(|(_, number)| value(*number).len()).sum();
        let mut html = String::with_capacity(self.html.len() + more);
        let mut written = 0;
        for (position, number) in &self.holes {
            html.push_str(self.html.get(written..*position).unwrap_or_default());
            html.push_str(value(*number));
            written = *position;
        }
        html.push_str(self.html.get(written..).unwrap_or_default());
        html
    }
}

/// The pages of one kind that were shown last.
pub(crate) struct AlikePages<V> {
    kept: Cache<Key<V>, Kept, Bytes>,
}

impl<V: Own> Default for AlikePages<V> {
    fn default() -> Self {
        Self {
            kept: Cache::with_weighter(PAGES, MOST_BYTES, Bytes),
        }
    }
}

impl<V: Own> AlikePages<V> {
    /// The page of a view and of a piece of HTML that is `finished`: put together where one that is alike was shown before,
    /// and otherwise rendered.
    ///
    /// # Errors
    /// Those of `render`; then nothing is remembered.
    pub(crate) fn page(
        &self,
        view: &V,
        finished: &str,
        shell: &Shell,
        render: impl Fn(&V, &str) -> Result<String, PageError>,
    ) -> Result<String, PageError> {
        let remember = |kept: Kept| {
            let (shell, view) = (shell.clone(), view.with(std::array::from_fn(|_| String::new())));
            self.kept.insert(Key { shell, view }, kept);
        };
        if !view.is_common() {
            return render(view, finished);
        }
        match self.kept.get(&Alike { shell, view }) {
            Some(Kept::Page(page)) => Ok(page.filled(view.own(), finished)),
            Some(Kept::Unclear) => render(view, finished),
            Some(Kept::Met) => {
                let Some(page) = holed(view, &render)? else {
                    remember(Kept::Unclear);
                    return render(view, finished);
                };
                let html = page.filled(view.own(), finished);
                remember(Kept::Page(Arc::new(page)));
                Ok(html)
            }
            None => {
                let html = render(view, finished)?;
                remember(Kept::Met);
                Ok(html)
            }
        }
    }
}

/// The page with holes; `None` where something else in it looks like one.
fn holed<V: Own>(
    view: &V,
    render: &impl Fn(&V, &str) -> Result<String, PageError>,
) -> Result<Option<Holed>, PageError> {
    let [one, other] = MARKS.map(|mark| {
        let [own, another, finished] = std::array::from_fn(|number| format!("{mark}{number}{mark}"));
        render(&view.with([own, another]), &finished).map(|html| Holed::of(&html, mark))
    });
    let (one, other) = (one?, other?);
    Ok(if one == other { one } else { None })
}

#[cfg(test)]
mod tests;
