//! One throw-away PostgreSQL server, and as many databases in it as a test run asks for. It must not know what is
//! in them. The server ends with the process that started it, however that one ends.

mod binaries;
mod watchdog;

use binaries::{Account, Binaries};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;
use tokio_postgres::NoTls;
use watchdog::Watchdog;

/// Why there is no test server.
#[derive(Debug, thiserror::Error)]
pub enum TestServerError {
    /// PostgreSQL is not installed.
    #[error(
        "PostgreSQL was not found in /usr/lib/postgresql/*/bin or PATH; install the package `postgresql` \
         (Debian, Ubuntu), `postgresql-server` (Fedora) or `postgresql` (Homebrew)"
    )]
    NotInstalled,
    /// PostgreSQL refuses to run as root, and there is no account to run it as.
    #[error("PostgreSQL refuses to run as root and there is no account `postgres` to run it as")]
    NoAccount,
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: String,
        /// What it said.
        output: String,
    },
    /// The file system or a process did not do as asked.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The server did not do as asked.
    #[error("the test server: {0}")]
    Database(#[from] tokio_postgres::Error),
}

/// Whether the server survives a power cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// `fsync = off`: for tests.
    Relaxed,
    /// As in production: for figures.
    Full,
}

/// A running server. Dropping it stops it and removes its files.
pub struct PostgresServer {
    binaries: Binaries,
    account: Option<Account>,
    home: PathBuf,
    port: u16,
    durability: Durability,
    template: Mutex<Option<String>>,
    databases: AtomicU64,
    /// The last field: it stops the server and removes the files.
    _watchdog: Watchdog,
}

/// One database of the server, reached over its socket or over loopback.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// `postgresql://` URL over the Unix socket.
    pub url: String,
    /// `postgresql://` URL over TCP.
    pub tcp_url: String,
}

/// Distinguishes the servers of one process.
static SERVERS: AtomicU64 = AtomicU64::new(0);

