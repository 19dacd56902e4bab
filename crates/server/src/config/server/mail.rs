//! `[mail]`: who takes letters to users.

use crate::config::kind::{Choice, Count, Parsed, Sensitive, Text};
use crate::config::section::Section;
use grantd_protocol::Secret;
use std::sync::Arc;

/// A mail server, and from whom letters come.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The mail server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to log in with; `None` for none.
    pub username: Option<String>,
    /// The password to log in with.
    pub password: Option<Arc<Secret>>,
    /// Whom letters come from.
    pub from: String,
}

impl Mail {
    /// Whether letters go the same way with both, or with neither.
    #[must_use]
    pub fn are_alike(one: Option<&Self>, other: Option<&Self>) -> bool {
        let way = |mail: &Self| {
            let password = mail.password.as_ref().map(|password| password.expose().to_owned());
            let (host, username, from) = (mail.host.clone(), mail.username.clone(), mail.from.clone());
            (host, mail.port, mail.security, username, password, from)
        };
        one.map(way) == other.map(way)
    }
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// `STARTTLS`, without which nothing is sent.
    StartTls,
    /// Nothing: for a relay on this very computer.
    None,
}

const SECURITY: Choice<MailSecurity> = Choice(&[
    ("tls", MailSecurity::Tls),
    ("starttls", MailSecurity::StartTls),
    ("none", MailSecurity::None),
]);
const FROM: Parsed<String> = Parsed {
    parse: |text| {
        let parsed = text.parse::<lettre::message::Mailbox>();
        parsed
            .map(|_| text.to_owned())
            .map_err(|_| "is not a mail address".to_owned())
    },
    sample: "Nordwind <no-reply@nordwind.example>",
    pattern: "",
};
const PORT: Count = Count { least: 1, most: 65_535 };

/// Reads the section.
pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Mail> {
    let host = section.required("host", "The mail server that takes letters over SMTP.", &Text);
    let port = section.required("port", "Its port; 587 is usual.", &PORT);
    let security = section.required(
        "security",
        "\"tls\" from the first byte, \"starttls\", or \"none\" for a relay on this very computer.",
        &SECURITY,
    );
    let username = section.optional("username", "The name to log in to it with.", &Text);
    let password = section.optional(
        "password",
        "The password to log in to it with; best in GRANTD__MAIL__PASSWORD_FILE.",
        &Sensitive { check: |_| Ok(()) },
    );
    let from = section.required("from", "Whom letters come from.", &FROM);
    let mail = Mail {
        host: host?,
        port: port.and_then(|port| u16::try_from(port).ok())?,
        security: security?,
        username: username?,
        password: password?.map(Arc::new),
        from: from?,
    };
    let is_local = matches!(&*mail.host, "localhost" | "127.0.0.1" | "::1");
    if mail.security == MailSecurity::None && !is_local {
        let fix = Some("use \"starttls\" or \"tls\"".to_owned());
        section.problem("security", "must not be \"none\" to another computer", fix);
        return None;
    }
    Some(mail)
}
