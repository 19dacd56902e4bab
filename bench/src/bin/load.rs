//! The load generator's process: commands on standard input, one JSON line each, answers on standard output.

use std::io::{BufRead as _, Write as _};

use grantd_bench::fleet::Fleets;
use grantd_bench::job::{Command, Reply};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut fleets = Fleets::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let command: Command = serde_json::from_str(&line?)?;
        let reply = fleets
            .obey(command)
            .unwrap_or_else(|error| Reply::Failed(format!("{error:#}")));
        serde_json::to_writer(&mut out, &reply)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}
