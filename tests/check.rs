//! What `copilot dev check` finds besides what stops a run, and how it shows what it finds.

mod harness;

use harness::Repo;
use harness::findings::{NOTHING, found, it};
use serde_json::{Value, json};

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
            warning: nothing uses the parameter `dry-humour`
             --> recipes/it.rhai:2:14
              |
            2 |     #{ name: "dry-humour", kind: "flag" },
              |              ^^^^^^^^^^^^

        "#,
        )
        .stdout("1 recipe file checked, nothing wrong, 1 warning\n")
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
        assert_eq!(it(&text), NOTHING, "{text}");
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
            "2:7 `tail` hides the parameter, which nothing has read [call it something else, or read `tail` first]"
        ]
    );
    let reads = "
        const PARAMS = [#{ name: \"tail\", kind: \"option\" }];
        if tail == \"all\" { info(\"all\"); }
        let tail = \"100\";
        print(tail);
    ";
    assert_eq!(it(reads), NOTHING);
}

#[test]
fn arguments_of_the_wrong_type() {
    let forms = "[there is `exec(argv: array)` and `exec(argv: array, opts: map)`]";
    assert_eq!(
        it("exec(\"true\");\nexec(`a ${1}`);\nexec([\"true\"], \"x\");\n"),
        [
            format!("1:6 argument 1 of `exec` cannot be text {forms}"),
            format!("2:6 argument 1 of `exec` cannot be text {forms}"),
            format!("3:16 argument 2 of `exec` cannot be text {forms}"),
        ]
    );
    let one = |text: &str| it(text).concat();
    assert!(one("table(#{});").starts_with("1:7 argument 1 of `table` cannot be a map"));
    assert!(
        one("path_exists([]);").starts_with("1:13 argument 1 of `path_exists` cannot be an array")
    );
    assert!(
        one("run_steps(|| 1);").starts_with("1:11 argument 1 of `run_steps` cannot be a closure")
    );
    assert!(
        one("let x = 1; defer(true); defer(|| x);")
            .starts_with("1:18 argument 1 of `defer` cannot be true or false")
    );
    assert!(one("env_set([1]);").starts_with("1:9 argument 1 of `env_set` cannot be an array"));
    assert!(
        one("step(\"a\", (), || ());")
            .starts_with("1:11 argument 2 of `step` cannot be nothing: ()")
    );
}

#[test]
fn arguments_that_may_be_right() {
    let right = [
        "let a = \"true\"; exec(a);",
        "fn exec(text) { print(text); } exec(\"true\");",
        "retry(3, 5, || 1); retry(3, \"5s\", || 1);",
        "sleep(0); sleep(0.1); sleep(\"1ms\");",
        "let x = 1; step(\"a\", \"A\", #{ when: || x == 1 }, || x);",
        "print(len(\"abc\")); print(max(1, 2.5));",
        "info(5); info(()); fail(#{ a: 1 });",
        "wait_http(\"http://localhost/\", 5);",
        "env_set(\"A\", 1); env_set(#{ A: 1 });",
        "exec([\"a\", 1, true, 1.5, 'c', `x${1}`]);",
        "exec([env(\"PROGRAM\")]);",
        "compose([]); terraform([]);",
    ];
    for text in right {
        assert_eq!(it(text), NOTHING, "{text}");
    }
}

#[test]
fn commands_that_are_none() {
    assert_eq!(
        it("exec([]);\ncapture([\"\", \"x\"]);\n"),
        [
            "1:6 `exec` was given no program to run",
            "2:9 `capture` was given no program to run"
        ]
    );
    let hint = "[arguments are arrays of words: [\"up\", \"-d\"]]";
    assert_eq!(
        it("compose([\"up\", [\"-d\"]]);\nterraform([()]);\nexec([\"a\", #{}]);\n"),
        [
            format!("1:16 word 1 of `compose` is an array, not text {hint}"),
            format!("2:12 word 0 of `terraform` is nothing: (), not text {hint}"),
            format!("3:12 word 1 of `exec` is a map, not text {hint}"),
        ]
    );
}

