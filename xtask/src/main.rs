//! The project's own chores, one module each: `cargo xtask <chore> [arguments]`.

use anyhow::{Result, bail};

mod bench;
mod check;
mod conformance;
mod links;
mod machine;
mod packages;
mod sdk_bench;
mod sdks;
mod test;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((chore, rest)) if chore == "bench" => bench::run(rest),
        Some((chore, rest)) if chore == "bench-sdks" => sdk_bench::run(rest, &bench::target_directory()?),
        Some((chore, rest)) if chore == "test" => test::run(rest),
        Some((chore, [])) if chore == "check" => check::run(),
        Some((chore, [])) if chore == "screens" => test::screens(),
        _ => bail!(
            "usage: cargo xtask test [--only SUITE]... | check | screens | bench [arguments] | bench-sdks [--write FILE]"
        ),
    }
}
