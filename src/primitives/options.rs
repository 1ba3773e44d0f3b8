//! The options that each primitive takes in its map: what it reads of them, and what `check`
//! knows without running it.

/// What every primitive that starts a program takes.
const PROGRAM: [&str; 6] = ["cwd", "env", "timeout", "stdin", "check", "reads"];

/// The options of `primitive`; `None` if it takes no map of options.
pub fn options(primitive: &str) -> Option<Vec<&'static str>> {
    let (own, starts_a_program): (&[&str], bool) = match primitive {
        "exec" | "capture" | "compose" => (&[], true),
        "docker_build" => (
            &[
                "tag", "context", "file", "target", "args", "platform", "no_cache",
            ],
            true,
        ),
        "docker_run" => (
            &[
                "image",
                "volumes",
                "network",
                "entrypoint",
                "user",
                "platform",
                "cmd",
            ],
            true,
        ),
        "terraform" => (&["dir"], true),
        "terraform_output" => (&["sensitive", "dir"], true),
        "psql_dsql" => (
            &[
                "region",
                "endpoint",
                "url",
                "port",
                "user",
                "database",
                "sslmode",
                "sql",
                "file",
                "sslrootcert",
                "connect_timeout",
                "timeout",
                "reads",
            ],
            false,
        ),
        "dsql_token" => (&["endpoint", "user", "region", "expires"], false),
        "http" => (
            &["headers", "json", "body", "timeout", "check", "reads"],
            false,
        ),
        "recipe" => (&["dry_run"], false),
        "run_steps" => (&["jobs", "keep_going"], false),
        "step" => (
            &[
                "after",
                "when",
                "otherwise",
                "timeout",
                "retry",
                "allow_failure",
            ],
            false,
        ),
        "step.retry" => (&["times", "pause"], false),
        "table" => (&["columns"], false),
        "write_file" => (&["mode"], false),
        _ => return None,
    };
    let program: &[&str] = if starts_a_program { &PROGRAM } else { &[] };
    Some(own.iter().chain(program).copied().collect())
}

/// What is said of an option that is none.
pub fn no_such_option(primitive: &str, key: &str) -> (String, String) {
    let known = options(primitive).unwrap_or_default();
    let hint = match crate::fault::nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("options are {}", known.join(", ")),
    };
    (format!("`{primitive}` has no option `{key}`"), hint)
}

/// What an option can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text, or what prints as text.
    Text,
    /// True or false.
    Flag,
    /// A whole number from 1 up.
    Count,
    /// A time.
    Time,
    /// An array of words, or one.
    Words,
    /// A map of texts.
    Pairs,
    /// What its primitive alone reads.
    Own,
}

/// What the option `key` can be: the same, whichever primitive has it.
pub fn shape(key: &str) -> Shape {
    match key {
        "check" | "reads" | "no_cache" | "sensitive" | "dry_run" | "keep_going"
        | "allow_failure" => Shape::Flag,
        "jobs" | "times" => Shape::Count,
        "timeout" | "connect_timeout" | "expires" | "pause" => Shape::Time,
        "after" | "cmd" | "columns" | "volumes" => Shape::Words,
        "args" | "env" | "headers" => Shape::Pairs,
        "json" | "retry" | "when" => Shape::Own,
        _ => Shape::Text,
    }
}
