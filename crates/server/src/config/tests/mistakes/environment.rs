//! Mistakes in the environment.

use super::*;

#[test]
fn variables_that_override_nothing_are_mistakes() {
    insta::assert_snapshot!(
        server(&[("GRANTD__LOG__LEVLE", "debug"), ("GRANTD__X", "1"), ("GRANTD__LOG__FORMAT", "xml"), ("OTHER", "1")]),
        @r#"
        environment GRANTD__LOG__FORMAT: log.format: "xml" is not one of "json", "text"
        environment GRANTD__LOG__LEVLE: overrides no key; did you mean "GRANTD__LOG__LEVEL"?
        environment GRANTD__X: overrides no key
        "#
    );
}

#[test]
fn a_variable_and_its_file_form_exclude_each_other() {
    insta::assert_snapshot!(
        server(&[("GRANTD__LOG__LEVEL", "debug"), ("GRANTD__LOG__LEVEL_FILE", "/nowhere"), ("GRANTD__DATA_DIR_FILE", "/nowhere/x")]),
        @r#"
        environment GRANTD__DATA_DIR_FILE: data_dir: cannot read the file "/nowhere/x": No such file or directory (os error 2)
        environment GRANTD__LOG__LEVEL: log.level: is set beside GRANTD__LOG__LEVEL_FILE; set one of them
        "#
    );
}

#[test]
fn values_in_the_environment_are_typed_like_those_in_the_file() {
    insta::assert_snapshot!(
        server(&[
            ("GRANTD__LISTEN", "127.0.0.1"),
            ("GRANTD__LIMITS__BODY_BYTES", "many"),
            ("GRANTD__LIMITS__JSON_DEPTH", "1000"),
            ("GRANTD__RATE_LIMITS__LOGIN__PER_USER", "10 per minute"),
            ("GRANTD__TLS__CERT_FILE", "/nowhere/cert.pem"),
            ("GRANTD__MASTER_KEY_FILE", "/nowhere/key"),
        ]),
        @r#"
        environment GRANTD__LIMITS__BODY_BYTES: limits.body_bytes: must be an integer, not a string
        environment GRANTD__LIMITS__JSON_DEPTH: limits.json_depth: 1000 is not within 2 and 128
        environment GRANTD__LISTEN: listen: "127.0.0.1" is not an IP address with a port
        environment GRANTD__MASTER_KEY_FILE: master_key_file: there is no master key at /nowhere/key: restore the file, or run `grantd init` for a new installation
        environment GRANTD__RATE_LIMITS__LOGIN__PER_USER: rate_limits.login.per_user: "10 per minute" is not a rate such as "200/s", "10/m, burst 20" or "off"
        environment GRANTD__TLS__CERT_FILE: tls.cert_file: there is no file "/nowhere/cert.pem"
        default: tls.key_file: is missing
        "#
    );
}
