//! Creation that happens once: under an `Idempotency-Key` a retry gets the reply of the first request, the secret in it
//! too. Without the header every request makes something new.

use super::answer::Answer;
use super::call::Call;
use super::commit::{Tries, commit};
use super::problem::Problem;
use crate::config::Endpoint;
use crate::error::Fault;
use grantd_core::admin::api_key::text_again;
use grantd_core::admin::client::draw_secret;
use grantd_core::admin::idempotency::{Asked, Before, Derived, MAX_KEY, Told, withheld};
use grantd_core::admin::{Deed, Edit, Refused};
use grantd_core::change::Change;
use grantd_core::record::IdempotencyRecord;
use grantd_core::token::by_hand::again;
use grantd_core::token::mint::AccessToken;
use grantd_core::webhook::message;
use grantd_protocol::entropy::draw;
use grantd_protocol::id::{AccessId, ApiKeyId};
use grantd_protocol::{Entropy, Secret};
use grantd_store::Store;
use http::HeaderName;
use serde_json::Value;

/// A creation under way.
pub(super) struct Once<'c> {
    call: &'c Call<'c>,
    address: String,
    key: Option<(Asked, [u8; 16], Derived)>,
    /// Whether it was done already for somebody who could do other things: then nothing is made and nothing told.
    is_withheld: bool,
}

/// What was made.
pub(super) struct Created {
    /// As it is shown, without the secret.
    pub(super) body: Value,
    /// Its tag.
    pub(super) etag: Option<String>,
    /// Its address below the API.
    pub(super) location: String,
    /// What is shown this once, and in which member.
    pub(super) secret: Option<(Shown, Secret)>,
}

/// What kind of secret a reply shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A client's.
    Client,
    /// An API key.
    ApiKey,
    /// An access token.
    Token,
    /// A webhook's secret.
    Webhook,
}

impl Shown {
    /// The member that it is in.
    const fn member(self) -> &'static str {
        match self {
            Self::Client => "client_secret",
            Self::ApiKey => "key",
            Self::Token => "access_token",
            Self::Webhook => "secret",
        }
    }
}

/// Makes something, once for each idempotency key. `load` gives the facts for each attempt, told whether a race was lost
/// before; it may refuse, too.
pub(super) async fn create<'c, T, F: Future<Output = Result<T, Problem>>>(
    call: &'c Call<'c>,
    load: impl Fn(bool) -> F,
    decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<Created>, Refused>,
) -> Result<Answer, Problem> {
    match Once::begin(call).await? {
        Ok(once) => once.create(load, decide).await,
        Err(answer) => Ok(answer),
    }
}

impl<'c> Once<'c> {
    /// Looks whether this was asked before; then the answer is there already.
    pub(super) async fn begin(call: &'c Call<'c>) -> Result<Result<Self, Answer>, Problem> {
        let address = call.address();
        let Some(asked) = asked(call)? else {
            return Ok(Ok(Self {
                call,
                address,
                key: None,
                is_withheld: false,
            }));
        };
        let is_withheld = match told(call, &asked).await? {
            Again::Told(answer) => return Ok(Err(answer)),
            Again::Withheld => true,
            Again::Nothing => false,
        };
        let salt = draw(&*call.request.app.entropy);
        let secrets = asked.secrets(&call.request.app.idempotency_key, &salt);
        Ok(Ok(Self {
            call,
            address,
            key: Some((asked, salt, secrets)),
            is_withheld,
        }))
    }

    /// Whether it was done already for somebody who could do other things: [`Once::create`] says so to whoever may do it.
    pub(super) const fn is_withheld(&self) -> bool {
        self.is_withheld
    }

    /// Goes on, as [`create`] does.
    pub(super) async fn create<T, F: Future<Output = Result<T, Problem>>>(
        mut self,
        load: impl Fn(bool) -> F,
        decide: impl Fn(&T, &Deed<'_>) -> Result<Edit<Created>, Refused>,
    ) -> Result<Answer, Problem> {
        let mut tries = Tries::default();
        loop {
            let facts = load(tries.lost()).await?;
            let edit = decide(&facts, &self.deed())?;
            // Whoever may not do it at all was told that.
            if self.is_withheld {
                return Err(withheld().into());
            }
            if let Some(answer) = self.commit(edit.change, edit.after, &mut tries).await? {
                return Ok(answer);
            }
        }
    }

    /// Who does it. Each decision draws its secret anew from the beginning of the stream.
    fn deed(&mut self) -> Deed<'_> {
        if let Some((asked, salt, secrets)) = &mut self.key {
            *secrets = asked.secrets(&self.call.request.app.idempotency_key, salt);
        }
        let secrets: &dyn Entropy = match &self.key {
            Some((_, _, secrets)) => secrets,
            None => &*self.call.request.app.entropy,
        };
        self.call.deed_with(&self.address, secrets)
    }

