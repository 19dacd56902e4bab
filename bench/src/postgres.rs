//! A PostgreSQL server for one run, with durable commits, and pgbench's single inserts as its ceiling.
//!
//! It must not know grantd's tables: the ceiling's table is like that of access tokens in width and indexes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};

use crate::job::Slice;
use crate::procfs;
use crate::serving::Scratch;

/// One row of an access token: id in order of time, hash of the secret, owners, scope, two times; indexed by id and expiry.
const TABLE: &str = "CREATE SEQUENCE bench_id;
CREATE TABLE bench_access (
  id bytea PRIMARY KEY, secret_hash bytea NOT NULL, realm text NOT NULL, client_id text NOT NULL, grant_id bytea,
  subject text, scope text NOT NULL, audience text NOT NULL, issued_at bigint NOT NULL, expires_at bigint NOT NULL);
CREATE INDEX bench_access_expiry ON bench_access (expires_at);";

/// pgbench takes `:name` for a variable even within quotes, so no scope here has a colon.
const INSERT: &str = "INSERT INTO bench_access VALUES (
  decode(lpad(to_hex(nextval('bench_id')), 32, '0'), 'hex'),
  '\\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'demo', 'bench-opaque-0001', NULL,
  NULL, 'orders.read orders.write', 'https://api.example.com', 1760000000, 1760003600);
";

/// A server that ends, with its files, when dropped.
#[derive(Debug)]
pub struct Cluster {
    directory: Scratch,
    binaries: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a database cluster and starts it, as user `postgres` when this process is root.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start(parent: Option<&Path>) -> Result<Self> {
        let binaries = binaries()?;
        let directory = Scratch::new(parent, "postgres")?;
        if is_root() {
            good(Command::new("chown").arg("postgres").arg(directory.path()))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self {
            directory,
            binaries,
            port,
        };
        let data = cluster.data();
        good(
            cluster
                .program("initdb")
                .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "-D"])
                .arg(&data),
        )?;
        let sockets = cluster.directory.path().display();
        // Defaults for durability, and room: neither side may wait for a checkpoint that a larger machine would not see.
        let settings = format!(
            "-p {port} -k {sockets} -c listen_addresses=127.0.0.1 -c fsync=on -c synchronous_commit=on \
             -c max_connections=300 -c shared_buffers=512MB -c max_wal_size=4GB -c checkpoint_timeout=15min"
        );
        let log = cluster.directory.path().join("log");
        good(
            cluster
                .program("pg_ctl")
                .args(["-w", "-s", "-o", &settings, "-l"])
                .arg(log)
                .arg("-D")
                .arg(&data)
                .arg("start"),
        )?;
        Ok(cluster)
    }

    /// The address of a new, empty database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, name: &str) -> Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs SQL in a database.
    ///
    /// # Errors
    /// With PostgreSQL's message.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let output = good(
            self.program("psql")
                .args(["-h", "127.0.0.1", "-U", "postgres", "-p"])
                .arg(self.port.to_string())
                .args(["-v", "ON_ERROR_STOP=1", "-qAt", "-d", database, "-c", sql]),
        )?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The first process of the server; all others descend from it.
    ///
    /// # Errors
    /// When the server is not running.
    pub fn pid(&self) -> Result<u32> {
        let output = good(self.program("head").arg("-1").arg(self.data().join("postmaster.pid")))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        let path = if path.is_file() { path } else { PathBuf::from(name) };
        let mut command;
        if is_root() {
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
        } else {
            command = Command::new(path);
        }
        // The caller's directory may be closed to that user.
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        drop(
            self.program("pg_ctl")
                .args(["-w", "-s", "-m", "immediate", "-D"])
                .arg(data)
                .arg("stop")
                .output(),
        );
    }
}

/// Single inserts by pgbench with as many clients as the generator has connections.
#[derive(Debug)]
pub struct Pgbench<'a> {
    cluster: &'a Cluster,
    clients: usize,
    script: PathBuf,
}

