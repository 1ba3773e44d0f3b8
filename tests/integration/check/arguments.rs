//! Arguments and options of primitives.

use crate::harness::findings::{NO_FINDINGS, found, it};
use crate::harness::{Repo, assert_contains};

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
        assert_eq!(it(text), NO_FINDINGS, "{text}");
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
        assert_eq!(it(text), NO_FINDINGS, "{text}");
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
        NO_FINDINGS,
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
            "`exec`: `timeout` is true, not a time [write \"90s\", \"2m\", \"1h30m\" or a number of seconds, up to 100 years]"
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
        it("psql_dsql(#{ endpoint: \"x\", sql: \"y\", sslmode: \"verify\" });"),
        column(
            48,
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
            "the time of `sleep` is \"later\", not a time [write \"90s\", \"2m\", \"1h30m\" or a number of seconds, up to 100 years]"
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
        assert_eq!(it(text), NO_FINDINGS, "{text}");
    }
}

/// Each primitive with a call that is right but for its options.
const PRIMITIVE_CALLS: [(&str, &str); 15] = [
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
    for (primitive, call) in PRIMITIVE_CALLS {
        let repo = |opts: &str| {
            let text = format!("{};\n", call.replace("OPTS", opts));
            let docker = "#!/bin/sh\n";
            let repo = Repo::new()
                .recipe("it", &text)
                .recipe("other", "")
                .file("dev/compose.yaml", "services: {}\n")
                .file("terraform/dev/main.tf", "");
            repo.script("bin/docker", docker);
            repo.script("bin/docker-compose", "#!/bin/sh\necho 2.0.0\n");
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
        assert_contains(&told, &format!("options are {known}"));
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
    let how = "[write \"90s\", \"2m\", \"1h30m\" or a number of seconds, up to 100 years]";
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
