//! Keeps the bits of the status lists as the store has it: everything once, and then what the store's notes say has changed,
//! and what another configuration says of tokens that somebody made by hand. Whether a token is over is the core's to say, by the
//! facts that introspection judges; it must not know how a list is published.

mod kept;
mod looking;
mod notes;
mod over;
mod rounds;

use self::kept::Point;
use self::looking::Seen;
use self::over::Over;
use self::rounds::{Done, Rounds};
use super::Job;
use crate::app::{App, Serving};
use crate::realm::ServedRealm;
use crate::status::KeptLists;
use grantd_core::status_list::StatusLists;
use grantd_protocol::id::AccessId;
use grantd_protocol::{Seconds, Timestamp};
use grantd_store::{Read, Store, StoreFault};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Rows of one read.
const PAGE: u32 = 1000;
/// How long one tick looks at tokens; then the notes are read again, whoever still waits.
const TURNS: Seconds = Seconds(3);
/// As many notes as the store gives at once.
const FULL: usize = 1000;
/// Tokens are looked at again after this time: one that was issued by a client's record of a second ago, or was on its way
/// into the store, was not found the first time.
const SETTLING: Seconds = Seconds(5);
/// How long the store may be unreachable before notes may have been purged unread.
const PATIENCE: Seconds = Seconds(600);
/// How often what is known is kept for the next process.
const KEEPING: Seconds = Seconds(30);
/// How long bits stay after the tokens have expired: clocks of verifiers differ a little.
const GRACE: Seconds = Seconds(300);
const FIRST: AccessId = AccessId::from_bytes([0; 16]);

/// Whose tokens are looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Owner {
    /// One token alone.
    Token(AccessId),
    Client(Arc<str>, Arc<str>),
    /// What somebody made by hand in a realm: it ends when another configuration lets its maker or its client do less.
    ByHand(Arc<str>),
    /// What somebody made by hand for a client: it ends when the client may do less.
    ByHandFor(Arc<str>, Arc<str>),
    /// What somebody made by hand in a tenant, where roles change.
    ByHandIn(Arc<str>, Arc<str>),
    Subject(Arc<str>, Arc<str>),
    Tenant(Arc<str>, Arc<str>),
    /// One client's in one tenant that blocked it: realm, tenant and client.
    App(Arc<str>, Arc<str>, Arc<str>),
}

/// The job.
pub struct FollowStatus {
    app: Arc<App>,
    /// The configuration by which everything was judged that does not wait to be looked at.
    judged_by: Arc<Serving>,
    /// Up to which note everything is known.
    position: Option<i64>,
    read_at: Timestamp,
    /// Clients and tenants that are disabled or gone: only when that changes are all their tokens looked at.
    over: Over,
    /// What is to be looked at; what a tick left, because it failed or had enough, stays here.
    now: Rounds,
    /// What to look at again.
    again: VecDeque<Again>,
    /// The last point up to which nothing waited for its first look.
    calm: Option<Point>,
    /// When what is known was kept last.
    kept_at: Option<Timestamp>,
    /// What of the lists was kept.
    kept: KeptLists,
    /// Until nobody waits, what is known is that of another process, of some time ago, or of another configuration.
    is_behind: bool,
}

/// Somebody whose tokens are looked at once more.
struct Again {
    /// When.
    due: Timestamp,
    owner: Owner,
    /// The point from which on a process that goes on from here looks at them, too.
    since: Option<Point>,
}

impl Job for FollowStatus {
    const NAME: &'static str = "status lists";
    type Fault = StoreFault;

    async fn tick(&mut self) -> Result<(), StoreFault> {
        let now = self.app.now();
        self.heed_configuration();
        match self.position {
            None if !self.is_wanted() => return Ok(()),
            Some(position) if now <= self.read_at.plus(PATIENCE) => self.follow(position, now).await?,
            _ => match self.go_on().await? {
                Some(position) => self.follow(position, now).await?,
                None => self.begin().await?,
            },
        }
        self.read_at = now;
        let waits = |owner: &Owner| self.now.waits(owner) || self.again.iter().any(|again| again.owner == *owner);
        self.over.forget(now, waits);
        self.is_behind &= !self.now.is_empty();
        if !self.is_behind {
            self.app.status.is_known_at(now);
            self.app.status.forget_expired(now.minus(GRACE));
            self.keep(now).await;
        }
        Ok(())
    }
}

