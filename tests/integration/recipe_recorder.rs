//! The recorder of `copilot dev test`: all of the outside goes through it, and nothing past it.

use crate::harness::Repo;
use std::fs;
use std::path::Path;

/// A repository with the recipe `it` and its tests.
fn repo(recipe: &str, tests: &str) -> Repo {
    Repo::new().recipe("it", recipe).recipe("_tests/it", tests)
}

/// Recipes that would leave their marks if anything of them were real.
const MARKING_RECIPE: &str = r#"
    exec(["touch", root() + "/mark"]);
    exec(["touch", "/tmp/copilot-mark-of-a-test"]);
    write_file("/tmp/copilot-mark-of-a-test", "x");
    write_file("../../../../../../../tmp/copilot-mark-of-a-test", "x");
    env_set("MARK", env("FROM_OUTSIDE", "nothing"));
    info(`sees ${path_exists("/etc/passwd")} ${glob("/etc/*").len()} ${glob("../../../../../*").len()} ${glob("dev/k*")}`);
    info(root() + " " + env("HOME") + " " + env("PATH", "no PATH"));
"#;

#[test]
fn nothing_outside_is_touched_or_seen() {
    let repo = repo(
        MARKING_RECIPE,
        r#"
            test("marks", || {
                run("it");
                code_is(0);
                expect(["touch /repository/mark", "touch /tmp/copilot-mark-of-a-test"]);
                says("sees false 0 3 [\"dev/kept.txt\"]");
                says("/repository /home no PATH");
                env_is("MARK", "nothing");
                env_is("SECRET", ());
                file_is("/tmp/copilot-mark-of-a-test", "x");
            });
            test("afresh", || {
                assert(file("/tmp/copilot-mark-of-a-test") == (), "the file of another test");
                assert(file("dev/.env") == (), "the variables of another test");
                assert(file("dev/kept.txt") == "kept", "the repository");
                assert(file("dev/.env.example") == "A=1\n", "the example");
            });
        "#,
    )
    .file("dev/.env", "SECRET=1\n")
    .file("dev/.env.example", "A=1\n")
    .file("dev/kept.txt", "kept");
    fs::create_dir(repo.path().join("../temporary")).unwrap();
    let temporary = repo.path().join("../temporary").canonicalize().unwrap();
    let before = repo.tree();
    repo.dev("test")
        .env("FROM_OUTSIDE", "something")
        .env("TMPDIR", &temporary)
        .stdout("passed  it: marks\npassed  it: afresh\n2 passed, 0 failed in <time>\n")
        .run();
    assert_eq!(repo.tree(), before);
    assert!(!Path::new("/tmp/copilot-mark-of-a-test").exists());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn everything_outside_goes_through_the_recorder() {
    repo(
        r#"
            exec(["a"], #{ env: #{ KEY: "value" }, stdin: "text" });
            let b = capture(["b"]);
            compose(["up", "-d"]);
            terraform(["apply"]);
            docker_run(#{ image: "i", cmd: ["c"], volumes: ["./x:/x"] });
            image_exists("i");
            let rows = psql_dsql(#{ endpoint: "h", sql: "SELECT 1", reads: true }).rows;
            let done = psql_dsql(#{ url: "postgresql://u:secret@h/d", file: "dev/s.sql" });
            let token = dsql_token(#{ endpoint: "h", region: "eu-west-1" });
            let page = http("GET", "http://h/");
            let lost = http("POST", "http://h/", #{ check: false });
            wait_http("http://h/ready", "1m");
            compose_wait(["web"], "1m");
            let there = compose_ps();
            let out = terraform_output();
            if confirm("Sure?") { sleep("1h"); }
            info(`${b.stdout} ${rows} ${done.applied} ${token} ${page.json.x} ${lost.status} ${lost.body} ${there[0].service} ${out.o}`);
        "#,
        r#"
            test("all", || {
                file("dev/docker-compose.yml", "");
                file("dev/s.sql", "SELECT 1;");
                folder("terraform/dev");
                reply("b", "B");
                reply("psql_dsql h:5432 *", [#{ n: 1 }]);
                reply("psql_dsql postgresql:*", #{ applied: 3, unchanged: 1 });
                reply("dsql_token *", "T");
                reply("http GET *", #{ x: 1 });
                fails("http POST *", 0, "no route");
                reply("docker compose * ps *", [#{ Service: "web", Publishers: [] }]);
                reply("terraform * output *", #{ o: #{ value: "O" } });
                reply("ask: Sure?", true);
                let ran = run("it");
                code_is(0);
                says(`B [#{"n": 1}] 3 T 1 0 no route web O`);
                let lines = ran.calls.map(|it| (if it.changes { "! " } else { "? " }) + it.command);
                let all = "";
                for line in lines { all += line + "\n"; }
                file("lines", all);
                file_is("lines", all_lines());
                let a = ran.calls[0];
                assert(a.env.KEY == "value" && a.input == "text", "what it is given");
            });

            fn all_lines() {
                `
! a
? b
! docker compose --project-directory dev up -d
! terraform -chdir=terraform/dev apply
! docker run --rm --name * --volume /repository/x:/x i c
? docker image inspect --format {{.Id}} i
? psql_dsql h:5432 --command "SELECT 1"
! psql_dsql postgresql://u@h/d --file dev/s.sql
? dsql_token admin@h
? http GET http://h/
! http POST http://h/
? wait for http://h/ready
? wait until web runs and is healthy
? docker compose --project-directory dev ps --all --format json
? terraform -chdir=terraform/dev output -json -no-color
? ask: Sure?
`
            }
        "#,
    )
    .dev("test")
    .stdout("passed  it: all\n1 passed, 0 failed in <time>\n")
    .run();
}

#[test]
fn failures_are_those_of_the_world() {
    repo(
        r#"
            const PARAMS = [#{ name: "what", kind: "arg" }];
            switch what {
                "exec" => exec(["p"]),
                "capture" => info("ok " + capture(["p"]).ok),
                "slow" => exec(["p"], #{ timeout: "1m" }),
                "http" => http("GET", "http://h/"),
                "sql" => psql_dsql(#{ endpoint: "h", sql: "X" }),
                "token" => dsql_token(#{ endpoint: "h" }),
                "wait" => compose_wait(["web"], "1m"),
                "ready" => wait_http("http://h/", "1m"),
                "ask" => confirm("Sure?"),
                "compose" => compose(["up"]),
                "retry" => retry(3, "1h", || exec(["p"])),
                _ => run_steps([step("s", "S", #{ retry: 2 }, || exec(["p"]))]),
            }
        "#,
        r#"
            test("exec", || { fails("p", 7, "oops"); run("it exec"); code_is(7); says("`p` exited with code 7"); });
            test("capture", || { fails("p", 7); run("it capture"); code_is(0); says("ok false"); });
            test("not there", || { lacks("p"); run("it exec"); code_is(4); says("p is not installed"); });
            test("slow", || { times_out("p"); run("it slow"); code_is(1); says("took longer than 1m00s"); });
            test("http", || { fails("http *", 503, "later"); run("it http"); code_is(1); says("503 Service Unavailable: later"); });
            test("no server", || { fails("http *", 0, "refused"); run("it http"); code_is(1); says("GET http://h/: refused"); });
            test("sql", || { fails("psql_dsql *", 1, "syntax error"); run("it sql"); code_is(1); says("error: syntax error"); });
            test("token", || { fails("dsql_token *", 1); run("it token"); code_is(4); says("hint: run `aws sso login`"); });
            test("wait", || { fails("wait until *", 1); run("it wait"); code_is(1); says("not all services came up: web"); });
            test("ready", || { fails("wait for *", 1); run("it ready"); code_is(1); says("http://h/ does not answer"); });
            test("nobody", || { run("it ask"); code_is(2); says("cannot ask"); });
            test("yes", || { run("it ask --yes"); code_is(0); not_asked("*"); });
            test("no engine", || {
                file("dev/compose.yaml", "");
                fails("docker compose *", 1, "Cannot connect to the Docker daemon");
                run("it compose");
                code_is(4);
                says("the Docker engine does not answer");
            });
            test("retry", || { fails("p", 1).then_fails(2, "still").then(""); run("it retry"); code_is(0); expect(["p", "p", "p"]); });
            test("retried in vain", || { fails("p", 1).then_fails(2); run("it retry"); code_is(2); });
            test("step", || { fails("p", 1).then(""); run("it step"); steps_are(#{ s: "ok" }); });
            test("usage", || { run("it --nonsense"); code_is(2); says("unexpected argument '--nonsense'"); });
            test("help", || { let ran = run("it --help"); code_is(0); assert(ran.stdout.contains("Usage"), "on stdout"); });
        "#,
    )
    .dev("test")
    .stdout(
        "
        passed  it: exec
        passed  it: capture
        passed  it: not there
        passed  it: slow
        passed  it: http
        passed  it: no server
        passed  it: sql
        passed  it: token
        passed  it: wait
        passed  it: ready
        passed  it: nobody
        passed  it: yes
        passed  it: no engine
        passed  it: retry
        passed  it: retried in vain
        passed  it: step
        passed  it: usage
        passed  it: help
        18 passed, 0 failed in <time>
        ",
    )
    .run();
}
