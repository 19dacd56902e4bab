//! The file that says where addresses are: one that cannot be used is told of at the start, and changes nothing at a reload.

use super::installation::wait_for;
use super::migrated;
use grantd_testkit::places::{Known, database};

#[test]
fn a_file_of_places_that_cannot_be_used_is_told_at_the_start_and_leaves_the_old_one_at_a_reload() {
    let installation = migrated();
    let config = format!("{}\n[places]\nfile = \"places.mmdb\"\n", installation.config());
    std::fs::write(installation.file(), config).unwrap();
    let file = installation.folder.path().join("places.mmdb");
    let refused = |says: &str| {
        let done = installation.run(&["serve"]);
        assert_eq!(done.code, 2, "{}", done.error);
        let told: Vec<&str> = done.error.lines().filter(|line| line.contains("places.file")).collect();
        assert!(matches!(told[..], [line] if line.contains(says)), "{}", done.error);
    };
    refused("mend the path, or take the key away");
    std::fs::write(&file, "no such database").unwrap();
    refused("fetch it again, or take the key away");

    let known = Known {
        network: "192.0.2.0/24",
        city: &[],
        country: &[("en", "Germany")],
    };
    let good = database("Test-Country", &[known]);
    std::fs::write(&file, &good).unwrap();
    let mut serving = installation.serve();
    std::fs::write(&file, "damaged meanwhile").unwrap();
    serving.signal("HUP");
    let line = wait_for(&mut serving.log, "the old one stays in force");
    assert!(
        line.contains("places.file") && line.contains("fetch it again"),
        "{line}"
    );
    std::fs::write(&file, &good).unwrap();
    serving.signal("HUP");
    wait_for(&mut serving.log, "configuration reloaded");
}
