//! Every committed input through its target, and some thousand small changes of each: the part of fuzzing that a stable
//! compiler can do. A panic names the input.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; the caller says by the environment how far it looks"
)]

use grantd_fuzz_targets::{TARGETS, Target};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Changes of each input. Raise it by `GRANTD_FUZZ_CHANGES` to look further.
const CHANGES: u64 = 100;

#[test]
fn every_target_has_a_corpus_and_a_program_and_nothing_else_has() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&fuzz("corpus"), ""), targets, "fuzz/corpus");
    assert_eq!(names(&fuzz("fuzz_targets"), ".rs"), targets, "fuzz/fuzz_targets");
    let manifest = std::fs::read_to_string(fuzz("Cargo.toml")).unwrap();
    for target in &targets {
        let program = format!("name = \"{target}\"\npath = \"fuzz_targets/{target}.rs\"\n");
        assert!(manifest.contains(&program), "fuzz/Cargo.toml has no {target}");
        let source = std::fs::read_to_string(fuzz("fuzz_targets").join(format!("{target}.rs"))).unwrap();
        assert!(
            source.contains(&format!("grantd_fuzz_targets::{target}(data)")),
            "{target}.rs calls its target"
        );
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
}

#[test]
fn every_target_has_ten_inputs_at_least() {
    for target in TARGETS {
        let count = inputs(target).len();
        assert!(count >= 10, "{} has {count}", target.name);
    }
}

#[test]
fn every_committed_input_and_changes_of_it_pass() {
    let changes = std::env::var("GRANTD_FUZZ_CHANGES").map_or(CHANGES, |text| text.parse().unwrap());
    std::thread::scope(|scope| {
        for target in TARGETS {
            scope.spawn(move || replay(target, changes));
        }
    });
}

fn replay(target: &Target, changes: u64) {
    let inputs = inputs(target);
    for (name, bytes) in &inputs {
        pass(target, name, bytes);
    }
    for (index, (name, bytes)) in inputs.iter().enumerate() {
        let other = &inputs[(index + 1) % inputs.len()].1;
        for seed in 1..=changes {
            let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes.len() as u64);
            pass(target, name, &changed(bytes, other, &mut dice));
        }
    }
}

fn pass(target: &Target, name: &str, bytes: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    assert!(
        outcome.is_ok(),
        "{}: an input made from {name} fails: \"{}\"",
        target.name,
        bytes.escape_ascii()
    );
}

/// A few small changes: what libFuzzer does, without knowing what was reached.
fn changed(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    const NASTY: &[&[u8]] = &[
        b"\0",
        b"%00",
        b"%",
        b"..",
        b"//",
        b"\\",
        b"\"",
        b"=",
        b"&",
        b"#",
        b"\n",
        b" ",
        b",",
        b";",
        b"-1",
        b"1e999",
        b"\xC0\x80",
        b"\xEF\xBB\xBF",
        b"99999999999999999999",
        b"{}",
        b"[",
        b"null",
        b"*",
        b".",
        b"@",
        b":",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(7) {
            0 if at < bytes.len() => bytes[at] = dice.next() as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[at..].to_vec();
                bytes.extend(again);
            }
            5 => {
                let cut = dice.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend(&other[cut..]);
            }
            _ => drop(bytes.splice(at..at, NASTY[dice.below(NASTY.len())].iter().copied())),
        }
    }
    bytes
}

/// xorshift64*: the same changes in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }
}

fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(fuzz("corpus").join(target.name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let named = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        (path.file_name().unwrap().to_string_lossy().into_owned(), bytes)
    };
    files.into_iter().map(named).collect()
}

/// The names in a directory that end like this, without the ending.
fn names(directory: &Path, ending: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .map(|name| name.strip_suffix(ending).unwrap().to_owned())
        .collect()
}

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(path)
}
