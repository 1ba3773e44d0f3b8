//! What large values cost.

use crate::harness::{assert_starts_with, one};

/// It would take many minutes if each change measured the whole array.
#[test]
fn a_large_array_is_built_in_linear_time() {
    one(r#"
        let a = [];
        for n in 0..300000 { a.push("some text " + n); }
        let long = a.filter(|text| text.len() > 12).map(|text| text.len()).len();
        print(`${a.len()} ${long}`);
    "#)
    .dev("it")
    .stdout("300000 299900\n")
    .run();
}

#[test]
fn a_value_that_grows_without_end_ends_the_recipe() {
    for text in [
        "let s = \"x\";\nloop { s += s; }\n",
        "let b = blob(1);\nloop { b += b; }\n",
        "for n in 0..2000 { }\nlet s = \"x\";\nloop { try { s += s; } catch { } }\n",
    ] {
        let ended = one(text).dev("it").any_output().status(3).run();
        assert_starts_with(
            &ended.stderr,
            "error: the recipe uses more than 1 GiB of memory\n",
        );
    }
}

#[test]
fn one_call_makes_no_value_of_any_size() {
    for text in [
        "let a = [];\na.pad(9223372036854775807, 1);\n",
        "let s = \"\";\ns.pad(9223372036854775807, 'x');\n",
        "let s = \"\";\ns.pad(9223372036854775807, \"xy\");\n",
        "let b = blob(9223372036854775807);\n",
        "let b = blob(1);\nb.pad(9223372036854775807, 1);\n",
    ] {
        let ended = one(text).dev("it").any_output().status(3).run();
        assert!(ended.stderr.contains("too large"), "{}", ended.stderr);
    }
    one(r#"
        let s = "é"; s.pad(4, "xy"); print(s);
        let s = "abc"; s.pad(2, 'x'); print(s);
        let s = "abc"; s.pad(-1, 'x'); print(s);
        let a = [1]; a.pad(3, 0); print(a);
        print(blob(2, 0x142));
    "#)
    .dev("it")
    .stdout("éxyx\nabc\nabc\n[1, 0, 0]\n[4242]\n")
    .run();
}
