//! Two servers that look at certificates: one that speaks TLS itself and believes no proxy, and one behind a proxy that
//! says what it was shown.

use super::people::{Authority, Holder};
use crate::commands::installation::{Installation, Serving};
use crate::harness::{Agent, Launch, Realm, Reply, Server};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The realm behind the proxy.
const REALM: &str = include_str!("realm.toml");

/// Behind a proxy.
pub(crate) struct Proxied {
    _server: Server,
    _folder: tempfile::TempDir,
    pub(super) realm: Realm,
    pub(super) authority: Authority,
    pub(super) billing: Holder,
    pub(super) shipping: Holder,
    pub(super) own: Holder,
}

/// The shared one, on SQLite.
pub(super) fn proxied() -> &'static Proxied {
    static STAGE: OnceLock<Proxied> = OnceLock::new();
    STAGE.get_or_init(|| Proxied::start(None))
}

impl Proxied {
    pub(super) fn start(storage: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let file = folder.path().join("clients.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let own = Holder::self_signed("own");
        let text = REALM
            .replace("AUTHORITIES", &file.display().to_string())
            .replace("OWN_KEYS", &own.jwks().to_string());
        let text = format!("name = \"certificates\"\nissuer = \"http://localhost:8400\"\n{text}");
        let mut launch = Launch::demo().realm(text);
        if let Some(url) = storage {
            launch = launch.storage(url);
        }
        let server = Server::start(launch);
        Self {
            realm: server.realm(),
            billing: authority.issue("billing"),
            shipping: authority.issue("shipping"),
            _server: server,
            _folder: folder,
            authority,
            own,
        }
    }

    /// A request for a token as this client, with what the proxy says.
    pub(super) async fn ask(&self, client_id: &str, said: &[(&str, &str)]) -> Reply {
        let form = [("grant_type", "client_credentials"), ("client_id", client_id)];
        self.post(&self.realm.token(), &form, said).await
    }

    pub(super) async fn post(&self, url: &str, form: &[(&str, &str)], said: &[(&str, &str)]) -> Reply {
        let mut agent = Agent::new();
        let request = said.iter().fold(agent.http.post(url), |request, (name, value)| {
            request.header(*name, *value)
        });
        agent.send(request.form(form)).await
    }

    /// Userinfo with a token, with what the proxy says.
    pub(super) async fn userinfo(&self, token: &str, said: &[(&str, &str)]) -> Reply {
        let mut agent = Agent::new();
        let request = agent
            .http
            .get(self.realm.endpoint("userinfo_endpoint"))
            .bearer_auth(token);
        let request = said
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        agent.send(request).await
    }

    /// What an API is told of a token.
    pub(super) async fn introspected(&self, token: &str) -> Value {
        let api = self.realm.client("api");
        let mut agent = Agent::new();
        let request = agent.http.post(self.realm.endpoint("introspection_endpoint"));
        let request = request
            .basic_auth(&api.id, api.secret.as_ref())
            .form(&[("token", token)]);
        agent.send(request).await.expect(200).json()
    }
}

/// A server that speaks TLS itself. It reads the header of a proxy, but there is none that it believes.
pub(crate) struct Direct {
    _serving: Serving,
    installation: Installation,
    server_certificate: String,
    pub(super) billing: Holder,
    pub(super) other: Holder,
    /// The client that `billing` stands for.
    pub(super) client_id: String,
}

impl Direct {
    pub(super) fn start() -> Self {
        let installation = Installation::speaking("https");
        let folder = installation.folder.path();
        let authority = Authority::new();
        std::fs::write(folder.join("clients.pem"), authority.pem()).unwrap();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("server.pem"), own.cert.pem()).unwrap();
        std::fs::write(folder.join("server.key"), own.signing_key.serialize_pem()).unwrap();
        let config = installation.config().replace(
            "client_certificate_header = \"off\"",
            "client_certificate_header = \"client-cert\"",
        );
        let last = "\n[tls]\ncert_file = \"server.pem\"\nkey_file = \"server.key\"\n";
        std::fs::write(installation.file(), format!("{config}{last}")).unwrap();
        let realm = std::fs::read_dir(folder.join("realms"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let text = std::fs::read_to_string(&realm).unwrap();
        let first = "client_auth = [\"tls_client_auth\", \"client_secret_basic\"]\n";
        let last = "\n[mtls]\nenabled = true\nauthorities_file = \"../clients.pem\"\n";
        std::fs::write(&realm, format!("{first}{text}{last}")).unwrap();
        let done = installation.run(&["migrate", "up"]);
        assert_eq!(done.code, 0, "{}", done.error);
        let client = installation.json(&[
            "client",
            "create",
            "--name",
            "Billing",
            "--kind",
            "machine",
            "--scope",
            "items:read",
            "--certificate-subject",
            "CN=billing,O=Acme",
            "--require-certificate",
            "-o",
            "json",
        ]);
        Self {
            _serving: installation.serve(),
            server_certificate: own.cert.pem(),
            billing: authority.issue("billing"),
            other: authority.issue("other"),
            client_id: client["client_id"].as_str().unwrap().to_owned(),
            installation,
        }
    }

    /// Asks for a token over a connection with this certificate, and with these headers.
    pub(super) async fn ask(&self, with: Option<&Holder>, headers: &[(&str, &str)]) -> Reply {
        let root = reqwest::Certificate::from_pem(self.server_certificate.as_bytes()).unwrap();
        let mut builder = reqwest::Client::builder()
            .tls_certs_only([root])
            .resolve("localhost", ([127, 0, 0, 1], 0).into());
        if let Some(holder) = with {
            builder = builder.identity(holder.identity());
        }
        let form = json!({ "grant_type": "client_credentials", "client_id": self.client_id });
        let mut agent = Agent::over(builder.build().unwrap());
        let url = format!("https://localhost:{}/token", self.installation.port);
        let request = agent.http.post(url).form(&form);
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        agent.send(request).await
    }
}
