//! The embedded directories are read by a derive macro, which cargo cannot see: a new file there must rebuild the crate.

fn main() {
    for directory in ["templates", "assets", "locales"] {
        println!("cargo::rerun-if-changed={directory}");
    }
}
