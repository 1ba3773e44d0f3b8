//! Values that are written and read back.

use super::{Error, TYPICAL_VALUES, document, dotenvy_says, value};
use proptest::prelude::*;

#[test]
fn every_value_comes_back_and_is_written_the_plainest_way() {
    let mut all = document("");
    for (n, value) in TYPICAL_VALUES.iter().enumerate() {
        assert!(all.set(&format!("K{n}"), value).unwrap(), "{value:?}");
    }
    let text = all.to_string();
    for (n, value) in TYPICAL_VALUES.iter().enumerate() {
        let key = format!("K{n}");
        assert_eq!(all.get(&key).as_deref(), Some(*value));
        assert_eq!(dotenvy_says(&text, &key).as_deref(), Some(*value));
    }
    let lines: Vec<_> = text.split('\n').take(3).collect();
    assert_eq!(lines, ["K0=", "K1=' '", "K2=plain"]);
    assert!(text.contains("K10=\"it's\"\n"));
    assert!(text.contains("K7=\"a\\nb\"\n"));
    assert!(text.contains("K19='a\\b'\n"));
    assert!(text.contains("K20=\"a\\\\\"\n"));
}

#[test]
fn a_nul_is_refused_by_name_and_not_shown() {
    let mut all = document("A=1\n");
    let error = all.set("A", "secret\0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of A cannot be written to a .env file: there is a NUL character in it"
    );
    assert_eq!(all.to_string(), "A=1\n");
}

#[test]
fn names_that_no_shell_has_are_refused() {
    for key in ["", "1A", "A B", "A-B", "A.B", "A=", "É", "A\n"] {
        let error = document("").set(key, "x").unwrap_err();
        assert!(matches!(error, Error::BadKey { .. }), "{key:?}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn debug_shows_no_value() {
    assert_eq!(format!("{:?}", document("A=secret\n")), r#"{"A"}"#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn set_then_get(value in value(), other in value()) {
        let mut all = document("# first\nOLD='1' # don't\n\n  export KEY = old # keep\nLAST=x");
        if other.contains('\0') || value.contains('\0') {
            return Ok(());
        }
        all.set("KEY", &value).unwrap();
        all.set("NEW", &other).unwrap();
        let text = all.to_string();
        prop_assert_eq!(all.get("KEY"), Some(value.clone()));
        prop_assert_eq!(dotenvy_says(&text, "KEY"), Some(value.clone()));
        prop_assert_eq!(dotenvy_says(&text, "NEW"), Some(other));
        prop_assert!(text.starts_with("# first\nOLD='1' # don't\n\n  export KEY = "), "{}", text);
        prop_assert!(text.contains(" # keep\nLAST=x\nNEW="), "{}", text);
        prop_assert!(!all.set("KEY", &value).unwrap());
        prop_assert!(all.unset("NEW"));
        prop_assert!(all.set("KEY", "old").is_ok());
        prop_assert_eq!(all.to_string(), "# first\nOLD='1' # don't\n\n  export KEY = old # keep\nLAST=x\n");
    }
}
