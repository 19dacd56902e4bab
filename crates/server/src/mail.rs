//! Letters to users: over SMTP, or into the log and the console of a development server. Must not know what a letter says, nor who waits
//! for it: nobody does.

pub mod outbox;

use crate::config::{Mail, MailSecurity};
use grantd_protocol::Timestamp;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use outbox::Outbox;
use std::sync::Arc;
use std::time::Duration;

/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A letter.
pub struct Letter {
    /// The realm that its reader has an account in.
    pub realm: Arc<str>,
    /// When it was written.
    pub written_at: Timestamp,
    /// The address it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why a letter was not sent. Never names whom it was for.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// An address or a subject is none.
    #[error("the letter cannot be written: {0}")]
    Unwritable(String),
    /// The mail server refused it, or does not answer.
    #[error("the mail server did not take the letter: {}", kind(.0))]
    Refused(#[from] lettre::transport::smtp::Error),
}

/// The way to the post.
pub enum Mailer {
    /// There is none: whatever needs letters is not offered.
    Nowhere,
    /// Letters stand in the log and are kept, links and all: for development alone.
    Kept(Outbox),
    /// A mail server.
    Smtp {
        /// The way to it.
        server: Box<AsyncSmtpTransport<Tokio1Executor>>,
        /// Whom letters come from.
        from: Box<Mailbox>,
    },
}

impl Mailer {
    /// The way that configuration names.
    ///
    /// # Errors
    /// For a host that TLS knows no name for.
    pub fn new(mail: &Mail) -> Result<Self, MailFault> {
        type Smtp = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match mail.security {
            MailSecurity::Tls => Smtp::relay(&mail.host)?,
            MailSecurity::StartTls => Smtp::starttls_relay(&mail.host)?,
            MailSecurity::None => Smtp::builder_dangerous(&mail.host),
        };
        let builder = builder.port(mail.port).timeout(Some(PATIENCE));
        let builder = match (&mail.username, &mail.password) {
            (Some(name), Some(password)) => {
                builder.credentials(Credentials::new(name.clone(), password.expose().to_owned()))
            }
            _ => builder,
        };
        Ok(Self::Smtp {
            server: Box::new(builder.build()),
            from: Box::new(mail.from.parse().map_err(unwritable)?),
        })
    }

    /// Whether letters arrive anywhere.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        !matches!(self, Self::Nowhere)
    }

    /// The letters that were written instead of being sent; `None` where they are sent, or not written.
    #[must_use]
    pub const fn kept(&self) -> Option<&Outbox> {
        match self {
            Self::Kept(outbox) => Some(outbox),
            Self::Nowhere | Self::Smtp { .. } => None,
        }
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// [`MailFault`].
    pub async fn send(&self, letter: Letter) -> Result<(), MailFault> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Kept(outbox) => {
                // Whoever reads of it in the log finds it on its page.
                let letter = outbox.keep(letter);
                // A warning, since a development server logs nothing less.
                tracing::warn!(to = letter.to, subject = letter.subject, text = letter.text, "a letter");
                Ok(())
            }
            Self::Smtp { server, from } => {
                let message = Message::builder()
                    .from(Mailbox::clone(from))
                    .to(letter.to.parse().map_err(unwritable)?)
                    .subject(letter.subject)
                    .body(letter.text)
                    .map_err(unwritable)?;
                server.send(message).await?;
                Ok(())
            }
        }
    }
}

/// What went wrong, without the server's own words: they repeat the address.
fn kind(error: &lettre::transport::smtp::Error) -> String {
    let words = if error.is_permanent() {
        "it refuses it for good"
    } else if error.is_transient() {
        "it refuses it for now"
    } else if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_tls() {
        "no TLS with it"
    } else if error.is_response() {
        "its answer is none"
    } else if error.is_client() {
        "it offers nothing that this client can use"
    } else {
        "no connection with it"
    };
    error
        .status()
        .map_or_else(|| words.to_owned(), |code| format!("{words} ({code})"))
}

fn unwritable(error: impl std::fmt::Display) -> MailFault {
    MailFault::Unwritable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    /// Takes one letter as a mail server does, and gives what was said to it.
    async fn post_office(listener: TcpListener, to_recipient: &'static [u8]) -> String {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 here\r\n").await.unwrap();
        let (mut heard, mut in_letter) = (String::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return heard;
            }
            heard.push_str(&line);
            let reply: &[u8] = match line.trim_end() {
                "." => {
                    in_letter = false;
                    b"250 taken\r\n"
                }
                _ if in_letter => continue,
                "DATA" => {
                    in_letter = true;
                    b"354 go on\r\n"
                }
                line if line.starts_with("RCPT") => to_recipient,
                "QUIT" => b"221 bye\r\n",
                _ => b"250 well\r\n",
            };
            stream.write_all(reply).await.unwrap();
        }
    }

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            realm: "demo".into(),
            written_at: Timestamp::from_secs(1_800_000_000),
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "Gr\u{fc}\u{df}e\nhttps://id.example/reset?token=abc_-\n".to_owned(),
        }
    }

    async fn office() -> (Mailer, tokio::task::JoinHandle<String>) {
        office_that_says(b"250 well\r\n").await
    }

    async fn office_that_says(to_recipient: &'static [u8]) -> (Mailer, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mail = Mail {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
            security: MailSecurity::None,
            username: None,
            password: None,
            from: "Nordwind <no-reply@nordwind.example>".to_owned(),
        };
        (
            Mailer::new(&mail).unwrap(),
            tokio::spawn(post_office(listener, to_recipient)),
        )
    }

    #[tokio::test]
    async fn a_letter_arrives_at_the_mail_server() {
        let (mailer, office) = office().await;
        mailer.send(letter("ada@example.com", "Sch\u{f6}n")).await.unwrap();
        drop(mailer);
        let heard = office.await.unwrap();
        assert!(heard.contains("RCPT TO:<ada@example.com>"), "{heard}");
        assert!(
            heard.contains("From: Nordwind <no-reply@nordwind.example>") || heard.contains("From: \"Nordwind\""),
            "{heard}"
        );
    }

    #[tokio::test]
    async fn what_a_mail_server_says_of_an_address_is_not_repeated() {
        let (mailer, _office) = office_that_says(b"550 5.1.1 <ada@example.com> is unknown here\r\n").await;
        let fault = mailer
            .send(letter("ada@example.com", "x"))
            .await
            .unwrap_err()
            .to_string();
        assert!(fault.contains("550") && !fault.contains("ada"), "{fault}");
    }

    #[tokio::test]
    async fn nothing_in_an_address_becomes_a_header_or_another_recipient() {
        let (mailer, _office) = office().await;
        for to in [
            "a@b.example\r\nBcc: eve@evil.example",
            "a@b.example, eve@evil.example",
            "a",
            "",
        ] {
            let sent = mailer.send(letter(to, "x")).await;
            assert!(matches!(sent, Err(MailFault::Unwritable(_))), "{to:?}");
        }
    }
}