    /// Commits; `None` where a race was lost and the facts have to be loaded again.
    async fn commit(&self, mut change: Change, created: Created, tries: &mut Tries) -> Result<Option<Answer>, Problem> {
        let call = self.call;
        if let Some((asked, salt, _)) = &self.key {
            let told = Told {
                body: created.body.clone(),
                secret_member: created.secret.as_ref().map(|(shown, _)| shown.member().to_owned()),
                location: created.location.clone(),
                etag: created.etag.clone(),
            };
            asked.remember(&mut change, *salt, told, call.request.now);
        }
        if commit(call, change, tries).await? {
            let secret = created.secret.as_ref();
            let reply = reply(call, created.body, secret, &created.location, created.etag);
            return Ok(Some(reply));
        }
        // Perhaps it was the same request that was faster.
        match &self.key {
            Some((asked, _, _)) => match told(call, asked).await? {
                Again::Told(answer) => Ok(Some(answer)),
                Again::Withheld => Err(withheld().into()),
                Again::Nothing => Ok(None),
            },
            None => Ok(None),
        }
    }
}

/// The request's key, if it has one.
fn asked(call: &Call<'_>) -> Result<Option<Asked>, Problem> {
    let name = HeaderName::from_static("idempotency-key");
    if !call.request.headers().contains_key(&name) {
        return Ok(None);
    }
    let key = call.request.header(name).unwrap_or_default().trim();
    let is_good = (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !is_good {
        return Err(Problem::Bad(format!(
            "the Idempotency-Key must have 1 to {MAX_KEY} visible characters"
        )));
    }
    let actor = call.actor;
    let whose = [
        &**call.realm(),
        actor.client_id(),
        actor.user().map_or("", |user| user),
        actor.tenant().map_or("", |tenant| tenant),
    ];
    let what = [
        call.route.method.as_bytes(),
        call.request.parts.uri.path().as_bytes(),
        &call.request.body,
    ];
    let secret = &call.request.app.idempotency_key;
    Ok(Some(Asked::new(&whose, &actor.bounds_told(), key, &what, secret)))
}

/// What becomes of a request under a key that was used before.
enum Again {
    Nothing,
    Told(Answer),
    Withheld,
}

/// What was answered under the key before.
async fn told(call: &Call<'_>, asked: &Asked) -> Result<Again, Problem> {
    let found = call.store().idempotency(asked.key).await?;
    let record = match asked.before(found, call.request.now)? {
        Before::Nothing => return Ok(Again::Nothing),
        Before::Withheld => return Ok(Again::Withheld),
        Before::Told(record) => *record,
    };
    let secret = secret_again(call, asked, &record).await?;
    let reply = reply(call, record.body, secret.as_ref(), &record.location, record.etag);
    Ok(Again::Told(reply))
}

/// The reply, the first time and every time after it.
fn reply(
    call: &Call<'_>,
    body: Value,
    secret: Option<&(Shown, Secret)>,
    location: &str,
    etag: Option<String>,
) -> Answer {
    let answer = Answer::created(with_secret(body, secret), call.url(location));
    match etag {
        Some(etag) => answer.tagged(etag),
        None => answer,
    }
}

/// The secret in the reply of the first request, drawn from the same stream as then. A token that is a JWT is signed again;
/// one that was purged since has no value any more.
async fn secret_again(
    call: &Call<'_>,
    asked: &Asked,
    record: &IdempotencyRecord,
) -> Result<Option<(Shown, Secret)>, Problem> {
    let member = record.secret_member.as_deref();
    let kinds = [Shown::Client, Shown::ApiKey, Shown::Token, Shown::Webhook];
    let Some(shown) = kinds.into_iter().find(|shown| Some(shown.member()) == member) else {
        return Ok(None);
    };
    let stream = || asked.secrets(&call.request.app.idempotency_key, &record.salt);
    let realm = &call.request.realm.config.realm;
    let id = record.body.get("id").and_then(Value::as_str);
    let secret = match shown {
        Shown::Client => Some(draw_secret(&stream())),
        Shown::Webhook => Some(message::draw_secret(&stream())),
        Shown::ApiKey => id.and_then(ApiKeyId::parse).map(|id| text_again(id, realm, &stream())),
        Shown::Token => match id.and_then(AccessId::parse) {
            Some(id) => token_again(call, id, &stream()).await?,
            None => None,
        },
    };
    Ok(secret.map(|secret| (shown, secret)))
}

async fn token_again(call: &Call<'_>, id: AccessId, stream: &Derived) -> Result<Option<Secret>, Problem> {
    let Some(facts) = call.store().access(id).await? else {
        return Ok(None);
    };
    let Some(client) = call.store().client(call.realm(), &facts.token.client_id).await? else {
        return Ok(None);
    };
    let config = &call.request.realm.config;
    let lists = config.endpoints.url_for(&facts.token.issuer, Endpoint::Status);
    let access = again(&facts.token, &client, &config.realm, lists.unwrap_or_default(), stream);
    Ok(Some(value_of(call, access)?))
}

/// The value of a token: a JWT gets its signature.
///
/// # Errors
/// When there is no key to sign with.
pub(super) fn value_of(call: &Call<'_>, access: AccessToken) -> Result<Secret, Fault> {
    let access_policy = &call.request.realm.config.realm.access;
    match access {
        AccessToken::Opaque(text) => Ok(text),
        AccessToken::Jwt(payload) => {
            let signer = call.request.realm.ring.signer(access_policy.algorithm)?;
            Ok(Secret::new(signer.sign(&access_policy.typ, &payload)?))
        }
    }
}

fn with_secret(mut body: Value, secret: Option<&(Shown, Secret)>) -> Value {
    if let (Some(members), Some((shown, secret))) = (body.as_object_mut(), secret) {
        members.insert(shown.member().to_owned(), secret.expose().into());
    }
    body
}
