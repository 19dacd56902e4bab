//! Creation that happens once: under an `Idempotency-Key` a retry gets the reply of the first request, the secret in it
//! too. Without the header every request makes something new.

use super::answer::Answer;
use super::call::{Call, Tries};
use super::problem::Problem;
use grantd_core::admin::Deed;
use grantd_core::admin::client::draw_secret;
use grantd_core::admin::idempotency::{Asked, Derived, MAX_KEY, Told};
use grantd_core::change::Change;
use grantd_core::record::IdempotencyRecord;
use grantd_protocol::entropy::draw;
use grantd_protocol::{Entropy, Secret};
use grantd_store::Store;
use http::HeaderName;
use serde_json::Value;

/// The member in which replies show the secret of a client.
const SECRET: &str = "client_secret";

/// A creation under way.
pub(super) struct Once<'c> {
    call: &'c Call<'c>,
    address: String,
    key: Option<(Asked, [u8; 16], Derived)>,
}

/// What was made.
pub(super) struct Created {
    /// As it is shown, without the secret.
    pub(super) body: Value,
    /// Its tag.
    pub(super) etag: Option<String>,
    /// Its address below the API.
    pub(super) location: String,
    /// What is shown this once.
    pub(super) secret: Option<Secret>,
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
            }));
        };
        if let Some(answer) = told(call, &asked).await? {
            return Ok(Err(answer));
        }
        let salt = draw(&*call.request.app.entropy);
        let secrets = asked.secrets(&call.request.app.idempotency_key, &salt);
        Ok(Ok(Self {
            call,
            address,
            key: Some((asked, salt, secrets)),
        }))
    }

    /// Who does it. Each decision draws its secret anew from the beginning of the stream.
    pub(super) fn deed(&mut self) -> Deed<'_> {
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
    pub(super) async fn commit(
        &self,
        mut change: Change,
        created: Created,
        tries: &mut Tries,
    ) -> Result<Option<Answer>, Problem> {
        let call = self.call;
        if let Some((asked, salt, _)) = &self.key {
            let told = Told {
                body: created.body.clone(),
                secret_member: created.secret.is_some().then(|| SECRET.to_owned()),
                location: created.location.clone(),
            };
            asked.remember(&mut change, *salt, told, call.request.now);
        }
        if call.commit(change, tries).await? {
            let body = with_secret(created.body, created.secret.as_ref());
            let answer = Answer::created(body, call.url(&created.location));
            return Ok(Some(match created.etag {
                Some(etag) => answer.tagged(etag),
                None => answer,
            }));
        }
        // Perhaps it was the same request that was faster.
        match &self.key {
            Some((asked, _, _)) => told(call, asked).await,
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
    Ok(Some(Asked::new(&whose, key, &what)))
}

/// What was answered under the key before.
async fn told(call: &Call<'_>, asked: &Asked) -> Result<Option<Answer>, Problem> {
    let found = call.store().idempotency(asked.key).await?;
    let Some(record) = asked.before(found.as_ref(), call.request.now)? else {
        return Ok(None);
    };
    let body = with_secret(record.body.clone(), secret_again(call, asked, record).as_ref());
    Ok(Some(Answer::created(body, call.url(&record.location))))
}

fn secret_again(call: &Call<'_>, asked: &Asked, record: &IdempotencyRecord) -> Option<Secret> {
    record.secret_member.as_ref()?;
    let stream = asked.secrets(&call.request.app.idempotency_key, &record.salt);
    Some(draw_secret(&stream))
}

fn with_secret(mut body: Value, secret: Option<&Secret>) -> Value {
    if let (Some(members), Some(secret)) = (body.as_object_mut(), secret) {
        members.insert(SECRET.to_owned(), secret.expose().into());
    }
    body
}
