//! A login by the platform's own web app: it says who the user is and how that was proved; the session is this server's.
//! Whoever may answer these questions can log anybody in, but for operators who may do more than it.

use super::{Asker, Handed, Verdict, frame, given};
use crate::admin::client::extend;
use crate::admin::deed::{Deed, Edit};
use crate::admin::fields::{Fields, Wrong};
use crate::admin::refused::Refused;
use crate::admin::user;
use crate::authorize::AuthorizationRequest;
use crate::authorize::level::LevelWish;
use crate::change::Guard;
use crate::realm::Realm;
use crate::record::UserRecord;
use crate::single_use::SingleUse;
use grantd_protocol::scope::is_token;
use grantd_protocol::{ScopeSet, Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The longest `sub`, in bytes (OpenID Connect Core section 2).
const MAX_SUBJECT: usize = 255;
/// The longest name of a method, in characters.
const MAX_METHOD: usize = 64;
/// What making a user takes, beside the permission to answer.
const MAKE_USERS: &str = "grantd:users:write";
/// Two answers about one new user at the same instant make one: the name of the second is taken for this long.
const MAKING: Seconds = Seconds(60);

/// What the app is asked.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoginQuestion {
    /// For whom, and where the browser goes on.
    pub handed: Handed,
    /// The client that asks; none where a user wants to see their account, or has the code of a device.
    pub client: Option<Asker>,
    /// Whether the user must prove now who they are, whatever the app remembers.
    fresh: bool,
    /// Everything else that the request says, where there is one.
    #[serde(default)]
    asked: Option<Asked>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Asked {
    scope: ScopeSet,
    resource: Arc<str>,
    #[serde(default)]
    tenant: Option<String>,
    #[serde(default)]
    prompt: Vec<String>,
    #[serde(default)]
    max_age: Option<Seconds>,
    #[serde(default)]
    levels: Vec<String>,
    #[serde(default)]
    essential: bool,
    #[serde(default)]
    ui_locales: Option<String>,
    #[serde(default)]
    login_hint: Option<String>,
}

impl LoginQuestion {
    /// The question of an authorization request.
    #[must_use]
    pub fn of_request(handed: Handed, request: &AuthorizationRequest) -> Self {
        let prompt = request.prompt;
        let prompts = [
            (prompt.login, "login"),
            (prompt.consent, "consent"),
            (prompt.select_account, "select_account"),
        ];
        let asked = Asked {
            scope: request.scope.clone(),
            resource: Arc::clone(&request.resource),
            tenant: request.tenant.clone(),
            prompt: prompts
                .iter()
                .filter(|(is_there, _)| *is_there)
                .map(|(_, name)| (*name).to_owned())
                .collect(),
            max_age: request.max_age,
            levels: request
                .level
                .as_ref()
                .map(|wish| wish.names.clone())
                .unwrap_or_default(),
            essential: request.level.as_ref().is_some_and(|wish| wish.essential),
            ui_locales: request.ui_locales.clone(),
            login_hint: request.login_hint.clone(),
        };
        Self {
            handed,
            client: Some(Asker::new(&request.client, request.redirect.as_str())),
            fresh: prompt.login || prompt.select_account,
            asked: Some(asked),
        }
    }

    /// The question where no request is known yet. `fresh`: somebody who is logged in must prove it again.
    #[must_use]
    pub const fn without_request(handed: Handed, fresh: bool) -> Self {
        Self {
            handed,
            client: None,
            fresh,
            asked: None,
        }
    }

    /// The earliest instant at which the user may have proved who they are: a login of the app's own that is older does
    /// not count.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        let made_at = self.handed.made_at;
        if self.fresh {
            return Some(made_at);
        }
        let max_age = self.asked.as_ref().and_then(|asked| asked.max_age)?;
        let millis = i64::from(max_age.get()).saturating_mul(1000);
        Some(Timestamp::from_millis(made_at.millis().saturating_sub(millis)))
    }

    /// What the app reads.
    #[must_use]
    pub fn view(&self) -> Value {
        let mut value = frame(&self.handed);
        let asked = self.asked.as_ref();
        let own = json!({
            "fresh_login": self.fresh,
            "prompt": asked.map(|asked| asked.prompt.clone()).unwrap_or_default(),
            "scopes": asked.map(|asked| asked.scope.iter().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default(),
            "resources": asked.map(|asked| asked.resource.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default(),
            "acr_values": asked.map(|asked| asked.levels.clone()).unwrap_or_default(),
            "acr_essential": asked.is_some_and(|asked| asked.essential),
        });
        if let (Some(members), Value::Object(own)) = (value.as_object_mut(), own) {
            members.extend(own);
        }
        let text = |of: fn(&Asked) -> Option<&String>| asked.and_then(of).map(|text| json!(text));
        extend(
            &mut value,
            [
                ("client", self.client.as_ref().map(|client| json!(client))),
                ("tenant", text(|asked| asked.tenant.as_ref())),
                ("ui_locales", text(|asked| asked.ui_locales.as_ref())),
                ("login_hint", text(|asked| asked.login_hint.as_ref())),
                (
                    "max_age",
                    asked.and_then(|asked| asked.max_age).map(|age| json!(age.get())),
                ),
                ("auth_time_not_before", self.not_before().map(|at| json!(at.secs()))),
            ],
        );
        value
    }

    fn wish(&self) -> Option<LevelWish> {
        let asked = self.asked.as_ref()?;
        let is_there = asked.essential || !asked.levels.is_empty();
        is_there.then(|| LevelWish {
            names: asked.levels.clone(),
            essential: asked.essential,
        })
    }
}

/// The app's answer, as the browser brings it back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoginAnswer {
    /// The user's id.
    pub user: Arc<str>,
    /// By which methods (RFC 8176) the user proved who they are.
    pub methods: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// How long the session lives, where that is less than usual.
    pub lifetime: Option<Seconds>,
    /// Whether the session outlives the browser.
    pub persists: bool,
}

/// What a body says, before its user was looked for.
#[derive(Debug)]
pub struct Accepted {
    answer: LoginAnswer,
    new_user: Option<user::Wanted>,
}

impl Accepted {
    /// Reads an answer, and holds it against the question.
    ///
    /// # Errors
    /// [`Refused::Invalid`].
    pub fn read(
        body: &Map<String, Value>,
        question: &LoginQuestion,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let mut subject = String::new();
        let (mut methods, mut level) = (Vec::new(), None);
        let (mut at, mut lifetime, mut persists) = (None, None, true);
        let mut fields = Fields::new(body);
        fields.require("subject");
        fields.short_text("subject", MAX_SUBJECT, &mut subject);
        fields.texts("amr", MAX_METHOD, &mut methods);
        fields.optional_text("acr", MAX_SUBJECT, &mut level);
        fields.optional_seconds("auth_time", 1..=u32::MAX, &mut at);
        fields.flag("remember", &mut persists);
        fields.optional_seconds("remember_for", 1..=realm.session_lifetime.get(), &mut lifetime);
        let new_user = fields.object("user");
        let mut wrong = fields.finish();
        if !subject.bytes().all(|byte| byte.is_ascii_graphic()) {
            wrong.push(Wrong::new("/subject", "must have visible ASCII characters alone"));
        }
        if methods.iter().any(|method| !is_token(method)) {
            wrong.push(Wrong::new(
                "/amr",
                "has a name that is not one word of visible ASCII characters",
            ));
        }
        if let Some(level) = &level {
            wrong.extend(reach(level, body.contains_key("amr"), &mut methods, realm));
        }
        // Whole seconds say nothing of the rest: the app's "now" must not lie before the instant of the question.
        let at = at.map_or(now, |at| instant(at, question.handed.made_at));
        let answer = LoginAnswer {
            user: subject.into(),
            methods,
            at,
            lifetime,
            persists,
        };
        wrong.extend(mistimed(question, &answer, realm, now));
        Refused::unless_none(wrong)?;
        let new_user = new_user.map(read_user).transpose()?;
        Ok(Self { answer, new_user })
    }

    /// The id of the user that it names.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.answer.user
    }

    /// Decides it. `found` is the user of that id.
    ///
    /// # Errors
    /// [`Refused::Invalid`] for a user who does not exist and is not described, or may not log in, or whose id could be a
    /// client's; [`Refused::Beyond`] for
    /// an operator who may do more than the actor, and for making a user without being allowed to.
    pub fn decide(
        self,
        question: &LoginQuestion,
        found: Option<&UserRecord>,
        deed: &Deed<'_>,
    ) -> Result<Edit<Verdict<LoginAnswer>>, Refused> {
        let Self { answer, new_user } = self;
        let does = match (found, new_user) {
            (Some(found), _) => {
                user::hold_as_operator(&found.username, deed)?;
                if !found.enabled {
                    return Err(Refused::wrong("/subject", "is a user who is disabled"));
                }
                (vec![user::at(found)], Vec::new())
            }
            (None, Some(wanted)) => {
                deed.must_hold(&ScopeSet::parse(MAKE_USERS).unwrap_or_default())?;
                if answer.user.contains("://") {
                    // Clients that describe themselves in a document are called by its address.
                    return Err(Refused::wrong(
                        "/subject",
                        "must not be an address, as ids of clients can be",
                    ));
                }
                let change = user::create_as(Arc::clone(&answer.user), wanted, None, deed)?.change;
                let making = SingleUse::making(&deed.realm.name, &answer.user, deed.now.plus(MAKING));
                let mut does = (change.guards, change.writes);
                does.0.push(making.guard());
                // `sub` would not say whether a token acts for the user or for the client (RFC 9068 section 5).
                does.0.push(Guard::ClientIdFree {
                    realm: deed.realm_name(),
                    client_id: Arc::clone(&answer.user),
                });
                does.1.push(making.write());
                does
            }
            (None, None) => {
                let says = "is nobody's; describe the user in `user`, and they are made";
                return Err(Refused::wrong("/subject", says));
            }
        };
        let client_id = question.client.as_ref().map(Asker::client_id);
        let detail = json!({ "client_id": client_id, "amr": answer.methods, "auth_time": answer.at.secs() });
        let audit = deed.audit("login.accepted", format!("user:{}", answer.user), detail);
        Ok(given(&question.handed, Ok(answer), does, audit, deed))
    }
}