#[test]
fn options_that_there_are_not() {
    assert_eq!(
        it(r#"
            exec(["true"], #{ cwdd: "." });
            step("a", "A", #{ retry: #{ tims: 3 } }, || ());
            let target = #{ url: "x" };
            psql_dsql(target + #{ sqll: "SELECT 1" });
            recipe("it2", #{ anything: 1 }, #{ dry: true });
        "#)[..4],
        [
            "1:19 `exec` has no option `cwdd` [did you mean `cwd`?]",
            "2:29 `step.retry` has no option `tims` [did you mean `times`?]",
            "4:23 `psql_dsql` has no option `sqll` [did you mean `sql`?]",
            "5:8 there is no recipe `it2` [did you mean `it`?]",
        ]
    );
    let right = [
        "let opts = #{ anything: 1 }; exec([\"true\"], opts);",
        "env_set(#{ anything: 1 }); table([#{ anything: 1 }]);",
        "exec([\"true\"], #{ env: #{ ANYTHING: 1 } });",
    ];
    for text in right {
        assert_eq!(it(text), NOTHING, "{text}");
    }
}

#[test]
fn options_that_are_something_else() {
    let step = |opts: &str| it(&format!("step(\"a\", \"A\", #{{ {opts} }}, || ());"));
    let exec = |opts: &str| it(&format!("exec([\"true\"], #{{ {opts} }});"));
    let column = |column: usize, said: &str| [format!("1:{column} {said}")];
    assert_eq!(
        step("when: 1"),
        column(
            25,
            "`step`: `when` is 1, not a bool or a closure that returns one"
        )
    );
    assert_eq!(
        step("retry: 0"),
        column(
            26,
            "`step.retry`: `times` is 0, not a whole number from 1 up"
        )
    );
    assert_eq!(
        step("after: 1.5e3 > 1"),
        NOTHING,
        "only what is written out is looked at"
    );
    assert_eq!(
        step("after: #{}"),
        column(26, "`step`: `after` is of type map, not an array of words")
    );
    assert_eq!(
        exec("check: \"no\""),
        column(26, "`exec`: `check` is \"no\", not true or false")
    );
    assert_eq!(
        exec("timeout: true"),
        column(
            28,
            "`exec`: `timeout` is true, not a time [write \"90s\", \"2m\", \"1h30m\" or a number of seconds]"
        )
    );
    assert_eq!(
        exec("env: #{ A: [] }"),
        column(24, "`exec`: `env.A` is of type array, not text")
    );
    assert_eq!(
        it("run_steps([], #{ jobs: 0 });"),
        column(24, "`run_steps`: `jobs` is 0, not a whole number from 1 up")
    );
    assert_eq!(
        it("psql_dsql(#{ url: \"x\", sql: \"y\", sslmode: \"verify\" });"),
        column(
            43,
            "`psql_dsql`: the sslmode \"verify\" is not `verify-full` or `require`"
        )
    );
    assert_eq!(
        it("psql_dsql(#{ endpoint: \"x\", sql: \"y\", port: 70000 });"),
        column(45, "\"70000\" is not a port: a number from 1 to 65535")
    );
    assert_eq!(
        it("write_file(\"a\", \"b\", #{ mode: \"rw\" });"),
        column(
            31,
            "`write_file`: the mode \"rw\" is not an octal number such as \"600\""
        )
    );
    assert_eq!(
        it("sleep(\"later\");"),
        column(
            7,
            "the time of `sleep` is \"later\", not a time [write \"90s\", \"2m\", \"1h30m\" or a number of seconds]"
        )
    );
    assert_eq!(
        it("http(\"GET\", 5);"),
        column(13, "the URL of `http` is 5, not text")
    );
    let right = [
        "exec([\"true\"], #{ check: (), cwd: 5, timeout: 5, env: #{ A: 1, B: true } });",
        "step(\"a\", \"A\", #{ when: || true, retry: 2, after: [], timeout: 1.5 }, || ());",
        "let when = true; step(\"a\", \"A\", #{ when: when, retry: #{ times: 2 } }, || when);",
        "http(\"POST\", \"x\", #{ json: [1, #{}] }); docker_run(#{ image: \"t\", cmd: \"ls\" });",
    ];
    for text in right {
        assert_eq!(it(text), NOTHING, "{text}");
    }
}

/// Rhai locks a variable while its method runs, wherever in the chain the closure stands.
#[test]
fn closures_that_use_the_variable_whose_method_they_are_given_to() {
    let race = |at: &str| {
        [format!(
            "{at} a closure uses the variable whose method is being called [take the value into a variable of its own first: `let names = map.keys(); names.map(…)`]"
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
        assert_eq!(it(text), NOTHING, "{text}");
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
            "5:15 unknown variable `service` [a function sees no `let` and no parameter outside it: pass it in, or use a `const` as `global::NAME`]",
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

/// Each primitive with a call that is right but for its options.
const CALLS: [(&str, &str); 15] = [
    ("exec", "exec([\"true\"], OPTS)"),
    ("capture", "capture([\"true\"], OPTS)"),
    ("compose", "compose([\"version\"], OPTS)"),
    (
        "docker_build",
        "docker_build(#{ tag: \"t\", context: \"recipes\", file: \"recipes/it.rhai\" } + OPTS)",
    ),
    ("docker_run", "docker_run(#{ image: \"t\" } + OPTS)"),
    ("terraform", "terraform([\"apply\"], OPTS)"),
    ("terraform_output", "terraform_output(OPTS)"),
    (
        "psql_dsql",
        "psql_dsql(#{ url: \"postgresql://127.0.0.1:1/x\", sql: \"SELECT 1\" } + OPTS)",
    ),
    (
        "dsql_token",
        "dsql_token(#{ endpoint: \"e\", region: \"r\" } + OPTS)",
    ),
    ("http", "http(\"POST\", \"http://127.0.0.1:1/\", OPTS)"),
    ("recipe", "recipe(\"other\", #{}, OPTS)"),
    ("run_steps", "run_steps([], OPTS)"),
    ("step", "step(\"a\", \"A\", OPTS, || ())"),
    ("table", "table([], OPTS)"),
    ("write_file", "write_file(\"x\", \"\", OPTS)"),
];

/// What `check` knows of options is what the primitives take: each of them, and no other.
#[test]
fn the_options_that_check_knows_are_those_that_are_taken() {
    for (primitive, call) in CALLS {
        let repo = |opts: &str| {
            let text = format!("{};\n", call.replace("OPTS", opts));
            let docker = "#!/bin/sh\n";
            let repo = Repo::new()
                .recipe("it", &text)
                .recipe("other", "")
                .file("dev/compose.yaml", "services: {}\n")
                .file("terraform/dev/main.tf", "")
                .file("bin/docker", docker)
                .file("bin/docker-compose", "#!/bin/sh\necho 2.0.0\n");
            for program in ["docker", "docker-compose"] {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(repo.path().join("bin").join(program), mode).unwrap();
            }
            repo
        };
        let unknown = found(&repo("#{ zzzzzz: 1 }")).concat();
        let said = format!("`{primitive}` has no option `zzzzzz` [options are ");
        let (_, known) = unknown
            .split_once(&said)
            .unwrap_or_else(|| panic!("{unknown}"));
        let known = known.strip_suffix(']').unwrap();

        // The primitive itself says the same.
        let run = |repo: &Repo| {
            let mut command = repo.command();
            let path = format!(
                "{}/bin:{}",
                repo.path().display(),
                std::env::var("PATH").unwrap()
            );
            command.args(["dev", "it", "--dry-run"]).env("PATH", path);
            let output = command.output().unwrap();
            String::from_utf8_lossy(&output.stderr).into_owned()
        };
        let told = run(&repo("#{ zzzzzz: 1 }"));
        assert!(told.contains(&format!("options are {known}")), "{told}");
        // And it takes each of them: `()` is as good as not given.
        let all: Vec<_> = known
            .split(", ")
            .filter(|key| !call.contains(&format!("{key}: ")))
            .map(|key| format!("{key}: ()"))
            .collect();
        let told = run(&repo(&format!("#{{ {} }}", all.join(", "))));
        assert!(!told.contains("has no option"), "{primitive}: {told}");
        assert!(!told.contains("options.rs"), "{primitive}: {told}");
    }
}

#[test]
fn times_that_are_none() {
    let how = "[write \"90s\", \"2m\", \"1h30m\" or a number of seconds]";
    assert_eq!(
        it(r#"
            exec(["true"], #{ timeout: "soon" });
            compose_wait(["db"], "5 minutes");
            wait_http("http://localhost", "");
            step("a", "A", #{ timeout: "1x", retry: #{ times: 2, pause: "-1s" } }, || ());
            psql_dsql(#{ url: "postgresql://db", sql: "select 1", timeout: "1m", connect_timeout: "x" });
            retry(2, "1m", || ()); retry(2, "1x", || ());
        "#),
        [
            format!("1:28 `exec`: `timeout` is \"soon\", not a time {how}"),
            format!("2:22 the timeout of `compose_wait` is \"5 minutes\", not a time {how}"),
            format!("3:31 the timeout of `wait_http` is \"\", not a time {how}"),
            format!("4:28 `step`: `timeout` is \"1x\", not a time {how}"),
            format!("4:61 `step.retry`: `pause` is \"-1s\", not a time {how}"),
            format!("5:87 `psql_dsql`: `connect_timeout` is \"x\", not a time {how}"),
            format!("6:33 the pause of `retry` is \"1x\", not a time {how}"),
        ]
    );
}

#[test]
fn constants_that_the_file_does_not_have() {
    assert_eq!(
        it("const NAME = \"x\";\nfn f() { print(global::NAEM); print(global::NAME); }\nf();\n"),
        ["2:24 the file has no constant `NAEM` [did you mean `global::NAME`?]"]
    );
    assert_eq!(
        it(
            "const PARAMS = [#{ name: \"who\", kind: \"arg\" }];\nfn f() { global::who }\nprint(f() + who);\n"
        ),
        ["2:18 the file has no constant `who` [a parameter is none: pass it to the function]"]
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

fn wrong() -> Repo {
    Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"x\", kind: \"arg\" }];\nexec([\"a\"], #{ cwdd: 1 });\n",
        )
        .recipe("ok", "")
}

#[test]
fn as_json() {
    let ended = Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"x\", kind: \"arg\" }];\nexec([\"a\"], #{ cwdd: 1 });\n",
        )
        .recipe("ok", "")
        .dev("check --output json")
        .any_stdout()
        .status(3)
        .run();
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        found,
        json!({
            "v": 1,
            "files": 2,
            "problems": [
                {
                    "severity": "warning", "message": "nothing uses the parameter `x`",
                    "file": "recipes/it.rhai", "line": 1, "column": 26, "hint": null,
                },
                {
                    "severity": "error", "message": "`exec` has no option `cwdd`",
                    "file": "recipes/it.rhai", "line": 2, "column": 16, "hint": "did you mean `cwd`?",
                },
            ],
        })
    );
}

const ANNOTATIONS: &str = "
    ::warning file=recipes/it.rhai,line=1,col=26::nothing uses the parameter `x`
    ::error file=recipes/it.rhai,line=2,col=16::`exec` has no option `cwdd`%0Ahint: did you mean `cwd`?
";

#[test]
fn as_annotations_of_github() {
    let repo = wrong();
    repo.dev("check it --output github")
        .stdout(ANNOTATIONS)
        .status(3)
        .run();
    // In a job of GitHub Actions by themselves, beside the text.
    let ended = repo
        .dev("check it")
        .env("GITHUB_ACTIONS", "true")
        .stdout(ANNOTATIONS)
        .any_stderr()
        .status(3)
        .run();
    assert!(
        ended
            .stderr
            .ends_with("\n1 problem and 1 warning in 1 recipe file\n"),
        "{}",
        ended.stderr
    );
    repo.dev("check ok --output github").run();
}

#[test]
fn wrong_words_are_told_in_the_form_that_was_asked_for() {
    let repo = Repo::new().recipe("up", "exec([\"true\"]);\n");
    let json = r#"
        {
          "v": 1,
          "files": 0,
          "problems": [
            {
              "severity": "error",
              "message": "there is no recipe `upp`",
              "file": null,
              "line": null,
              "column": null,
              "hint": "did you mean `up`?"
            }
          ]
        }
    "#;
    repo.dev("check upp --output json")
        .stdout(json)
        .status(2)
        .run();
    repo.dev("check upp --output=json")
        .stdout(json)
        .status(2)
        .run();
    repo.dev("check upp --output github")
        .stdout("::error::there is no recipe `upp`%0Ahint: did you mean `up`?\n")
        .status(2)
        .run();
    let ended = repo
        .dev("check --upp --output json")
        .any_stdout()
        .status(2)
        .run();
    let found: serde_json::Value = serde_json::from_slice(&ended.raw).unwrap();
    let message = found["problems"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("unexpected argument '--upp' found"),
        "{message}"
    );
    repo.dev("check upp")
        .stderr("error: there is no recipe `upp`\nhint: did you mean `up`?\n")
        .status(2)
        .run();
}

#[test]
fn variables_that_cannot_be_set() {
    let repo = Repo::new().recipe(
        "it",
        "exec([\"touch\", \"made\"]);\nenv_set(\"dev/.env\", \"x\");\nenv_set(\"A\", #{ B: \"2\" });\nenv_set(#{ \"a b\": 1, C: [], D: true });\n",
    );
    repo.dev("it").any_stderr().status(3).run();
    assert!(!repo.path().join("made").exists());
    let checked = repo.dev("check").any_stderr().status(3).run().stderr;
    for said in [
        "`dev/.env` is not the name of a variable\n --> recipes/it.rhai:2:9\n",
        "`env_set`: the value of A is of type map, not text\n --> recipes/it.rhai:3:14\n",
        "`a b` is not the name of a variable\n --> recipes/it.rhai:4:12\n",
        "`env_set`: the value of C is of type array, not text\n --> recipes/it.rhai:4:25\n",
        "4 problems in 1 recipe file\n",
    ] {
        assert!(checked.contains(said), "{said}: {checked}");
    }
}