impl<'a> Pgbench<'a> {
    /// Makes the table, in a database of its own.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub fn prepare(cluster: &'a Cluster, clients: usize) -> Result<Self> {
        let name = format!("pgbench_{clients}");
        cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}"))?;
        cluster.database(&name)?;
        cluster.sql(&name, TABLE)?;
        let script = cluster.directory.path().join("insert.sql");
        std::fs::write(&script, INSERT)?;
        Ok(Self {
            cluster,
            clients,
            script,
        })
    }

    /// Inserts for `seconds`. pgbench tells its rate without the time to connect, and no percentiles.
    ///
    /// # Errors
    /// When pgbench fails.
    pub fn slice(&self, seconds: f64) -> Result<Slice> {
        let postmaster = self.cluster.pid()?;
        let before = procfs::cpu_of_tree(postmaster)?;
        // Prepared statements and two threads: the fastest that pgbench does on two cores.
        let output = good(
            self.cluster
                .program("pgbench")
                .args(["-h", "127.0.0.1", "-U", "postgres", "-n", "-M", "prepared"])
                .args([
                    "-j",
                    "2",
                    "-p",
                    &self.cluster.port.to_string(),
                    "-c",
                    &self.clients.to_string(),
                ])
                .args(["-T", &format!("{:.0}", seconds.ceil()), "-f"])
                .arg(&self.script)
                .arg(format!("pgbench_{}", self.clients)),
        )?;
        let used = procfs::cpu_of_tree(postmaster)?.saturating_sub(before);
        let text = String::from_utf8_lossy(&output.stdout);
        let (count, rate) = report(&text).with_context(|| format!("pgbench said: {text}"))?;
        Ok(Slice {
            seconds: count as f64 / rate,
            good: count,
            statuses: [(200, count)].into(),
            server_cpu: used.as_secs_f64(),
            ..Slice::default()
        })
    }
}

/// Transactions and transactions per second from pgbench's report.
fn report(text: &str) -> Option<(u64, f64)> {
    let after = |label: &str| text.lines().find_map(|line| line.strip_prefix(label)).map(str::trim);
    let count = after("number of transactions actually processed:")?
        .split('/')
        .next()?
        .trim()
        .parse()
        .ok()?;
    let rate: f64 = after("tps =")?.split(' ').next()?.parse().ok()?;
    (rate > 0.0).then_some((count, rate))
}

fn binaries() -> Result<PathBuf> {
    // Debian keeps each major version in a directory of its own; the newest one counts.
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, path)| path.join("initdb").is_file())
        .collect();
    found.sort();
    match found.pop() {
        Some((_, path)) => Ok(path),
        None => bail!(
            "PostgreSQL is not installed (looked for /usr/lib/postgresql/*/bin/initdb): apt-get install postgresql"
        ),
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|data| std::os::unix::fs::MetadataExt::uid(&data) == 0)
}

fn good(command: &mut Command) -> Result<Output> {
    let output = command
        .output()
        .with_context(|| format!("{} cannot be started", command.get_program().to_string_lossy()))?;
    if !output.status.success() {
        let what = command
            .get_args()
            .map(|part| part.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join(" ");
        // Of 64 clients that fail alike the first says enough.
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{what}` failed: {}",
            said.lines().next().unwrap_or("and did not say why")
        );
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pgbench_reports_are_read_with_and_without_a_share_of_failures() {
        let text = "transaction type: insert.sql\nnumber of transactions actually processed: 26801\n\
                    number of failed transactions: 0 (0.000%)\nlatency average = 4.758 ms\n\
                    tps = 13451.512345 (without initial connection time)\n";
        assert_eq!(report(text), Some((26_801, 13_451.512_345)));
        assert_eq!(
            report("tps = 0.0 (without)\nnumber of transactions actually processed: 0/10"),
            None
        );
        assert_eq!(report("pgbench: error"), None);
    }
}
