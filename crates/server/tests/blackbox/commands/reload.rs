//! A reload takes all of a configuration that can change in a running process, or nothing; and says what it cannot take.

use super::installation::{Installation, Serving, wait_for};
use super::migrated;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::path::Path;

const KEPT: &str = "the old one stays in force";
const TAKEN: &str = "configuration reloaded";

/// Writes a certificate and its key beside the configuration.
fn certify(folder: &Path, name: &str) -> CertifiedKey<KeyPair> {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join(format!("{name}.pem")), made.cert.pem()).unwrap();
    std::fs::write(folder.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    made
}

/// Whether the server proves itself by this certificate.
async fn shows(installation: &Installation, certificate: &CertifiedKey<KeyPair>) -> bool {
    let root = reqwest::Certificate::from_pem(certificate.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([root])
        .resolve("localhost", ([127, 0, 0, 1], 0).into());
    let url = format!("https://localhost:{}/jwks.json", installation.port);
    client.build().unwrap().get(url).send().await.is_ok()
}

fn reload(serving: &mut Serving, until: &str) -> String {
    serving.signal("HUP");
    wait_for(&mut serving.log, until)
}

#[tokio::test]
async fn a_certificate_is_taken_from_where_the_new_configuration_has_it_and_with_all_the_rest_or_not_at_all() {
    let installation = Installation::speaking("https");
    let folder = installation.folder.path();
    let config = installation.config();
    let configured = |name: &str| {
        let tls = format!("\n[tls]\ncert_file = \"{name}.pem\"\nkey_file = \"{name}.key\"\n");
        std::fs::write(installation.file(), format!("{config}{tls}")).unwrap();
    };
    let (first, second) = (certify(folder, "first"), certify(folder, "second"));
    configured("first");
    assert_eq!(installation.run(&["migrate", "up"]).code, 0);
    let mut serving = installation.serve();
    assert!(shows(&installation, &first).await);

    // Each file is right in itself; together they are not.
    let clash = folder.join("realms/other.toml");
    let other = format!(
        "name = \"other\"\ndisplay_name = \"Other\"\nissuer = \"https://localhost:{}/par\"\n",
        installation.port
    );
    std::fs::write(&clash, other).unwrap();
    configured("second");
    let line = reload(&mut serving, KEPT);
    assert!(line.contains("both answer at"), "{line}");
    assert!(shows(&installation, &first).await && !shows(&installation, &second).await);

    std::fs::remove_file(clash).unwrap();
    reload(&mut serving, TAKEN);
    assert!(shows(&installation, &second).await && !shows(&installation, &first).await);
}

#[test]
fn what_counts_from_the_next_start_on_is_named_at_a_reload() {
    let installation = migrated();
    let mut serving = installation.serve();
    let right = installation.config();
    let changed = right
        .replace("trusted_proxies = []", "trusted_proxies = [\"10.0.0.0/8\"]")
        .replace("body_bytes = 65536", "body_bytes = 32768");
    std::fs::write(installation.file(), &changed).unwrap();
    let line = reload(&mut serving, "from the next start on");
    assert!(line.contains("\"trusted_proxies, limits\""), "{line}");
    wait_for(&mut serving.log, TAKEN);
    // Taken back, and with what a running process does take: there is nothing to wait for.
    let rates = right.replace("per_client = \"200/s, burst 400\"", "per_client = \"100/s, burst 400\"");
    assert_ne!(rates, right);
    std::fs::write(installation.file(), rates).unwrap();
    serving.signal("HUP");
    let line = wait_for(&mut serving.log, "grantd::cli::run");
    assert!(line.contains(TAKEN), "{line}");
}

#[test]
fn a_configuration_without_realms_is_none() {
    let installation = migrated();
    let mut serving = installation.serve();
    let none = installation
        .config()
        .replace("realms = [\"realms/*.toml\"]", "realms = []");
    std::fs::write(installation.file(), none).unwrap();
    let line = reload(&mut serving, KEPT);
    assert!(line.contains("names no realm"), "{line}");
    let failed = installation.run(&["serve"]);
    assert_eq!(failed.code, 2);
    assert!(failed.error.contains("names no realm"), "{}", failed.error);
}
