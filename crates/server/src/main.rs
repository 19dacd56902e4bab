//! The binary: reads the environment once, runs the command, and turns its fault into an exit code.

use clap::Parser as _;
use grantd::cli::{Cli, print, run};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = std::env::vars().collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            print::note(&format!("grantd: the runtime cannot start: {cause}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(Box::pin(run(cli, &environment))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            print::note(&format!("grantd: {fault}"));
            ExitCode::from(fault.code as u8)
        }
    }
}
