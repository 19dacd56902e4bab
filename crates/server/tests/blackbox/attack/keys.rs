//! Rows of the keys that clients register.

use super::stage::Stage;
use super::{Rows, rows};
use crate::harness::Key;
use crate::harness::launch::{finish, grantd};
use grantd_jose::Algorithm;
use serde_json::{Value, json};

type S = &'static Stage;

pub(super) const ROWS: Rows = rows! {
    "E53" => short_rsa,
    "F01" => private_member,
    "F02" => symmetric,
    "F04" => off_the_curve,
    "F05" => too_many,
};

/// Tries to register a client with this key set; what the refusal says.
fn refused(keys: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let made = finish(
        grantd()
            .arg("init")
            .arg(folder.path())
            .args(["--issuer", "http://localhost:8400"]),
    );
    assert_eq!(made.code, 0, "{}", made.error);
    let file = folder.path().join("keys.json");
    std::fs::write(&file, keys.to_string()).unwrap();
    let mut command = grantd();
    command.args(["client", "create", "--name", "Robot", "--kind", "machine", "--jwks"]);
    command
        .arg(&file)
        .arg("--config")
        .arg(folder.path().join("grantd.toml"));
    let done = finish(&mut command);
    assert_eq!(done.code, 2, "{}", done.error);
    assert_eq!(done.output, "");
    done.error
}

async fn short_rsa(_: S) {
    let modulus = grantd_jose::base64url_encode([0xFF; 128]);
    let said = refused(&json!({"keys": [{"kty": "RSA", "n": modulus, "e": "AQAB"}]}));
    assert!(said.contains("2048"), "{said}");
}

async fn private_member(_: S) {
    let mut key = Key::new(Algorithm::ES256).public;
    key["d"] = json!("secret-that-must-not-be-shown");
    let said = refused(&json!({ "keys": [key] }));
    assert!(said.contains("`d`") && !said.contains("secret-that"), "{said}");
}

async fn symmetric(_: S) {
    assert!(refused(&json!({"keys": [{"kty": "oct", "k": "AAAA"}]})).contains("symmetric"));
}

async fn off_the_curve(_: S) {
    let good = Key::new(Algorithm::ES256).public;
    for (x, y) in [
        (good["x"].clone(), good["x"].clone()),
        (json!("A".repeat(43)), json!("A".repeat(43))),
    ] {
        let mut key = good.clone();
        key["x"] = x;
        key["y"] = y;
        assert!(refused(&json!({ "keys": [key] })).contains("curve"));
    }
}

async fn too_many(_: S) {
    let key = Key::new(Algorithm::ES256).public;
    assert!(refused(&json!({ "keys": vec![key.clone(); 17] })).contains("too many"));
    assert!(refused(&json!({ "keys": vec![key; 10_000] })).contains("too large"));
}
