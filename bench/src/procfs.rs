//! What Linux says of a process: processor time and resident memory, its children included.
//!
//! It must not know which process is which. Times have the kernel's granularity of 10 ms, which is half a percent of a
//! slice.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// The kernel reports to user space in hundredths of a second on every architecture that Linux supports.
const TICK: Duration = Duration::from_millis(10);

/// What one line of `/proc/<pid>/stat` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    ticks: u64,
}

/// Processor time that `pid` and all its living descendants used so far, and its ended children that it waited for.
///
/// # Errors
/// When the process is gone.
pub fn cpu_of_tree(pid: u32) -> Result<Duration> {
    let root = stat(pid).with_context(|| format!("process {pid} is gone"))?;
    let mut ticks = root.ticks;
    for child in descendants(pid)? {
        // One that ended between the listing and here is counted by its parent.
        ticks += stat(child).map_or(0, |stat| stat.ticks);
    }
    Ok(TICK * u32::try_from(ticks)?)
}

/// Resident bytes of `pid` alone.
///
/// # Errors
/// When the process is gone.
pub fn resident(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).context("reading the process's memory")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS line")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Bytes that `pid` had fetched from storage so far; what the kernel had in memory is not counted.
///
/// # Errors
/// When the process is gone, or is not ours to ask.
pub fn read_from_disk(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/io")).context("reading what the process fetched")?;
    let line = text.lines().find_map(|line| line.strip_prefix("read_bytes:"));
    Ok(line.context("no read_bytes line")?.trim().parse()?)
}

fn descendants(pid: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(child) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some(stat) = stat(child) {
            parents.push((child, stat.parent));
        }
    }
    let mut found = Vec::new();
    let mut open = vec![pid];
    while let Some(parent) = open.pop() {
        for &(child, _) in parents.iter().filter(|(child, of)| *of == parent && *child != pid) {
            found.push(child);
            open.push(child);
        }
    }
    Ok(found)
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(line: &str) -> Option<Stat> {
    // The name stands in parentheses and may itself hold spaces and parentheses.
    let (_, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    // utime, stime, and those of waited-for children: fields 14 to 17 of the line, 3 of which come before `rest`.
    let ticks = fields
        .get(11..15)?
        .iter()
        .map(|field| field.parse::<u64>())
        .sum::<Result<u64, _>>()
        .ok()?;
    Some(Stat { parent, ticks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let line = "42 (a ) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 0 20 0 5 0 999";
        assert_eq!(parse(line), Some(Stat { parent: 7, ticks: 123 }));
    }

    #[test]
    fn own_processor_time_never_falls_and_memory_is_not_zero() {
        let pid = std::process::id();
        let before = cpu_of_tree(pid).unwrap();
        let sum = (0..20_000_000u64).fold(0u64, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        assert!(cpu_of_tree(pid).unwrap() >= before, "{sum}");
        assert!(resident(pid).unwrap() > 100_000);
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        assert!(cpu_of_tree(u32::MAX).is_err());
    }
}
