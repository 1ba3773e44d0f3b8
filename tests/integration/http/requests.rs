//! Requests, their answers, and what is said where there is none.

use super::server::Server;
use crate::harness::{Repo, Signal, assert_starts_with, eventually};

/// An address at which nobody answers: few may listen at a port so low, and none does.
const CLOSED_ADDRESS: &str = "127.0.0.1:1";

#[test]
fn an_answer_is_a_map() {
    let server = Server::start();
    let repo = server.repo(
        r#"
        let answer = http("GET", at + "/json");
        print(`${answer.ok} ${answer.status} ${answer.headers["content-type"]} ${answer.body}`);
        print(answer.json.a);
        let answer = http("get", at + "/plain");
        print(`${answer.body} ${answer.json == ()} ${answer.headers["x-answer"]}`);
        print(http("HEAD", at + "/plain").body == "");
        "#,
    );
    repo.dev("it")
        .stdout(
            r#"
            true 200 application/json {"a":[1,2.5,null,"x"]}
            [1, 2.5, (), "x"]
            fine true yes
            true
        "#,
        )
        .run();
    assert_eq!(
        server.requests(),
        ["GET /json", "GET /plain", "HEAD /plain"]
    );
}

#[test]
fn a_proxy_is_not_asked_for_what_is_on_this_machine() {
    let server = Server::start();
    let repo = server
        .repo(r#"print(http("GET", at + "/plain").body);"#)
        .with("http_proxy", "http://127.0.0.1:1");
    repo.dev("it").stdout("fine\n").run();
    assert_eq!(server.requests(), ["GET /plain"]);
}

#[test]
fn a_request_has_what_the_recipe_gives() {
    let server = Server::start();
    let repo = server.repo(
        r#"
        http("PUT", at + "/a", #{ json: #{ size: 1, tags: ["x", ()] } });
        http("POST", at + "/b", #{ body: "plain é", headers: #{ "X-Mine": 5, Authorization: "Bearer t" } });
        http("POST", at + "/c", #{ json: [1], headers: #{ "Content-Type": "application/x-ndjson" } });
        http("DELETE", at + "/d");
        http("PURGE", at + "/e");
        "#,
    );
    repo.dev("it -v")
        .stderr(&format!(
            "
            $ http PUT http://{0}/a
            $ http POST http://{0}/b
            $ http POST http://{0}/c
            $ http DELETE http://{0}/d
            $ http PURGE http://{0}/e
        ",
            server.address
        ))
        .run();
    assert_eq!(
        server.requests(),
        [
            r#"PUT /a content-type=application/json {"size":1,"tags":["x",null]}"#,
            "POST /b authorization=Bearer t x-mine=5 plain é",
            "POST /c content-type=application/x-ndjson [1]",
            "DELETE /d",
            "PURGE /e",
        ]
    );
}

#[test]
fn a_status_of_400_and_more_is_thrown_with_the_answer() {
    let server = Server::start();
    server
        .repo(
            r#"
            for path in ["/teapot", "/empty"] {
                try { http("GET", at + path); } catch (err) { print(`${err.kind} ${err.code} ${err.message}`); }
            }
            try { http("GET", at + "/long"); } catch (err) { print(err.message.len() < 700); }
            let answer = http("GET", at + "/teapot", #{ check: false });
            print(`${answer.ok} ${answer.status} ${answer.body}`);
            http("POST", at + "/teapot");
            "#,
        )
        .dev("it")
        .stdout(&format!(
            "
            http 418 GET http://{0}/teapot: 418 I'm a teapot: short and stout
            http 404 GET http://{0}/empty: 404 Not Found
            true
            false 418 short and stout

        ",
            server.address
        ))
        .stderr(&format!(
            "
            error: POST http://{}/teapot: 418 I'm a teapot: short and stout
              at recipes/it.rhai:8:1
        ",
            server.address
        ))
        .status(1)
        .run();
}

#[test]
fn redirects_are_followed() {
    let server = Server::start();
    server
        .repo(
            r#"
            print(http("GET", at + "/moved").json.a.len());
            http("GET", at + "/round");
            "#,
        )
        .dev("it")
        .stdout("4\n")
        .stderr(&format!(
            "
            error: GET http://{}/round: too many redirects
              at recipes/it.rhai:3:1
        ",
            server.address
        ))
        .status(1)
        .run();
}

#[test]
fn a_redirect_keeps_or_changes_the_method() {
    let server = Server::start();
    server
        .repo(
            r#"
            let headers = #{ "x-mine": "1", "authorization": "Bearer t" };
            for path in ["/moved", "/see", "/kept", "/permanent"] {
                http("POST", at + path, #{ json: 1, headers: headers });
            }
            http("PUT", at + "/see", #{ body: "b" });
            "#,
        )
        .dev("it")
        .any_stderr()
        .run();
    let own = "authorization=Bearer t x-mine=1";
    let post = |path: &str| format!("POST {path} content-type=application/json {own} 1");
    assert_eq!(
        server.requests(),
        [
            post("/moved"),
            format!("GET /json {own}"),
            post("/see"),
            format!("GET /ok {own}"),
            post("/kept"),
            post("/ok"),
            post("/permanent"),
            post("/ok?x"),
            "PUT /see b".to_owned(),
            "GET /ok".to_owned(),
        ]
    );
}

#[test]
fn a_user_and_a_password_are_decoded() {
    let server = Server::start();
    let address = &server.address;
    let text = format!(r#"http("GET", "http://m%40e:p%40ss%2Fw%3Ard@{address}/moved");"#);
    Repo::new().recipe("it", &text).dev("it").any_stderr().run();
    // `m@e:p@ss/w:rd`, for the server that it was redirected to as well: it is the same one.
    let login = "authorization=Basic bUBlOnBAc3MvdzpyZA==";
    assert_eq!(
        server.requests(),
        [format!("GET /moved {login}"), format!("GET /json {login}")]
    );
}

#[test]
fn what_takes_too_long_or_is_too_large_fails() {
    let server = Server::start();
    server
        .repo(
            r#"
            try { http("GET", at + "/never", #{ timeout: "200ms" }); } catch (err) { print(err.message); }
            try { http("GET", at + "/big"); } catch (err) { print(err.message); }
            "#,
        )
        .dev("it")
        .stdout(&format!(
            "
            GET http://{0}/never: timed out
            GET http://{0}/big: the response is larger than 8 MiB
        ",
            server.address
        ))
        .run();
}

#[test]
fn where_nobody_answers() {
    let address = CLOSED_ADDRESS;
    let text = format!(
        r#"
        let answer = http("GET", "http://{address}/", #{{ check: false }});
        print(`${{answer.ok}} ${{answer.status}} ${{answer.body.contains("refused")}}`);
        http("GET", "http://{address}/");
        "#
    );
    let ended = Repo::new()
        .recipe("it", &text)
        .dev("it")
        .stdout("false 0 true\n")
        .any_stderr()
        .status(1)
        .run();
    let begin = format!("error: GET http://{address}/: Connection refused");
    assert_starts_with(&ended.stderr, &begin);
}

#[test]
fn a_password_is_used_and_never_shown() {
    let server = Server::start();
    let (with, nobody) = (server.address.clone(), CLOSED_ADDRESS);
    let recipes = [
        format!(r#"http("POST", "http://me:hidden@{with}/ok");"#),
        format!(r#"http("POST", "http://me:hidden@{with}/teapot");"#),
        format!(r#"http("GET", "http://me:hidden@{nobody}/");"#),
        r#"http("GET", "http://me:hidden@not a host/");"#.to_owned(),
        r#"http("GET", "http://me:hid/hidden@host/");"#.to_owned(),
        r#"http("GET", "ftp://me:hidden@host/");"#.to_owned(),
        r#"wait_http("http://me:hidden@not a host/", "1m");"#.to_owned(),
        format!(r#"wait_http("http://me:hidden@{nobody}/", "100ms");"#),
        format!(r#"wait_http("http://me:hidden@{with}/ok", "10s");"#),
    ];
    for text in recipes {
        for line in ["it -v", "it --output json", "it --dry-run"] {
            let repo = Repo::new().recipe("it", &text);
            let mut command = repo.command();
            let output = command.arg("dev").args(line.split(' ')).output().unwrap();
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8(all).unwrap();
            let code = output.status.code().unwrap();
            assert!(code < 2, "{code} {all}");
            assert!(!all.contains("hidden"), "{text} {all}");
        }
    }
    let sent = server.requests();
    assert_eq!(sent[0], "POST /ok authorization=Basic bWU6aGlkZGVu");
}

#[test]
fn what_is_no_request_is_said() {
    let run = |text: &str, message: &str, status: i32| {
        let ended = Repo::new()
            .recipe("it", text)
            .dev("it")
            .any_stderr()
            .status(status)
            .run();
        let first = ended.stderr.lines().next().unwrap();
        assert_eq!(first, format!("error: {message}"));
    };
    let invalid = "invalid URL: relative URL without a base";
    run(r#"http("GET", "");"#, &format!("GET : {invalid}"), 1);
    run(
        r#"http("GET", "host/x");"#,
        &format!("GET host/x: {invalid}"),
        1,
    );
    run(
        r#"http("GET", "http://host:99999/");"#,
        "GET http://host:99999/: invalid URL: invalid port number",
        1,
    );
    run(
        r#"wait_http("http://host:99999/", "1m");"#,
        "http://host:99999/: invalid URL: invalid port number",
        1,
    );
    run(
        r#"http("GET", "ftp://host/");"#,
        "GET ftp://host/: invalid URL: it must begin with http:// or https:// and a host",
        1,
    );
    run(
        r#"http("G T", "http://host/");"#,
        "G T http://host/: invalid HTTP method",
        1,
    );
    run(r#"http("GET", 5);"#, "the URL of `http` is 5, not text", 3);
    run(
        r#"http("POST", "http://host/", #{ body: "a", json: 1 });"#,
        "`http` takes `body` or `json`, not both",
        3,
    );
    run(
        r#"http("POST", "http://host/", #{ jsn: 1 });"#,
        "`http` has no option `jsn`",
        3,
    );
    run(
        r#"wait_http("http://host/", "soon");"#,
        "the timeout of `wait_http` is \"soon\", not a time",
        3,
    );
}

#[test]
fn waiting_for_an_answer() {
    let server = Server::start();
    server
        .repo(r#"wait_http(at + "/third", "1m"); print("there");"#)
        .dev("it")
        .stdout("there\n")
        .stderr(&format!("waiting for http://{}/third\n", server.address))
        .run();
    assert_eq!(server.requests().len(), 3);
    server
        .repo(r#"wait_http(at + "/teapot", "100ms");"#)
        .dev("it -q")
        .stderr(&format!(
            "
            error: http://{}/teapot does not answer after <time>: 418 I'm a teapot
              at recipes/it.rhai:2:1
        ",
            server.address
        ))
        .status(1)
        .run();
}

#[test]
fn ctrl_c_ends_a_request_and_a_wait() {
    let server = Server::start();
    for text in [
        r#"http("GET", at + "/never");"#,
        r#"wait_http(at + "/never", "1m");"#,
    ] {
        let asked = server.requests().len();
        let repo = server.repo(text);
        let mut live = repo.start("it");
        eventually("the request", || server.requests().len() > asked);
        live.signal(Signal::SIGINT);
        assert_eq!(live.wait(), 130);
    }
}

#[test]
fn a_dry_run_reads_and_does_not_change() {
    let server = Server::start();
    server
        .repo(
            r#"
            print(http("GET", at + "/json").json.a.len());
            print(http("OPTIONS", at + "/a").status);
            print(http("POST", at + "/search", #{ reads: true }).status);
            print(http("POST", at + "/b").json.id);
            http("GET", at + "/c", #{ reads: false });
            wait_http(at + "/never", "1m");
            "#,
        )
        .dev("it --dry-run")
        .stdout(&format!(
            "4\n200\n200\n‹POST http://{}/b json id›\n",
            server.address
        ))
        .stderr(&format!(
            "
            would run: http POST http://{0}/b
            would run: http GET http://{0}/c
            would wait for http://{0}/never
        ",
            server.address
        ))
        .run();
    assert_eq!(
        server.requests(),
        ["GET /json", "OPTIONS /a", "POST /search"]
    );
}
