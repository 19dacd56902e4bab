//! What a figure has to say about where it was taken.

use std::path::Path;
use std::process::Command;

/// The machine, the commit and the day.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Day and time, UTC.
    pub date: String,
    /// Commit of the working tree, with a mark when it has changes.
    pub commit: String,
    /// Processor model and number of cores.
    pub processor: String,
    /// Memory in GiB.
    pub memory: String,
    /// Kernel release.
    pub kernel: String,
    /// File system under the databases.
    pub filesystem: String,
}

impl Machine {
    /// Looks around; what cannot be found out is "unknown".
    #[must_use]
    pub fn look(repository: &Path, databases: &Path) -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo
            .lines()
            .find(|line| line.starts_with("model name"))
            .and_then(|line| line.split_once(':'))
            .map_or("unknown processor", |(_, model)| model.trim());
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib: f64 = meminfo
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))
            .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
            .unwrap_or(0.0);
        let git = |arguments: &[&str]| output(Command::new("git").arg("-C").arg(repository).args(arguments));
        let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
        let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
        Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            commit: if changed {
                format!("{commit} with local changes")
            } else {
                commit
            },
            processor: format!("{cores} x {model}"),
            memory: format!("{:.0} GiB", kib / 1024.0 / 1024.0),
            kernel: output(Command::new("uname").arg("-sr")).unwrap_or_else(|| "unknown".to_owned()),
            filesystem: output(Command::new("stat").args(["-f", "-c", "%T"]).arg(databases))
                .unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}

/// The load average over one minute: neighbours on the machine make a run worthless.
#[must_use]
pub fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_ascii_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0.0)
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Milliseconds since 1970.
#[must_use]
pub fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

