//! Who is told, who is tried again, and who is forgotten.

use super::*;
use crate::ambient::SystemEntropy;
use crate::cli::start::{Mode, build};
use crate::config::{built_in_demo_realm, server_without_file};
use crate::documents::Documents;
use crate::keys::MasterKey;
use crate::new_client::{NewClient, make};
use crate::outbound::tests::{Behaviour, world};
use grantd_core::change::Write;
use grantd_core::record::{ClientDuties, ClientOpenid, TokenEndpointAuthMethod};
use grantd_protocol::id::SessionId;
use grantd_protocol::redirect_uri::ApplicationType;
use grantd_protocol::{ScopeSet, Timestamp};
use grantd_store::AnyStore;

const SESSION: SessionId = SessionId::from_bytes([7; 16]);

pub(in crate::jobs) fn client(uri: Option<&str>) -> NewClient {
    NewClient {
        name: "A mailbox".into(),
        client_id: Some("mail".into()),
        client_secret: None,
        application_type: ApplicationType::Web,
        auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        jwks: None,
        certificate_subject: None,
        duties: ClientDuties::default(),
        openid: ClientOpenid {
            backchannel_logout_uri: uri.map(str::to_owned),
            ..ClientOpenid::default()
        },
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        grant_types: Vec::new(),
        scopes: ScopeSet::empty(),
        default_scopes: ScopeSet::empty(),
        optional_scopes: ScopeSet::empty(),
        token_format: None,
        service: None,
        resources: Vec::new(),
        dialect: None,
    }
}

/// A server whose internet answers so, with a note that is due.
async fn server(status: &str, uri: Option<&str>) -> Arc<App> {
    let mut config = server_without_file(&std::iter::empty::<(String, String)>().collect()).unwrap();
    let realm = Arc::new(built_in_demo_realm().unwrap());
    config.realms = vec![Arc::clone(&realm)];
    let store = AnyStore::Memory(Box::default());
    let master = Arc::new(MasterKey::draw(&SystemEntropy));
    let mut app = build(&config, store, master, Mode::Development).await.unwrap().app;
    let says = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    let (_, fetcher) = world(Behaviour::Says(says), &["93.184.216.34"], None).await;
    Arc::get_mut(&mut app).unwrap().documents = Documents::new(fetcher);
    let now = app.now();
    let (_, change, _) = make(client(uri), &realm.realm, now, &SystemEntropy).unwrap();
    app.store.commit(change).await.unwrap();
    note(&app, SESSION).await;
    app
}

/// Makes a note due.
async fn note(app: &App, session: SessionId) {
    let now = app.now();
    let serving = app.serving();
    let realm = &serving.realms[0].config.realm;
    let note = SessionClient {
        session,
        client_id: "mail".into(),
        realm: Arc::clone(&realm.name),
        issuer: Arc::clone(&realm.issuer),
        user: "ada".into(),
        due_at: Some(now),
        tries: 0,
        expires_at: now,
    };
    let change = Change::new(app.change_id(now), vec![Write::NoteSessionClient(Box::new(note))]);
    app.store.commit(change).await.unwrap();
}

async fn left(app: &App) -> Vec<SessionClient> {
    app.store.session_clients(SESSION).await.unwrap()
}

const URI: Option<&str> = Some("https://agent.example/out");

#[tokio::test]
async fn who_answers_with_success_is_told_once() {
    for status in ["200 OK", "204 No Content"] {
        let app = server(status, URI).await;
        TellLogouts { app: Arc::clone(&app) }.tick().await.unwrap();
        assert_eq!(left(&app).await, [], "{status}");
    }
}

#[tokio::test]
async fn who_does_not_is_tried_again_later_and_not_at_once() {
    for status in [
        "500 Oops",
        "400 Bad Request",
        "302 Found\r\nlocation: https://agent.example/other",
    ] {
        let app = server(status, URI).await;
        let mut job = TellLogouts { app: Arc::clone(&app) };
        job.tick().await.unwrap();
        job.tick().await.unwrap();
        let left = left(&app).await;
        assert_eq!(left.len(), 1, "{status}");
        assert_eq!(left[0].tries, 1, "{status}");
        assert!(left[0].due_at.unwrap() > app.now());
    }
}

#[tokio::test]
async fn of_many_that_look_at_the_same_note_one_makes_the_attempt() {
    let app = server("500 Oops", URI).await;
    let notes = app.store.logouts_due(app.now(), 10, 10).await.unwrap();
    let attempts = (0..20).map(|_| tell(&app, &notes[0]));
    let outcomes = futures_util::future::join_all(attempts).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(left(&app).await[0].tries, 1);
}

#[tokio::test]
async fn who_does_not_answer_is_told_of_two_sessions_at_once_and_then_left_alone() {
    for (status, tried) in [("500 Oops", 2), ("200 OK", 5)] {
        let app = server(status, URI).await;
        for number in 1..5 {
            note(&app, SessionId::from_bytes([number; 16])).await;
        }
        TellLogouts { app: Arc::clone(&app) }.tick().await.unwrap();
        let due = app.store.logouts_due(app.now(), 10, 10).await.unwrap();
        assert_eq!(due.len(), 5 - tried, "{status}");
    }
}

#[tokio::test]
async fn who_has_no_address_or_does_not_exist_any_more_is_forgotten() {
    let app = server("500 Oops", None).await;
    TellLogouts { app: Arc::clone(&app) }.tick().await.unwrap();
    assert_eq!(left(&app).await, []);
}

#[tokio::test]
async fn an_address_inside_is_never_told() {
    let app = server("200 OK", Some("https://unknown.example/out")).await;
    TellLogouts { app: Arc::clone(&app) }.tick().await.unwrap();
    assert_eq!(left(&app).await.len(), 1);
    assert!(left(&app).await[0].due_at > Some(Timestamp::default()));
}
