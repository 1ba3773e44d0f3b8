//! Parameters, variables, imports and step ids.

use crate::harness::Repo;
use crate::harness::findings::{NO_FINDINGS, found, it};

#[test]
fn a_parameter_that_nothing_uses_is_a_warning() {
    let repo = Repo::new().recipe(
        "it",
        r#"
        const PARAMS = [
            #{ name: "dry-humour", kind: "flag" },
            #{ name: "times", kind: "option" },
        ];
        print(times);
        "#,
    );
    repo.dev("check")
        .stderr(
            r#"
            warning: the parameter `dry-humour` is never used
             --> recipes/it.rhai:2:14
              |
            2 |     #{ name: "dry-humour", kind: "flag" },
              |              ^^^^^^^^^^^^

        "#,
        )
        .stdout("1 recipe file checked, no problems, 1 warning\n")
        .run();
    repo.dev("it").any_stdout().run();
}

#[test]
fn every_way_to_use_a_parameter_counts() {
    let uses = [
        "print(`${who}`);",
        "let f = || who; f.call();",
        "for c in who.chars() { print(c); }",
        "switch who { \"a\" => print(1), _ => print(2) }",
        "run_steps([step(\"a\", \"A\", #{ when: who == \"a\" }, || ())]);",
        "throw who;",
        "let who = if who == () { \"x\" } else { who };",
        "print(#{ name: who });",
        "eval(\"print(who)\");",
        "let x = [1]; print(x[who]);",
        "while who == 1 { break; }",
        "try { print(1); } catch (err) { print(who); }",
        "export who;",
    ];
    for text in uses {
        let text = format!("const PARAMS = [#{{ name: \"who\", kind: \"arg\" }}];\n{text}\n");
        assert_eq!(it(&text), NO_FINDINGS, "{text}");
    }
}

#[test]
fn a_name_that_hides_a_parameter() {
    let text = "
        const PARAMS = [#{ name: \"tail\", kind: \"option\" }];
        const tail = \"100\";
        print(tail);
    ";
    assert_eq!(
        it(text),
        [
            "2:7 `tail` hides the parameter before it is read [rename it, or read the parameter `tail` first]"
        ]
    );
    let reads = "
        const PARAMS = [#{ name: \"tail\", kind: \"option\" }];
        if tail == \"all\" { info(\"all\"); }
        let tail = \"100\";
        print(tail);
    ";
    assert_eq!(it(reads), NO_FINDINGS);
}

/// Rhai locks a variable while its method runs, wherever in the chain the closure stands.
#[test]
fn closures_that_use_the_variable_whose_method_they_are_given_to() {
    let race = |at: &str| {
        [format!(
            "{at} a closure uses the variable whose method is being called [assign the value to another variable first: `let names = map.keys(); names.map(…)`]"
        )]
    };
    assert_eq!(
        it("let m = #{}; m.keys().filter(|k| m[k] == 1);"),
        race("1:34")
    );
    assert_eq!(it("let m = [1]; m.map(|k| m.len());"), race("1:24"));
    assert_eq!(
        it("let m = #{ a: [1] }; m[\"a\"].map(|k| m.b);"),
        race("1:37")
    );
    assert_eq!(
        it("fn f(m) { m.a.b.map(|k| k + m.c) }\nf(#{});"),
        race("1:29")
    );
    let right = [
        "let m = #{}; let k = m.keys(); k.filter(|k| m[k] == 1);",
        "let m = [1]; [1].map(|k| m.len());",
        "let m = [1]; m.map(|m| m + 1);",
        "let m = [1]; m.push(m.len());",
        "let m = [1]; let n = [m.map(|k| k), [1].map(|k| m.len())];",
    ];
    for text in right {
        assert_eq!(it(text), NO_FINDINGS, "{text}");
    }
}

/// The parser ends at the first; a person who mends one a run would not thank us.
#[test]
fn every_variable_that_is_not_defined_and_what_else_is_wrong() {
    assert_eq!(
        it(
            "let service = 1;\nprint(servce);\nfor x in [1] { print(xx + servce); }\nlet a = || yy + service;\nfn f(n) { n + service + nn }\nexce([\"true\"]);\nprint(f(there::X));\nlet b = [1].map(f);\n"
        ),
        [
            "2:7 unknown variable `servce` [did you mean `service`?]",
            "3:22 unknown variable `xx` [did you mean `x`?]",
            "4:12 unknown variable `yy`",
            "5:15 unknown variable `service` [a function cannot use a `let` or a parameter of the recipe: pass it as an argument, or use a `const` as `global::NAME`]",
            "5:25 unknown variable `nn`",
            "6:1 unknown function `exce` [did you mean `exec`?]",
            "7:9 no module is imported as `there` [add `import \"_lib/there\" as there;` at the top]",
        ]
    );
}

#[test]
fn a_name_that_nothing_is_imported_as() {
    let repo = Repo::new()
        .recipe("_lib/site", "export const HOME = 1;\nfn page(n) { n }\n")
        .recipe(
            "it",
            "import \"_lib/site\" as site;\nlet p = || sitte::page(1);\np.call();\nlet q = || there::HOME + site::HOME;\nprint(q.call());\n",
        );
    assert_eq!(
        found(&repo),
        [
            "2:12 no module is imported as `sitte` [did you mean `site::`?]",
            "4:12 no module is imported as `there` [add `import \"_lib/there\" as there;` at the top]",
        ]
    );
}

#[test]
fn constants_that_the_file_does_not_have() {
    assert_eq!(
        it("const NAME = \"x\";\nfn f() { print(global::NAEM); print(global::NAME); }\nf();\n"),
        ["2:24 no constant `NAEM` in this file [did you mean `global::NAME`?]"]
    );
    assert_eq!(
        it(
            "const PARAMS = [#{ name: \"who\", kind: \"arg\" }];\nfn f() { global::who }\nprint(f() + who);\n"
        ),
        [
            "2:18 no constant `who` in this file [a parameter is not a constant: pass it as an argument]"
        ]
    );
}

#[test]
fn what_an_import_keeps_to_itself() {
    let repo = Repo::new()
        .recipe(
            "_lib/ok",
            "private fn secret(n) { n }\nfn open(n) { secret(n) }\n",
        )
        .recipe(
            "it",
            "import \"_lib/ok\" as ok;\nok::open(1);\nok::secret(1);\n",
        );
    assert_eq!(found(&repo), ["3:5 unknown function `ok::secret`"]);
}

#[test]
fn ids_that_cannot_be_of_a_step() {
    let how = "[an id consists of letters, digits, `-`, `_`, `.` and `/`, and starts with a letter or digit]";
    assert_eq!(
        it(
            r#"run_steps([step("a b", "A", || ()), step("", "B", #{ after: ["a b"] }, || ()), step("a/1.x_y-z", "C", || ())]);"#
        ),
        [
            format!("1:17 \"a b\" cannot be the id of a step {how}"),
            format!("1:42 \"\" cannot be the id of a step {how}"),
        ]
    );
}
