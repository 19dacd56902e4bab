//! The jobs that run beside the requests, and how often.

use crate::app::App;
use crate::config;
use crate::jobs::{
    CacheNotes, CountUses, FollowStatus, Forget, ForgetUnused, IndexBehind, Job, KeyRotation, NoteRefused, Purge,
    PurgeSettings, TellExpiring, TellLogouts, TellWebhooks, run,
};
use crate::keys::KeyFault;
use crate::realm::ServedRealm;
use crate::shutdown::Shutdown;
use grantd_protocol::Seconds;
use grantd_store::{AnyStore, CommitError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Notes are read about this often: twice in the time that a record is good for without them ([`crate::clients`]).
const NOTES: Duration = Duration::from_millis(500);
const KEYS: Duration = Duration::from_secs(60);
const INDEX: Duration = Duration::from_secs(2);
const UNUSED: Duration = Duration::from_secs(3600);
const EXPIRING: Duration = Duration::from_secs(3600);
const USES: Duration = Duration::from_secs(10);
const REFUSED: Duration = Duration::from_secs(5);
/// What ended is looked for this often: a part of how long an ended JWT can still be accepted.
const STATUS: Duration = Duration::from_secs(1);
const LOGOUTS: Duration = Duration::from_secs(2);
const WEBHOOKS: Duration = Duration::from_secs(2);

/// Starts them all.
#[must_use]
pub fn spawn(app: &Arc<App>, purge: config::Purge, stop: &Shutdown) -> Vec<JoinHandle<()>> {
    let (changed_keys, to_reload) = mpsc::unbounded_channel();
    let (changed_roles, to_take) = mpsc::unbounded_channel();
    let forgetful = Arc::clone(app);
    let forget = move |forget: Forget<'_>| match forget {
        Forget::Row(note) if note.kind == "client" => forgetful.clients.forget(&note.realm.as_str().into(), &note.key),
        Forget::Row(note) if note.kind == "key" => {
            // The receiver ends with the process only.
            let _ = changed_keys.send(());
        }
        Forget::Row(note) if note.kind == "role" => {
            let _ = changed_roles.send(());
        }
        Forget::Row(_) => {}
        Forget::Everything => {
            forgetful.clients.forget_all();
            let _ = changed_keys.send(());
            let _ = changed_roles.send(());
        }
        Forget::NothingSince(at) => forgetful.clients.is_followed_until(at),
    };
    let notes = CacheNotes::new(Arc::clone(&app.store), Arc::clone(&app.clock), Seconds(600), forget);
    let every = purge.interval;
    let purge = Purge {
        store: Arc::clone(&app.store),
        settings: PurgeSettings {
            grace: purge.grace,
            ..PurgeSettings::default()
        },
        clock: Arc::clone(&app.clock),
        entropy: Arc::clone(&app.entropy),
        metrics: Arc::clone(&app.metrics),
    };
    vec![
        tokio::spawn(run(notes, NOTES, stop.clone())),
        tokio::spawn(run(Rings { app: Arc::clone(app) }, KEYS, stop.clone())),
        tokio::spawn(run(
            Expired {
                app: Arc::clone(app),
                purge,
            },
            every,
            stop.clone(),
        )),
        tokio::spawn(run(
            IndexBehind {
                store: Arc::clone(&app.store),
            },
            INDEX,
            stop.clone(),
        )),
        tokio::spawn(run(CountUses { app: Arc::clone(app) }, USES, stop.clone())),
        tokio::spawn(run(NoteRefused { app: Arc::clone(app) }, REFUSED, stop.clone())),
        tokio::spawn(run(TellLogouts { app: Arc::clone(app) }, LOGOUTS, stop.clone())),
        tokio::spawn(run(TellWebhooks { app: Arc::clone(app) }, WEBHOOKS, stop.clone())),
        tokio::spawn(run(TellExpiring { app: Arc::clone(app) }, EXPIRING, stop.clone())),
        tokio::spawn(run(ForgetUnused { app: Arc::clone(app) }, UNUSED, stop.clone())),
        tokio::spawn(run(FollowStatus::new(Arc::clone(app)), STATUS, stop.clone())),
        tokio::spawn(reload_keys(Arc::clone(app), to_reload, stop.clone())),
        tokio::spawn(follow_roles(Arc::clone(app), to_take, stop.clone())),
    ]
}

/// The purge, with what the realms that are served at the time ask of it.
struct Expired {
    app: Arc<App>,
    purge: Purge<AnyStore>,
}

impl Job for Expired {
    const NAME: &'static str = "purge";
    type Fault = CommitError;

    async fn tick(&mut self) -> Result<(), CommitError> {
        self.purge.settings.keep_sessions = longest_life(&self.app);
        self.purge.tick().await
    }
}

/// The longest that anything which hangs off a session lives without being used: sessions are remembered for as long
/// after their end, so that a logout is not forgotten before all of that is dead.
fn longest_life(app: &App) -> Seconds {
    let life = |realm: &Arc<ServedRealm>| realm.config.realm.refresh.idle.max(realm.config.realm.access.lifetime);
    app.serving().realms.iter().map(life).max().unwrap_or_default()
}

/// The rings of the realms that are served at the time.
struct Rings {
    app: Arc<App>,
}

impl Job for Rings {
    const NAME: &'static str = "key rotation";
    type Fault = KeyFault;

    async fn tick(&mut self) -> Result<(), KeyFault> {
        let rings = self
            .app
            .serving()
            .realms
            .iter()
            .map(|realm| Arc::clone(&realm.ring))
            .collect();
        KeyRotation { rings }.tick().await
    }
}

/// Reads the keys again when another process changed them.
async fn reload_keys(app: Arc<App>, mut changed: mpsc::UnboundedReceiver<()>, mut stop: Shutdown) {
    loop {
        tokio::select! {
            () = stop.requested() => return,
            note = changed.recv() => if note.is_none() { return },
        }
        for realm in &app.serving().realms {
            if let Err(fault) = realm.ring.reload().await {
                tracing::error!(%fault, realm = &**realm.name(), "signing keys changed and cannot be read; the old ones stay in use");
            }
        }
    }
}

/// Takes roles over that another process changed, and tries again until it did: what they permitted before must not count longer
/// than the store is out of reach.
async fn follow_roles(app: Arc<App>, mut changed: mpsc::UnboundedReceiver<()>, mut stop: Shutdown) {
    loop {
        tokio::select! {
            () = stop.requested() => return,
            note = changed.recv() => if note.is_none() { return },
        }
        // One reading is enough for all who told of something before it.
        while changed.try_recv().is_ok() {}
        while let Err(fault) = app.take_roles().await {
            tracing::error!(%fault, "roles changed and cannot be read; what they permitted before counts until they can");
            tokio::select! {
                () = stop.requested() => return,
                () = tokio::time::sleep(NOTES) => {}
            }
        }
    }
}
