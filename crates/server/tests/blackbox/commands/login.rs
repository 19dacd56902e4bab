//! `grantd login`, `token` and `logout`: a person logs in by the device flow, scripts use the token, and the login ends.

use crate::attack::stage::DEMO;
use crate::harness::device::Device;
use crate::harness::launch::{Failed, finish, grantd};
use crate::harness::{Flow, Launch, Server};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

struct Person {
    server: Server,
    home: tempfile::TempDir,
}

impl Person {
    fn new(realm: String) -> Self {
        Self {
            server: Server::start(Launch::demo().realm(realm)),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = grantd();
        command.args(arguments).env("XDG_CONFIG_HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Failed {
        finish(&mut self.command(arguments))
    }

    /// Logs in; the user answers with this.
    async fn log_in(&self, decision: &str) -> (i32, Vec<Value>) {
        let realm = self.server.realm();
        let issuer = realm.issuer();
        let scopes = ["--scope", "invoices:read", "--scope", "offline_access"];
        let asked = [
            &["login", &issuer, "--client-id", "ledger-desktop", "-o", "json"],
            &scopes[..],
        ]
        .concat();
        let mut child = self.command(&asked).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let device = Device {
            realm: realm.clone(),
            client: realm.client("ledger-desktop"),
            told: told.clone(),
        };
        device
            .answered(&mut Flow::new(&realm, "ledger-desktop"), decision)
            .await;
        let rest = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        let told: Vec<Value> = std::iter::once(told).chain(rest).collect();
        (child.wait().unwrap().code().unwrap(), told)
    }

    fn token(&self) -> String {
        let done = self.run(&["token"]);
        assert_eq!(done.code, 0, "{}", done.error);
        done.output.trim().to_owned()
    }

    async fn is_good(&self, token: &str) -> bool {
        let realm = self.server.realm();
        let url = realm.endpoint("introspection_endpoint");
        let reply = crate::harness::flow::post_as(&realm.client("acme-api"), &url, &[("token", token)]).await;
        reply.json()["active"] == true
    }
}

fn quick() -> String {
    DEMO.replace("interval = \"5s\"", "interval = \"1s\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_logs_in_scripts_use_the_token_and_the_logout_ends_it() {
    let person = Person::new(quick());
    let (code, told) = person.log_in("allow").await;
    assert_eq!((code, &told[1]["logged_in"]), (0, &Value::Bool(true)), "{told:?}");
    let token = person.token();
    assert!(person.is_good(&token).await);
    assert!(
        !told.iter().any(|line| line.to_string().contains(&token)),
        "the login itself shows no token"
    );
    assert_eq!(person.token(), token, "one that is good is not renewed");
    let done = person.run(&["logout", "-o", "json"]);
    assert_eq!(done.code, 0, "{}", done.error);
    assert!(!person.is_good(&token).await);
    let gone = person.run(&["token"]);
    assert_eq!((gone.code, gone.output.as_str()), (1, ""));
    assert!(gone.error.contains("run grantd login"), "{}", gone.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_nearly_over_is_renewed() {
    let access = DEMO.find("[access_token]").unwrap();
    let (before, after) = DEMO.split_at(access);
    let short = format!(
        "{before}{}",
        after.replacen("lifetime = \"1h\"", "lifetime = \"50s\"", 1)
    );
    let person = Person::new(short.replace("interval = \"5s\"", "interval = \"1s\""));
    person.log_in("allow").await;
    let (first, second) = (person.token(), person.token());
    assert_ne!(first, second);
    assert!(person.is_good(&second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_is_not_logged_in() {
    let person = Person::new(quick());
    let (code, told) = person.log_in("deny").await;
    assert_eq!((code, told.len()), (1, 1));
    assert_eq!(person.run(&["token"]).code, 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_read_a_login() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::new(quick());
    person.log_in("allow").await;
    let file = person.home.path().join("grantd/logins.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&file, "{\"access_token\":\"secret-in-a-damaged-file\"").unwrap();
    let damaged = person.run(&["token"]);
    assert_eq!(damaged.code, 2);
    assert!(
        damaged.error.contains("damaged") && !damaged.error.contains("secret-in"),
        "{}",
        damaged.error
    );
}

#[test]
fn an_issuer_that_can_be_overheard_or_is_another_is_refused() {
    let person = Person::new(quick());
    let log_in = |issuer: &str| person.run(&["login", issuer, "--client-id", "ledger-desktop"]);
    let open = log_in("http://issuer.example");
    assert_eq!(open.code, 2);
    assert!(open.error.contains("can be overheard"), "{}", open.error);
    // The same server under a name that is not its own.
    let other = person.server.realm().issuer().replace("localhost", "127.0.0.1");
    let done = log_in(&other);
    assert_ne!(done.code, 0);
    assert_eq!(log_in("nonsense").code, 2);
}
