//! The built server, run beside the tests: `GRANTD_BIN` names its binary.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// `grantd dev` with its demo realm. Ends with its owner.
pub(crate) struct Server {
    process: Child,
    realm: Value,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::start_at("127.0.0.1:0")
    }

    pub(crate) fn start_at(address: &str) -> Server {
        #[expect(clippy::disallowed_methods, reason = "who runs the tests says where the server is")]
        let binary = std::env::var("GRANTD_BIN").expect("GRANTD_BIN names the server's binary");
        let mut process = Command::new(binary)
            .args(["dev", "--listen", address, "--data", ":memory:", "-o", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the server did not start");
        // Whoever writes into a closed pipe ends: somebody has to read.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Server {
            process,
            realm: ready["realms"][0].clone(),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.realm["issuer"].as_str().unwrap()
    }

    /// The API's identifier in the demo realm.
    pub(crate) fn api(&self) -> String {
        format!("{}/api", self.issuer())
    }

    pub(crate) fn api_key(&self) -> &str {
        self.realm["api_keys"][0]["key"].as_str().unwrap()
    }

    fn client(&self, id: &str) -> &Value {
        let clients = self.realm["clients"].as_array().unwrap();
        clients.iter().find(|client| client["client_id"] == id).unwrap()
    }

    pub(crate) fn secret(&self, id: &str) -> &str {
        self.client(id)["client_secret"].as_str().unwrap()
    }

    pub(crate) fn private_jwk(&self, id: &str) -> String {
        self.client(id)["private_jwk"].to_string()
    }

    /// Name and password of the first user.
    pub(crate) fn user(&self) -> (&str, &str) {
        let user = &self.realm["users"][0];
        (user["username"].as_str().unwrap(), user["password"].as_str().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
