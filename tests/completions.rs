//! Completion: what the entry point offers at each place, and that real shells offer the same.

mod harness;

use harness::{Repo, Terminal, allowed_to_be_skipped, compose_plugin, eventually, find, skipped};
use std::path::Path;
use std::process::Command;

const DEPLOY: &str = r#"
    //! Deploy it.

    import "_lib/more" as more;

    const PARAMS = [
        #{ name: "where", kind: "arg", values: ["test", "live"], help: "Which cluster" },
        #{ name: "services", kind: "rest", complete: "services", help: "Which services" },
        #{ name: "from", kind: "option", short: "f", complete: "files", help: "A file" },
        #{ name: "tag", kind: "option", short: "t", help: "What to call it" },
        #{ name: "hard", kind: "flag", help: "At once" },
    ];

    print([where, services, from, tag, hard]);
    run_steps([
        step("build", "Build", || ()),
        step("push", "Push", #{ after: ["build"] }, || recipe("schema/setup")),
        more::last(),
    ]);
"#;

fn repo() -> Repo {
    Repo::new()
        .recipe("deploy", DEPLOY)
        .recipe(
            "_lib/more",
            "fn last() { step(\"tell\", \"Tell\", || ()) }\n",
        )
        .recipe(
            "schema/setup",
            "//! Set it up.\nrun_steps([step(\"tables\", \"T\", || ())]);\n",
        )
        .recipe("schema/drop", "//! Drop it.\n")
        .recipe("broken", "let x = ;\n")
        .file(
            "dev/compose.yaml",
            "
            services:
              web: { image: x }
              db:
                image: y
            volumes:
              data:
            ",
        )
}

/// What `word` can become after the words of `line`, without the help.
#[track_caller]
fn offered(repo: &Repo, line: &str, word: &str) -> Vec<String> {
    let word = format!("--word={word}");
    let words = ["complete", "zsh", &word, "--"];
    let ended = repo
        .copilot(words.into_iter().chain(line.split_whitespace()))
        .any_stdout()
        .run();
    let values = ended.stdout.lines();
    values
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn commands_verbs_and_groups() {
    let repo = repo();
    assert_eq!(offered(&repo, "", ""), ["dev", "completions", "help"]);
    let verbs = offered(&repo, "dev", "");
    assert_eq!(
        verbs[..7],
        ["broken", "deploy", "schema", "run", "help", "list", "check"]
    );
    assert_eq!(offered(&repo, "dev schema", ""), ["drop", "setup"]);
    assert_eq!(offered(&repo, "dev help schema", ""), ["drop", "setup"]);
    assert_eq!(offered(&repo, "help", ""), ["dev", "exit-codes"]);
    let recipes = ["broken", "deploy", "schema/drop", "schema/setup"];
    assert_eq!(offered(&repo, "dev run", ""), recipes);
    assert_eq!(offered(&repo, "dev check", ""), recipes);
    assert_eq!(offered(&repo, "dev check deploy", "").len(), 3);
    assert_eq!(
        offered(&repo, "completions", ""),
        ["bash", "zsh", "fish", "elvish", "powershell"]
    );
    assert_eq!(offered(&repo, "dev nope", ""), [""; 0]);
    assert_eq!(offered(&repo, "nope", ""), [""; 0]);
}

#[test]
fn summaries_come_with_them() {
    repo()
        .copilot(["complete", "zsh", "--word=", "--", "dev", "schema"])
        .stdout("drop\tDrop it.\nsetup\tSet it up.\n")
        .run();
}

#[test]
fn parameters_and_their_values() {
    let repo = repo();
    assert_eq!(offered(&repo, "dev deploy", ""), ["test", "live"]);
    assert_eq!(offered(&repo, "dev run deploy", ""), ["test", "live"]);
    assert_eq!(offered(&repo, "dev deploy test", ""), ["db", "web"]);
    assert_eq!(offered(&repo, "dev deploy --hard test web", ""), ["db"]);
    assert_eq!(offered(&repo, "dev deploy -t x test -- web", ""), ["db"]);
    assert_eq!(offered(&repo, "dev deploy --output", ""), ["text", "json"]);
    assert_eq!(
        offered(&repo, "dev deploy", "--output=j"),
        ["--output=text", "--output=json"]
    );
    assert_eq!(offered(&repo, "dev deploy -f", ""), [":files"]);
    assert_eq!(offered(&repo, "dev deploy --from", "a"), [":files"]);
    assert_eq!(offered(&repo, "dev --repo", ""), [":files"]);
    assert_eq!(offered(&repo, "dev deploy --tag", ""), [""; 0]);
    let options = offered(&repo, "dev deploy --hard --only x", "-");
    assert!(options.starts_with(&["--from".into(), "--tag".into(), "--dry-run".into()]));
    assert!(options.contains(&"--only".to_owned()));
    // Where nothing else can stand, an empty word is offered them too.
    assert_eq!(offered(&repo, "dev schema drop", "")[0], "--dry-run");
}

#[test]
fn steps_come_from_the_recipe_its_imports_and_the_recipes_it_calls() {
    let repo = repo();
    let steps = ["build", "push", "schema/setup:tables", "tell"];
    assert_eq!(offered(&repo, "dev deploy --only", ""), steps);
    assert_eq!(offered(&repo, "dev deploy -qy --skip", ""), steps);
    // As they are now.
    repo.write(
        "recipes/_lib/more.rhai",
        "fn last() { step(\"sing\", \"S\", || ()) }\n",
    );
    assert!(offered(&repo, "dev deploy --only", "").contains(&"sing".to_owned()));
    // A recipe that would not run still has steps.
    repo.write(
        "recipes/deploy.rhai",
        "nope();\nstep(\"a\", \"A\", || recipe(\"deploy\"));\n",
    );
    assert_eq!(offered(&repo, "dev deploy --only", ""), ["a"]);
}

#[test]
fn services_come_from_the_files_that_compose_would_read() {
    let repo = repo();
    repo.write(
        "dev/compose.override.yaml",
        "services:\n  debug: { image: z }\n",
    );
    assert_eq!(
        offered(&repo, "dev deploy test", ""),
        ["db", "debug", "web"]
    );
    repo.write("dev/.env", "COMPOSE_FILE=dev/compose.yaml:dev/more.yaml\n");
    repo.write("dev/more.yaml", "services:\n  cache:\n    image: z\n");
    assert_eq!(
        offered(&repo, "dev deploy test", ""),
        ["cache", "db", "web"]
    );
    repo.write("dev/.env", "COMPOSE_FILE=nowhere.yaml\n");
    assert_eq!(offered(&repo, "dev deploy test", "")[0], "--from");
}

#[test]
fn the_services_of_the_stack_are_those_that_compose_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(plugin) = compose_plugin() else {
        return skipped("Docker Compose");
    };
    let repo = Repo::new().recipe(
        "up",
        "const PARAMS = [#{ name: \"s\", kind: \"rest\", complete: \"services\" }];\nprint(s);\n",
    );
    let mut files = Vec::new();
    for file in ["docker-compose.yml", "docker-compose.local.yml"] {
        let file = root.join("dev").join(file);
        files.push(file.to_string_lossy().into_owned());
    }
    repo.write("dev/.env", format!("COMPOSE_FILE={}\n", files.join(":")));
    let mut compose = Command::new(plugin);
    compose.args(["config", "--services", "--no-interpolate"]);
    compose.env("COMPOSE_FILE", files.join(":"));
    let said = compose.current_dir(repo.path()).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let mut said: Vec<_> = said.lines().collect();
    said.sort_unstable();
    assert!(said.len() > 15, "{said:?}");
    assert_eq!(offered(&repo, "dev up", ""), said);
}

#[test]
fn a_word_that_no_shell_completes_is_refused() {
    Repo::new()
        .recipe(
            "it",
            "const PARAMS = [#{ name: \"a\", kind: \"arg\", complete: \"servces\" }];\n",
        )
        .dev("it")
        .stderr(
            r#"
            error: a shell cannot complete with `servces`
             --> recipes/it.rhai:1:54
              |
            1 | const PARAMS = [#{ name: "a", kind: "arg", complete: "servces" }];
              |                                                      ^
              |
              = help: it can with services, files
        "#,
        )
        .status(3)
        .run();
}

/// Where `copilot` is found.
fn path() -> String {
    let copilot = Path::new(env!("CARGO_BIN_EXE_copilot")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", copilot.display())
}

/// What `program` prints, given `script`.
fn answers(repo: &Repo, program: &str, words: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(words).current_dir(repo.path()).env_clear();
    command.envs(repo.environment()).env("PATH", path());
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Types `keys` into `shell` on a terminal once it shows `%`, its prompt, and waits for `shown`.
#[track_caller]
fn typed(repo: &Repo, shell: &str, words: &[&str], start: &str, keys: &[(&str, &str)]) {
    let path = path();
    let variables = [("PATH", path.as_str()), ("PS1", "% "), ("TERM", "xterm")];
    let terminal = Terminal::program(repo, shell, words.iter().copied(), &variables);
    terminal.press(start);
    eventually("the shell", || terminal.screen().contains("ready-2"));
    for (keys, shown) in keys {
        terminal.press(keys);
        terminal.wait_for(shown);
    }
}

#[test]
fn bash_completes() {
    const ASK: &str = r#"
        eval "$(copilot completions bash)"
        ask() {
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            _copilot
            echo "${COMPREPLY[*]}"
        }
        ask copilot dev s
        ask copilot dev deploy --only schema/setup : ''
        ask copilot dev deploy --output = j
        ask copilot dev deploy --output =
        ask copilot dev deploy --from dev/comp
        ask copilot dev deploy --nope
        cd recipes
        ask copilot dev 'dep'
    "#;
    let Some(bash) = find("bash") else {
        return allowed_to_be_skipped("bash is not here");
    };
    let answers = answers(&repo(), &bash.to_string_lossy(), &["-c", ASK]);
    assert_eq!(
        answers,
        "schema show\ntables\njson\ntext json\ndev/compose.yaml\n\ndeploy\n"
    );
}

#[test]
fn bash_completes_at_a_terminal() {
    let Some(bash) = find("bash") else {
        return allowed_to_be_skipped("bash is not here");
    };
    typed(
        &repo(),
        &bash.to_string_lossy(),
        &["--norc", "--noprofile", "-i"],
        "eval \"$(copilot completions bash)\"; echo ready-$((1+1))\n",
        &[
            ("copilot dev sch\tse\t", "copilot dev schema setup "),
            (
                "\x15copilot dev deploy --only=schema/s\t",
                "--only=schema/setup:tables ",
            ),
            (
                "\x15copilot dev deploy --from dev/c\t",
                "--from dev/compose.yaml ",
            ),
        ],
    );
}

#[test]
fn zsh_completes_at_a_terminal() {
    let Some(zsh) = find("zsh") else {
        return allowed_to_be_skipped("zsh is not here");
    };
    typed(
        &repo(),
        &zsh.to_string_lossy(),
        &["-f", "-i"],
        "autoload -Uz compinit; compinit -D -u; eval \"$(copilot completions zsh)\"; echo ready-$((1+1))\n",
        &[
            ("copilot dev deploy --hard l\t", "--hard live"),
            (
                "\x15copilot dev deploy --only=schema/\t",
                "schema/setup:tables",
            ),
            ("\x15copilot dev deploy --from=dev/c\t", "dev/compose.yaml"),
            ("\x15copilot dev schema \t", "Drop it."),
        ],
    );
}

#[test]
fn fish_completes() {
    const ASK: &str = "
        copilot completions fish | source
        complete -C 'copilot dev s'
        complete -C 'copilot dev schema '
        complete -C 'copilot dev deploy --only schema/setup:'
        complete -C 'copilot dev deploy --output=j'
        complete -C 'copilot dev deploy --from dev/com'
    ";
    let Some(fish) = find("fish") else {
        return allowed_to_be_skipped("fish is not here");
    };
    let answers = answers(
        &repo(),
        &fish.to_string_lossy(),
        &["--no-config", "-c", ASK],
    );
    assert_eq!(
        answers,
        "schema\tA group of 2 verbs\nshow\tShow a recipe and what it would run\ndrop\tDrop it.\nsetup\tSet it up.\nschema/setup:tables\n--output=json\ndev/compose.yaml\n"
    );
}

#[test]
fn elvish_completes_at_a_terminal() {
    let Some(elvish) = find("elvish") else {
        return allowed_to_be_skipped("elvish is not here");
    };
    typed(
        &repo(),
        &elvish.to_string_lossy(),
        &["-norc"],
        "eval (copilot completions elvish | slurp); echo ready-(+ 1 1)\r",
        &[("copilot dev sch\t", "ema"), ("\r", "Drop it.")],
    );
}

#[test]
fn powershell_completes() {
    const ASK: &str = "
        copilot completions powershell | Out-String | Invoke-Expression
        foreach ($line in 'copilot dev s', 'copilot dev deploy ', 'copilot dev deploy --only schema/setup:') {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ' '
        }
    ";
    let Some(pwsh) = find("pwsh") else {
        return allowed_to_be_skipped("PowerShell is not here");
    };
    let answers = answers(
        &repo(),
        &pwsh.to_string_lossy(),
        &["-NoProfile", "-Command", ASK],
    );
    assert_eq!(answers, "schema\ntest live\nschema/setup:tables\n");
}