impl FollowStatus {
    /// Knows nothing until its first tick.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        let read_at = app.now();
        let judged_by = app.serving();
        Self {
            app,
            judged_by,
            position: None,
            read_at,
            over: Over::default(),
            now: Rounds::default(),
            again: VecDeque::new(),
            calm: None,
            kept_at: None,
            kept: KeptLists::new(),
            is_behind: false,
        }
    }

    fn is_wanted(&self) -> bool {
        let serving = self.app.serving();
        let mut realms = serving.realms.iter();
        realms.any(|realm| realm.config.realm.access.status_list.is_some())
    }

    /// Has looked at anew what another configuration may say something else of: tokens that somebody made by hand, and all
    /// those of a realm that was not served before. Until that is done nothing counts as known, and nothing is kept.
    fn heed_configuration(&mut self) {
        let serving = self.app.serving();
        if Arc::ptr_eq(&self.judged_by, &serving) {
            return;
        }
        let before = std::mem::replace(&mut self.judged_by, serving);
        let is_new = |served: &Arc<ServedRealm>| before.realm(served.name()).is_none();
        if self.judged_by.realms.iter().any(is_new) {
            self.position = None;
        }
        if self.position.is_some() {
            for served in &self.judged_by.realms {
                self.now.add(Owner::ByHand(Arc::clone(served.name())));
            }
            self.is_behind = true;
        }
    }

    /// Takes over what another process found out, where some was kept; the point from which on it is to be followed.
    async fn go_on(&mut self) -> Read<Option<i64>> {
        let Some(found) = kept::find(&self.app, &self.judged_by).await? else {
            return Ok(None);
        };
        self.app.status.is_unknown();
        self.app.status.replace(found.lists);
        self.over = found.over;
        self.is_behind = true;
        self.position = Some(found.point.position);
        self.read_at = found.point.at;
        tracing::info!(position = found.point.position, "status lists go on from what was kept");
        Ok(self.position)
    }

    /// Keeps what is known now and then. It is of no use to anybody but the next process, so a failure waits for the next time.
    async fn keep(&mut self, now: Timestamp) {
        let settled = self.again.front().map_or(self.calm, |first| first.since);
        let is_due = self.now.is_empty() && self.kept_at.is_none_or(|at| at.plus(KEEPING) <= now);
        let Some(point) = settled.filter(|_| is_due) else {
            return;
        };
        if !Arc::ptr_eq(&self.judged_by, &self.app.serving()) {
            // Some of it may have been judged by the next configuration already.
            return;
        }
        self.kept_at = Some(now);
        if let Err(fault) = kept::keep(&self.app, &self.judged_by, point, &self.over, &mut self.kept).await {
            tracing::warn!(%fault, "what is known of the status lists was not kept");
        }
    }

    /// Looks at every token that has a place. The notes are read from before that on.
    async fn begin(&mut self) -> Read<()> {
        self.app.status.is_unknown();
        self.position = None;
        self.over = Over::default();
        let latest = self.app.store.changes_after(None).await?;
        let mut fresh: HashMap<Arc<str>, StatusLists> = HashMap::new();
        let mut seen = Seen::default();
        let mut after = FIRST;
        loop {
            let rows = self.app.store.placed(after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = last.token.id;
            for facts in rows {
                let now = self.app.now();
                let Some(place) = facts.token.status.filter(|_| now < facts.token.expires_at) else {
                    continue;
                };
                let (realm, expires_at) = (Arc::clone(&facts.token.realm), facts.token.expires_at);
                if self.judge(facts, &mut seen, now).await? {
                    fresh.entry(realm).or_default().mark(place, true, expires_at);
                }
            }
            tokio::task::yield_now().await;
        }
        self.app.status.replace(fresh);
        self.over = seen.over;
        // A tenant that was disabled meanwhile was still good on the pages before, and its note is no news any more.
        let tenants = self.over.owners().filter(|owner| matches!(owner, Owner::Tenant(..)));
        for tenant in tenants {
            self.now.add(tenant.clone());
        }
        self.position = Some(latest.last().map_or(0, |note| note.position));
        self.is_behind = false;
        Ok(())
    }

    /// Looks at what changed since `position`, and again at what changed a moment ago.
    async fn follow(&mut self, mut position: i64, now: Timestamp) -> Read<()> {
        if self.now.is_empty() {
            let at = self.read_at;
            self.calm = Some(Point { position, at });
        }
        loop {
            let notes = self.app.store.changes_after(Some(position)).await?;
            for note in &notes {
                self.whose(note).await?;
                position = note.position;
                self.position = Some(position);
            }
            if notes.len() < FULL {
                break;
            }
        }
        while let Some(again) = self.again.pop_front_if(|again| again.due <= now) {
            self.now.add_second(again.owner);
        }
        self.take_turns(now).await
    }

    /// Looks at a page of each who waits, until nobody does or the tick has taken long enough.
    async fn take_turns(&mut self, now: Timestamp) -> Read<()> {
        while let Some((owner, before)) = self.now.turn() {
            let page = self.look(&owner, before).await?;
            self.over.stays(&owner, self.app.now(), page.last_expiry);
            if self.now.went(page.before) == Some(Done { again: true }) {
                let due = self.app.now().plus(SETTLING);
                let since = self.calm;
                self.again.push_back(Again { due, owner, since });
            }
            for subject in page.made_of {
                self.now.add(subject);
            }
            if self.app.now() > now.plus(TURNS) {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
