//! Logging in with a passkey. What the authenticator signs is a digest of the login form's ticket, which is sealed, bound to the
//! browser and old soon; it is spent in the commit that begins the session. Whether an answer proves anything is the core's to
//! say; people are told one sentence, whatever was wrong.

use super::begin::{self, Kept, Proved};
use super::credentials::count_address;
use super::handover;
use crate::error::{Failure, Fault};
use crate::realm::RelyingParty;
use crate::reply::Reply;
use crate::request::Request;
use grantd_core::SingleUse;
use grantd_core::admin::Actor;
use grantd_core::change::{Change, Write};
use grantd_core::passkey::{Asserted, Ceremony, Wrong, kept, prove};
use grantd_core::record::{Passkey, UserRecord};
use grantd_jose::{base64url_decode, base64url_encode, sha256};
use grantd_pages::{LoginError, PasskeyLogin};
use grantd_protocol::{RawParams, Seconds, Timestamp};
use grantd_store::{CommitError, Store};

/// How long a form's challenge may be answered.
const LIFETIME: Seconds = Seconds(600);
/// How often a lost race is decided again.
const ATTEMPTS: usize = 16;

/// What authenticators are asked by a form that carries this ticket, where the realm can have passkeys here.
pub(super) fn asked(request: &Request<'_>, ticket: &str) -> Option<PasskeyLogin> {
    let party = request.realm.relying_party(request.issuer)?;
    Some(PasskeyLogin {
        rp_id: party.id.to_string(),
        challenge: challenge(ticket),
    })
}

/// What is to be signed for a form: nobody can make a ticket up, and no two are the same.
pub(super) fn challenge(ticket: &str) -> String {
    base64url_encode(sha256(format!("passkey|{ticket}").as_bytes()))
}

/// A field of a form in base64url.
pub(super) fn bytes(params: &RawParams, name: &str) -> Option<Vec<u8>> {
    base64url_decode(params.get(name)?.as_bytes()).ok()
}

/// What came with a form.
struct Answer {
    credential: String,
    user: String,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

impl Answer {
    fn read(params: &RawParams) -> Option<Self> {
        let user = String::from_utf8(bytes(params, "user_handle")?).ok()?;
        let is_handle = (1..=kept::MAX_HANDLE).contains(&user.len()) && !user.chars().any(char::is_control);
        is_handle.then_some(Self {
            credential: base64url_encode(bytes(params, "credential")?),
            user,
            client_data: bytes(params, "client_data")?,
            authenticator_data: bytes(params, "authenticator_data")?,
            signature: bytes(params, "signature")?,
        })
    }
}

/// Whether a form brings a passkey's answer, or part of one, instead of a password.
pub(super) fn is_in(params: &RawParams) -> bool {
    let fields = [
        "credential",
        "client_data",
        "authenticator_data",
        "signature",
        "user_handle",
    ];
    fields.iter().any(|name| params.get(name).is_some())
}

/// Answers a form whose ticket was opened; `made_at` is the ticket's, and `to` is where the browser goes afterwards.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn log_in(
    request: &Request<'_>,
    params: &RawParams,
    made_at: Timestamp,
    to: &str,
) -> Result<Result<Reply, LoginError>, Failure> {
    if let Err(wait) = count_address(request).await? {
        let retry_after_seconds = u64::from(wait.get());
        return Ok(Err(LoginError::TooManyAttempts { retry_after_seconds }));
    }
    let ends_at = made_at.plus(LIFETIME);
    if request.now >= ends_at {
        return Ok(Err(LoginError::Expired));
    }
    let party = request.realm.relying_party(request.issuer);
    let (Some(party), Some(answer)) = (party, Answer::read(params)) else {
        return Ok(Err(LoginError::BadPasskey));
    };
    let challenge = challenge(params.get("request").unwrap_or_default());
    let spent = [SingleUse::passkey(request.realm.name(), &challenge, ends_at)];
    for _ in 0..ATTEMPTS {
        let Some((user, passkey)) = find(request, &answer).await? else {
            return Ok(Err(LoginError::BadPasskey));
        };
        let counter = match judge(&party, &challenge, &passkey, &answer) {
            Ok(counter) => counter,
            Err(Wrong::Counter) => {
                note_copy(request, &user, &passkey, &spent).await?;
                return Ok(Err(LoginError::BadPasskey));
            }
            Err(_) => return Ok(Err(LoginError::BadPasskey)),
        };
        if !handover::leaves_here(request, &user).await? {
            return Ok(Err(LoginError::BadPasskey));
        }
        let after = kept::used(&user, &passkey.id, counter, request.now);
        let proved = Proved {
            user: &user,
            methods: methods(&passkey),
            spends: vec![Write::UpdateUser(Box::new(after))],
            used: &spent,
            kept: Kept::USUAL,
        };
        if let Some(reply) = begin::session(request, proved, to).await? {
            return Ok(Ok(reply));
        }
        // Either somebody was faster with this challenge, or the user was changed meanwhile.
        if request.app.replayed(&spent).await?.is_some() {
            return Ok(Err(LoginError::Expired));
        }
    }
    Err(Fault::Contention(ATTEMPTS).into())
}

/// What a login with this passkey is made of (RFC 8176): a key, which its authenticator gave out to nobody or only to other
/// devices of its owner, and a user whom it verified.
const fn methods(passkey: &Passkey) -> &'static [&'static str] {
    if passkey.synced {
        &["swk", "user", "mfa"]
    } else {
        &["hwk", "user", "mfa"]
    }
}

/// The user whom the answer names, and the passkey of theirs, if they may log in.
async fn find(request: &Request<'_>, answer: &Answer) -> Result<Option<(UserRecord, Passkey)>, Failure> {
    let found = request.app.store.user(request.realm.name(), &answer.user).await?;
    let Some(user) = found.filter(|user| user.enabled) else {
        return Ok(None);
    };
    let passkey = user.passkeys().iter().find(|passkey| passkey.id == answer.credential);
    let passkey = passkey.cloned();
    Ok(passkey.map(|passkey| (user, passkey)))
}

fn judge(party: &RelyingParty, challenge: &str, passkey: &Passkey, answer: &Answer) -> Result<u32, Wrong> {
    let ceremony = Ceremony {
        rp_id: &party.id,
        origin: &party.origin,
        challenge,
    };
    let answer = Asserted {
        client_data: &answer.client_data,
        authenticator_data: &answer.authenticator_data,
        signature: &answer.signature,
    };
    prove(&ceremony, passkey, &answer)
}

/// Notes in the audit log that there are two of a passkey, once a challenge: an answer that is sent again is no copy.
async fn note_copy(
    request: &Request<'_>,
    user: &UserRecord,
    passkey: &Passkey,
    spent: &[SingleUse],
) -> Result<(), Failure> {
    let (actor, address) = (Actor::oneself(&user.id), request.address.to_string());
    let line = kept::copied(user, passkey, &request.deed(&actor, &address));
    let mut change = Change::new(request.app.change_id(request.app.now()), vec![line]);
    change.spend(spent);
    match request.app.commit(change).await {
        Ok(_) | Err(CommitError::Conflict) => Ok(()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}
