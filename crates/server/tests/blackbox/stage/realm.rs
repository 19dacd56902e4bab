//! Realms for races and crashes. Their issuer names no port, so that several processes serve the very same realm and
//! one that is started again on another port continues it.

use super::wire::{Prepared, Reply};
use super::{Node, REDIRECT_URI, VERIFIER};
use crate::harness::Key;
use std::path::{Path, PathBuf};

/// The host of every issuer.
pub(super) const HOST: &str = "auth.test";
/// The confidential client that users log in through.
pub(crate) const WEB: (&str, &str) = ("web-app", "web-app-secret-0123456789");
/// The client that acts for itself.
pub(crate) const MACHINE: (&str, &str) = ("machine-app", "machine-app-secret-0123456789");
/// The client that signs.
pub(crate) const ROBOT: &str = "robot-app";
/// Another server, which vouches for users with the same key.
pub(crate) const IDP: &str = "https://idp.test";
/// Its key.
const ROBOT_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"K5bXp7lfxTPVM9hEwUWESR32Hg01z9SJYR-2hNxSEEE","y":"IsEt5yulX2XeiesDWgGHlhYlwra-qoK8-eOyJjJCuB8","d":"VIBkBKjosE1oLYlc-pu7j90w5U6dRfnPfbxVMTfyMKQ"}"#;
/// The one user of each realm.
pub(crate) const USER: (&str, &str) = ("ada@example.com", "correct-horse-ada");

/// A realm as tests ask it. The name is also the path of its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Realm(pub(crate) &'static str);

impl Realm {
    /// Its issuer.
    pub(crate) fn issuer(self) -> String {
        format!("https://{HOST}/{}", self.0)
    }

    /// The path of one of its endpoints.
    pub(crate) fn path(self, endpoint: &str) -> String {
        format!("/{}/{endpoint}", self.0)
    }

    /// A form for one of its endpoints, authenticated in the body.
    pub(crate) fn form(self, node: &Node, endpoint: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Prepared {
        let mut all = vec![("client_id", client.0), ("client_secret", client.1)];
        all.extend_from_slice(fields);
        Prepared::post(node.address, &format!("/{}/{endpoint}", self.0), &all)
    }

    /// A form for one of its endpoints with nothing but these fields.
    pub(crate) fn bare_form(self, node: &Node, endpoint: &str, fields: &[(&str, &str)]) -> Prepared {
        Prepared::post(node.address, &format!("/{}/{endpoint}", self.0), fields)
    }

    /// The exchange of a code.
    pub(crate) fn exchange(self, node: &Node, code: &str) -> Prepared {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        self.form(node, "token", WEB, &fields)
    }

    /// The use of a refresh token.
    pub(crate) fn refresh(self, node: &Node, token: &str) -> Prepared {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.form(node, "token", WEB, &fields)
    }

    /// A token for the machine.
    pub(crate) fn client_credentials(self, node: &Node) -> Prepared {
        self.form(node, "token", MACHINE, &[("grant_type", "client_credentials")])
    }

    /// The end of a token.
    pub(crate) fn revoke(self, node: &Node, client: (&str, &str), token: &str) -> Prepared {
        self.form(node, "revoke", client, &[("token", token)])
    }

    /// The question whether a token is good.
    pub(crate) fn introspect(self, node: &Node, client: (&str, &str), token: &str) -> Prepared {
        self.form(node, "introspect", client, &[("token", token)])
    }

    /// The published keys.
    pub(crate) fn keys(self, node: &Node) -> Prepared {
        Prepared::get(node.address, &format!("/{}/jwks.json", self.0), "")
    }

    /// Whether a token is good.
    pub(crate) async fn is_active(self, node: &Node, client: (&str, &str), token: &str) -> bool {
        let reply: Reply = self.introspect(node, client, token).send().await.expect("a reply");
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["active"].as_bool().expect("a boolean")
    }
}

/// The key of the client that signs.
pub(crate) fn robot_key() -> Key {
    Key::of_jwk(&serde_json::from_str(ROBOT_KEY).expect("a JWK"))
}

/// What a realm is like.
const TEMPLATE: &str = include_str!("realm.toml");

/// Writes a realm's file: `settings` are the TOML sections in which it differs from the others.
pub(crate) fn realm_file(folder: &Path, realm: Realm, settings: &str) -> PathBuf {
    let path = folder.join(format!("{}.toml", realm.0));
    let (name, issuer) = (realm.0, realm.issuer());
    let template = TEMPLATE.replace("ROBOT_KEY", ROBOT_KEY);
    let text = format!("name = \"{name}\"\nissuer = \"{issuer}\"\n{template}\n{settings}\n");
    std::fs::write(&path, text).expect("a realm's file");
    path
}