impl PostgresServer {
    /// Makes a new cluster and starts it.
    ///
    /// # Errors
    /// See [`TestServerError`]; `NotInstalled` names the package to install.
    pub fn start(durability: Durability) -> Result<Self, TestServerError> {
        let binaries = Binaries::find().ok_or(TestServerError::NotInstalled)?;
        let account = binaries::account_to_use()?;
        let number = SERVERS.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("grantd-pg-{}-{number}", std::process::id()));
        std::fs::create_dir(&home)?;
        if let Some(account) = account {
            std::os::unix::fs::chown(&home, Some(account.uid), Some(account.gid))?;
        }
        let watchdog = Watchdog::start(&binaries, account, &home)?;
        let mut server = Self {
            binaries,
            account,
            home,
            port: 0,
            durability,
            template: Mutex::new(None),
            databases: AtomicU64::new(0),
            _watchdog: watchdog,
        };
        server.make_cluster()?;
        server.start_on_a_free_port()?;
        Ok(server)
    }

    /// Stops the server at once, as a crash would; its files stay.
    ///
    /// # Errors
    /// `Program` when it cannot be stopped.
    pub fn crash(&self) -> Result<(), TestServerError> {
        self.pg_ctl(&["stop", "-m", "immediate", "-w"])
    }

    /// Starts it again on the same port after [`PostgresServer::crash`].
    ///
    /// # Errors
    /// `Program` when it does not come up.
    pub fn start_again(&self) -> Result<(), TestServerError> {
        self.launch(self.port)
    }

    /// The folder of PostgreSQL's programs (`pgbench`).
    #[must_use]
    pub fn programs(&self) -> &Path {
        self.binaries.folder()
    }

    /// The folder of the server's Unix socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.home
    }

    /// The port, of TCP and of the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// An empty database.
    ///
    /// # Errors
    /// `Database` when the server refuses.
    pub async fn empty_database(&self) -> Result<Database, TestServerError> {
        let database = self.next_database("empty");
        self.administer(&format!("CREATE DATABASE {}", database.name)).await?;
        Ok(database)
    }

    /// A database of its own, copied from a template that `migrate` brings up to date when the first one is asked
    /// for. `migrate` gets the template's URL and must have closed its connections when it ends.
    ///
    /// # Errors
    /// `Database` when the server refuses.
    pub async fn fresh_database<F, Done>(&self, migrate: F) -> Result<Database, TestServerError>
    where
        F: FnOnce(String) -> Done,
        Done: Future<Output = ()>,
    {
        // Held throughout: the template must not be copied while it is made.
        let mut template = self.template.lock().await;
        let source = if let Some(name) = template.as_ref() {
            name.clone()
        } else {
            let made = self.empty_database().await?;
            migrate(made.url).await;
            self.seal(&made.name).await?;
            template.insert(made.name).clone()
        };
        let database = self.next_database("test");
        self.administer(&format!("CREATE DATABASE {} TEMPLATE {source}", database.name))
            .await?;
        Ok(database)
    }

    /// Ends every connection to a database.
    ///
    /// # Errors
    /// `Database` when the server refuses.
    pub async fn disconnect_all(&self, database: &str) -> Result<(), TestServerError> {
        self.administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        ))
        .await
    }

    /// Makes the server ask for `user`'s password over TCP.
    ///
    /// # Errors
    /// `Io` when the server's rules cannot be written, `Program` when it does not read them.
    pub fn require_password(&self, user: &str) -> Result<(), TestServerError> {
        let path = self.data().join("pg_hba.conf");
        let rules = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("host all {user} 127.0.0.1/32 scram-sha-256\n{rules}"))?;
        self.pg_ctl(&["reload"])
    }

    /// Connections that are still closing would make the copying of a template fail.
    async fn seal(&self, database: &str) -> Result<(), TestServerError> {
        self.administer(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false"))
            .await?;
        self.administer(&format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database}'"
        ))
        .await
    }

    fn next_database(&self, kind: &str) -> Database {
        let name = format!("{kind}_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let socket = self.home.to_string_lossy().replace('/', "%2F");
        let port = self.port;
        Database {
            url: format!("postgresql://postgres@{socket}:{port}/{name}"),
            tcp_url: format!("postgresql://postgres@127.0.0.1:{port}/{name}"),
            name,
        }
    }

    async fn administer(&self, sql: &str) -> Result<(), TestServerError> {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(&self.home)
            .port(self.port)
            .user("postgres")
            .dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        let driver = tokio::spawn(connection);
        let result = client.batch_execute(sql).await;
        drop(client);
        // How the connection ended says nothing that `result` does not.
        let _ = driver.await;
        Ok(result?)
    }

    fn make_cluster(&self) -> Result<(), TestServerError> {
        let mut initdb = self.binaries.command("initdb", self.account);
        initdb.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        binaries::run(initdb.arg(self.data()))
    }

    /// Another process can take the port between its choice and its use.
    fn start_on_a_free_port(&mut self) -> Result<(), TestServerError> {
        let mut outcome = Ok(());
        for _ in 0..5 {
            let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            outcome = self.launch(port);
            if outcome.is_ok() {
                self.port = port;
                break;
            }
        }
        outcome
    }

    fn launch(&self, port: u16) -> Result<(), TestServerError> {
        let home = self.home.display();
        let relaxed = match self.durability {
            Durability::Relaxed => "-c fsync=off -c full_page_writes=off -c synchronous_commit=off",
            Durability::Full => "-c shared_buffers=512MB -c max_wal_size=4GB",
        };
        let options = format!("-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=300 {relaxed}");
        self.pg_ctl(&["start", "-w", "-t", "60", "-l", &format!("{home}/log"), "-o", &options])
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), TestServerError> {
        let mut pg_ctl = self.binaries.command("pg_ctl", self.account);
        binaries::run(pg_ctl.arg("-D").arg(self.data()).args(arguments))
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }
}
