#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| grantd_fuzz_targets::dpop_uri(data));
