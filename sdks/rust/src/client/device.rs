//! A login on a device without a browser (RFC 8628): it shows a code, the user confirms it elsewhere, the device waits.

use super::builder::{TokenManagerBuilder, check_subject};
use super::manager::{TokenManager, asked};
use super::token_endpoint::TokenEndpoint;
use super::token_set::TokenSet;
use crate::error::Error;
use crate::exchange::Form;
use crate::oauth::metadata::{Json, object_of};
use grantd_protocol::Secret;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Seconds between two questions, where the server does not say (RFC 8628 section 3.2).
const INTERVAL: f64 = 5.0;
/// The longest pause between two questions, in seconds, that is made on one's own.
const MAX_INTERVAL: f64 = 60.0;
/// The longest that a code is waited for, in seconds.
const MAX_LIFETIME: f64 = 86_400.0;

/// Logs users in on devices.
#[derive(Clone)]
pub struct DeviceLogin {
    builder: TokenManagerBuilder,
    endpoint: Arc<TokenEndpoint>,
}

/// What to show to the user. Its `Debug` does not show the code: whoever confirms it first has the login.
#[derive(Clone)]
pub struct DevicePrompt {
    /// The code.
    pub user_code: String,
    /// Where the user enters it.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: Option<String>,
    /// Until the code ends.
    pub expires_in: Duration,
}

struct Asked {
    device_code: Secret,
    prompt: DevicePrompt,
    interval: f64,
}

impl DeviceLogin {
    pub(super) const fn new(builder: TokenManagerBuilder, endpoint: Arc<TokenEndpoint>) -> Self {
        Self { builder, endpoint }
    }

    /// Asks for a code, shows it, and waits until the user has answered. The subject is any text that tells your users
    /// apart.
    ///
    /// # Errors
    /// [`Error::AccessDenied`] when the user said no, [`Error::DeviceCodeExpired`] when nobody answered in time,
    /// [`Error::Configuration`] for an empty subject, before anything is asked.
    pub async fn login(
        &self,
        subject: impl Into<String>,
        show: impl FnOnce(&DevicePrompt),
    ) -> Result<TokenManager, Error> {
        let subject = subject.into();
        check_subject(&subject)?;
        let form = asked(Form::default(), &self.builder.purpose(None));
        let reply = self.endpoint.post("device_authorization_endpoint", form).await?;
        let asked = read(&object_of(&reply, "code for the device")?)
            .ok_or_else(|| Error::reply("the reply with the code is malformed", 200))?;
        show(&asked.prompt);
        let tokens = self.wait(&asked).await?;
        let endpoint = Arc::clone(&self.endpoint);
        self.builder.clone().of_login(endpoint, subject, tokens).await
    }

    async fn wait(&self, asked: &Asked) -> Result<TokenSet, Error> {
        let clock = &self.endpoint.metadata.http().clock;
        let lifetime = i64::try_from(asked.prompt.expires_in.as_millis()).unwrap_or(i64::MAX);
        let end = clock.now().saturating_add(lifetime);
        let mut pause = asked.interval;
        loop {
            clock.sleep(Duration::from_secs_f64(pause)).await;
            if clock.now() >= end {
                return Err(Error::DeviceCodeExpired);
            }
            let form = Form::default()
                .with("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
                .with("device_code", asked.device_code.expose());
            match self.endpoint.request(form).await {
                Ok(tokens) => return Ok(tokens),
                Err(error) => pause = pause_after(error, pause)?,
            }
        }
    }
}

/// Seconds until the next question after this error, which is handed on where there is none.
fn pause_after(error: Error, pause: f64) -> Result<f64, Error> {
    match error {
        Error::OAuth(refusal) => match refusal.code.as_str() {
            "authorization_pending" => Ok(pause),
            "slow_down" => Ok(pause + 5.0),
            "access_denied" => Err(Error::AccessDenied(refusal)),
            "expired_token" => Err(Error::DeviceCodeExpired),
            _ => Err(Error::OAuth(refusal)),
        },
        // RFC 8628 section 3.5: a server that does not answer is asked less often.
        error if error.is_temporary() => Ok((pause * 2.0).min(MAX_INTERVAL)),
        error => Err(error),
    }
}

fn read(members: &Json) -> Option<Asked> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let lifetime = members.get("expires_in")?.as_f64()?;
    let interval = members.get("interval").map_or(Some(INTERVAL), Value::as_f64)?;
    if !(0.0..=MAX_LIFETIME).contains(&lifetime) || !(0.0..=MAX_LIFETIME).contains(&interval) {
        return None;
    }
    Some(Asked {
        device_code: Secret::new(text("device_code").filter(|code| !code.is_empty())?),
        interval: interval.max(1.0),
        prompt: DevicePrompt {
            user_code: text("user_code")?,
            verification_uri: text("verification_uri")?,
            verification_uri_complete: text("verification_uri_complete"),
            expires_in: Duration::from_secs_f64(lifetime),
        },
    })
}

impl fmt::Debug for DeviceLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DeviceLogin(…)")
    }
}

impl fmt::Debug for DevicePrompt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DevicePrompt")
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
