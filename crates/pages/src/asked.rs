//! The permissions of a consent page as HTML, remembered: they are the same for everybody whom applications ask for the same,
//! and most of the work of the page. Whoever renders them must see nothing else of the page, or one person would be shown
//! what is another's.

use std::sync::Arc;

use quick_cache::{Equivalent, Weighter, sync::Cache};
use serde::Serialize;

use crate::{
    error::PageError,
    view::{ConsentView, Requested, Shell},
};

/// Bytes of HTML that are remembered at the same time, about.
const MOST_BYTES: u64 = 4 << 20;
/// As many lists as that are, about: one of a dozen permissions has some six thousand bytes.
const LISTS: usize = 700;

/// What a list depends on, all of it. Its hash must be that of [`Asked`].
#[derive(PartialEq, Eq, Hash)]
struct Key {
    shell: Shell,
    requested: Requested,
    already_granted: Requested,
}

/// The same, borrowed: all that the template sees as its view.
#[derive(Hash, Serialize)]
pub(crate) struct Asked<'a> {
    #[serde(skip)]
    shell: &'a Shell,
    requested: &'a Requested,
    already_granted: &'a Requested,
}

impl<'a> Asked<'a> {
    /// What the list of a view is made of.
    pub(crate) const fn of(view: &'a ConsentView, shell: &'a Shell) -> Self {
        Self {
            shell,
            requested: &view.requested,
            already_granted: &view.already_granted,
        }
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.requested == key.requested && *self.already_granted == key.already_granted && *self.shell == key.shell
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<str>> for Bytes {
    fn weight(&self, _: &Key, list: &Arc<str>) -> u64 {
        // The key has the words that the list was made of, so it is about as large.
        u64::try_from(list.len()).unwrap_or(u64::MAX).saturating_mul(2).max(1)
    }
}

/// The lists that were rendered last.
pub(crate) struct AskedLists {
    kept: Cache<Key, Arc<str>, Bytes>,
}

impl Default for AskedLists {
    fn default() -> Self {
        Self {
            kept: Cache::with_weighter(LISTS, MOST_BYTES, Bytes),
        }
    }
}

impl AskedLists {
    /// The list of a view, rendered if it is not remembered.
    ///
    /// # Errors
    /// Those of `render`; then nothing is remembered.
    pub(crate) fn of(
        &self,
        view: &ConsentView,
        shell: &Shell,
        render: impl FnOnce(&Asked<'_>) -> Result<String, PageError>,
    ) -> Result<Arc<str>, PageError> {
        let asked = Asked::of(view, shell);
        if let Some(list) = self.kept.get(&asked) {
            return Ok(list);
        }
        let list: Arc<str> = render(&asked)?.into();
        let key = Key {
            shell: shell.clone(),
            requested: view.requested.clone(),
            already_granted: view.already_granted.clone(),
        };
        self.kept.insert(key, Arc::clone(&list));
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Accent, Locale, samples};

    fn list(lists: &AskedLists, view: &ConsentView, shell: &Shell, fresh: &str) -> String {
        lists.of(view, shell, |_| Ok(fresh.to_owned())).unwrap().to_string()
    }

    #[test]
    fn a_list_is_remembered_for_what_it_was_made_of_and_for_nothing_else() {
        let lists = AskedLists::default();
        let shell = samples::shell(Locale::En);
        let consents = samples::consents();
        let view = &consents[0].1;
        assert_eq!(list(&lists, view, &shell, "first"), "first");
        // Another application and another person, who are asked for the same.
        let same = ConsentView {
            client_name: "Another".into(),
            username: "bob".into(),
            ..view.clone()
        };
        assert_eq!(list(&lists, &same, &shell, "second"), "first");
        let mut fewer = view.clone();
        fewer.requested.groups.pop();
        let mut earlier = view.clone();
        earlier.already_granted = view.requested.clone();
        let mut ticked = view.clone();
        for group in &mut ticked.requested.groups {
            group.permissions.iter_mut().for_each(|one| one.ticked = !one.ticked);
        }
        for other in [fewer, earlier, ticked] {
            assert_eq!(list(&lists, &other, &shell, "other"), "other");
        }
        let elsewhere = [
            samples::shell(Locale::De),
            Shell {
                realm: "Another".into(),
                ..shell.clone()
            },
            Shell {
                accent: Accent::parse("#123456").unwrap(),
                ..shell.clone()
            },
        ];
        for shell in elsewhere {
            assert_eq!(list(&lists, view, &shell, "there"), "there");
        }
    }

    #[test]
    fn what_fails_is_not_remembered() {
        let lists = AskedLists::default();
        let shell = samples::shell(Locale::En);
        let view = &samples::consents()[0].1;
        let fault = || PageError::Template {
            file: "x".into(),
            line: 1,
            reason: "x".into(),
        };
        assert!(lists.of(view, &shell, |_| Err(fault())).is_err());
        assert_eq!(list(&lists, view, &shell, "now"), "now");
    }
}
