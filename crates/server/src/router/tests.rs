use super::*;
use crate::config::parse_realm;
use std::path::Path;

fn realm(name: &str, issuer: &str, more: &str) -> Arc<RealmConfig> {
    let text = format!("name = \"{name}\"\ndisplay_name = \"X\"\nissuer = \"{issuer}\"\n{more}");
    Arc::new(parse_realm(Path::new("realm.toml"), &text).unwrap())
}

#[test]
fn two_realms_cannot_have_one_address() {
    let one = realm("one", "https://id.example", "");
    let same = realm("two", "https://id.example", "");
    assert!(Router::new(&[Arc::clone(&one), same]).is_err());
    let beside = realm("two", "https://id.example/two", "");
    let router = Router::new(&[Arc::clone(&one), beside]).unwrap();
    assert_eq!(router.find("id.example", "/token").unwrap().realm, 0);
    assert_eq!(router.find("id.example", "/two/token").unwrap().realm, 1);
    // Its endpoint is where the other one's page is.
    let onto_page = realm(
        "two",
        "https://id.example/two",
        "[endpoints]\ntoken = 'https://id.example/login'\n",
    );
    let error = Router::new(&[one, onto_page]).unwrap_err();
    assert!(error.to_string().contains("id.example/login"), "{error}");
}

#[test]
fn without_the_device_grant_there_is_neither_its_endpoint_nor_its_page() {
    let addresses = ["/device", "/device/code", "/device/consent"];
    let without = Router::new(&[realm("one", "https://id.example", "")]).unwrap();
    let with = "grant_types = ['authorization_code', 'device_code']\n";
    let with = Router::new(&[realm("one", "https://id.example", with)]).unwrap();
    for address in addresses {
        assert!(without.find("id.example", address).is_err(), "{address}");
        assert!(with.find("id.example", address).is_ok(), "{address}");
    }
}

#[test]
fn the_console_is_there_for_a_realm_that_somebody_runs() {
    let operators = "[[operators]]\nusername = 'ops'\n";
    let found = |more: &str| {
        let router = Router::new(&[realm("one", "https://id.example/t1", more)]).unwrap();
        let at = |path: &str| {
            router
                .find("id.example", path)
                .is_ok_and(|route| route.place == Place::Console)
        };
        (at("/t1/console"), at("/t1/console/applications/x"))
    };
    assert_eq!(found(operators), (true, true));
    assert_eq!(found(""), (false, false));
}

#[test]
fn an_endpoint_cannot_stand_where_a_page_of_the_same_realm_does() {
    for page in ["/login", "/consent"] {
        let clashing = realm("one", "https://id.example", &format!("[endpoints]\ntoken = '{page}'\n"));
        let error = Router::new(&[clashing]).unwrap_err();
        assert!(error.to_string().contains(page), "{error}");
    }
    assert!(Router::new(&[realm("one", "https://id.example", "[endpoints]\ntoken = '/log-in'\n")]).is_ok());
}