/// The instant of a whole number of seconds, as late within it as the question was asked.
fn instant(at: Seconds, asked_at: Timestamp) -> Timestamp {
    let whole = Timestamp::from_secs(i64::from(at.get()));
    if whole.secs() == asked_at.secs() {
        asked_at
    } else {
        whole
    }
}

/// What is wrong with a level of authentication. Where no methods are named they are those of the level.
fn reach(level: &str, are_named: bool, methods: &mut Vec<String>, realm: &Realm) -> Option<Wrong> {
    let Some(declared) = realm.openid.levels.iter().find(|one| *one.name == *level) else {
        return Some(Wrong::new("/acr", "is not one of the realm's levels of authentication"));
    };
    if !are_named {
        methods.clone_from(&declared.methods);
    }
    let says = "is a level that the methods in amr do not reach";
    (!declared.is_reached_by(methods)).then(|| Wrong::new("/acr", says))
}

/// What is wrong with the instant: with an old login this server would ask the app again at once, for ever.
fn mistimed(question: &LoginQuestion, answer: &LoginAnswer, realm: &Realm, now: Timestamp) -> Option<Wrong> {
    let wrong = |says: &str| Some(Wrong::new("/auth_time", says));
    if answer.at > now.plus(Seconds(60)) {
        return wrong("lies in the future");
    }
    // The app is told whole seconds, and says whole seconds.
    if question
        .not_before()
        .is_some_and(|earliest| answer.at.secs() < earliest.secs())
    {
        return wrong("lies before auth_time_not_before: the user must prove anew who they are");
    }
    let is_unmet = |wish: &LevelWish| wish.is_attainable(&realm.openid) && !wish.is_met(&answer.methods, &realm.openid);
    if answer.at < question.handed.made_at && question.wish().as_ref().is_some_and(is_unmet) {
        return wrong("is of a login that does not reach acr_values: the user must prove more, now");
    }
    None
}

/// A user to be made. The app proves who they are, so they get no password here.
fn read_user(body: &Map<String, Value>) -> Result<user::Wanted, Refused> {
    let below = |wrong: Wrong| Wrong::new(&format!("/user{}", wrong.pointer), wrong.detail);
    match user::read(body) {
        Ok(wanted) if wanted.password.is_some() => Err(Refused::wrong("/user/password", "cannot be set here")),
        Ok(wanted) => Ok(wanted),
        Err(Refused::Invalid(wrong)) => Err(Refused::Invalid(wrong.into_iter().map(below).collect())),
        Err(other) => Err(other),
    }
}
