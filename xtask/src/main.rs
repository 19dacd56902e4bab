//! The project's own chores, one module each: `cargo xtask <chore> [arguments]`.

use anyhow::{Result, bail};

mod bench;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((chore, rest)) if chore == "bench" => bench::run(rest),
        _ => bail!("usage: cargo xtask bench [arguments]"),
    }
}
