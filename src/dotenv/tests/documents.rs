//! Documents that are edited.

use super::document;

const STACK_ENV_FILE: &str = "\
# The stack

export REGION = eu-west-1 # where it runs
ENDPOINT=old
#KEY=from the console
# PROFILE=
SAME=1
SAME=2

strange.name=kept
LAST='x'";

#[test]
fn nothing_set_is_nothing_changed() {
    for text in [
        "",
        "\n",
        "\u{feff}",
        STACK_ENV_FILE,
        "A=1\r\n#x\r\n",
        "A='1\n2' # c\n\n",
    ] {
        assert_eq!(document(text).to_string(), text);
    }
}

#[test]
fn a_value_changes_in_place() {
    let mut all = document(STACK_ENV_FILE);
    assert!(all.set("REGION", "us east").unwrap());
    assert!(all.set("ENDPOINT", "new").unwrap());
    assert!(all.set("SAME", "3").unwrap());
    assert!(!all.set("LAST", "x").unwrap());
    let expected = STACK_ENV_FILE
        .replace("= eu-west-1 #", "= 'us east' #")
        .replace("ENDPOINT=old", "ENDPOINT=new")
        .replace("SAME=2", "SAME=3");
    assert_eq!(all.to_string(), expected);
}

#[test]
fn a_new_variable_goes_below_its_template_or_to_the_end() {
    let mut all = document(STACK_ENV_FILE);
    all.set("PROFILE", "dev").unwrap();
    all.set("KEY", "k").unwrap();
    all.set("NEW", "n").unwrap();
    let expected = STACK_ENV_FILE
        .replace("# PROFILE=\n", "# PROFILE=\nPROFILE=dev\n")
        .replace("console\n", "console\nKEY=k\n");
    assert_eq!(all.to_string(), format!("{expected}\nNEW=n\n"));
}

#[test]
fn a_variable_goes_with_all_its_lines() {
    let mut all = document("A='1\n2' # c\nB=2\nA=3");
    assert!(all.unset("A"));
    assert!(!all.unset("A"));
    assert_eq!(all.to_string(), "B=2\n");
}

#[test]
fn line_ends_are_those_of_the_file() {
    let mut all = document("A=1\r\nB=2 # c\r\n");
    all.set("B", "x y").unwrap();
    all.set("C", "3").unwrap();
    assert_eq!(all.to_string(), "A=1\r\nB='x y' # c\r\nC=3\r\n");
}

#[test]
fn a_byte_order_mark_stays_first() {
    let mut all = document("\u{feff}");
    all.set("A", "1").unwrap();
    assert_eq!(all.to_string(), "\u{feff}A=1\n");
}

#[test]
fn a_value_is_replaced_whatever_is_around_it() {
    for (before, value, after) in [
        ("A= # c\n", "# c", "A= new\n"),
        ("A=v # c\n", "v", "A=new # c\n"),
        ("A=v\t# c\n", "v\t# c", "A=new\n"),
        ("A='it\\'s'#c\n", "it's", "A=new #c\n"),
        ("B=1\nA=${B}\n", "1", "B=1\nA=new\n"),
        ("A=\"b\" C=d\n", "b", "A='new' C=d\n"),
        ("A: v\n", "v", "A: new\n"),
    ] {
        let mut all = document(before);
        assert_eq!(all.get("A").as_deref(), Some(value), "{before}");
        assert!(all.set("A", "new").unwrap(), "{before}");
        assert_eq!(all.to_string(), after);
        assert_eq!(all.get("A").as_deref(), Some("new"), "{before}");
    }
}

#[test]
fn a_value_made_of_others_is_written_out_when_it_is_set() {
    let mut all = document("B=1\nA=${B}\n");
    assert!(all.set("A", "1").unwrap());
    assert_eq!(all.to_string(), "B=1\nA=1\n");
}

#[test]
fn only_the_statement_goes_where_another_is_on_its_line() {
    let mut all = document("A=\"b\" C=d\nE=f\n");
    assert!(all.unset("A"));
    assert_eq!(all.to_string(), " C=d\nE=f\n");
    let mut all = document("A=\"b\" C=d\nE=f\n");
    assert!(all.unset("C"));
    assert_eq!(all.to_string(), "A=\"b\" \nE=f\n");
}

#[test]
fn what_takes_a_variable_in_follows_it() {
    let mut all = document("HOST=a\nURL=http://${HOST}/\n");
    all.set("HOST", "b").unwrap();
    assert_eq!(all.get("URL").as_deref(), Some("http://b/"));
}

#[test]
fn a_value_without_a_name_stays_last() {
    let mut all = document("A=1\nx é");
    all.set("B", "2").unwrap();
    assert_eq!(all.to_string(), "A=1\nB=2\nx é");
}
