//! Temporal's dynamic configuration: keys and types that the server knows, the keys that go together, and
//! a schedule that runs under each file on a real server.

use crate::harness::stack::shipped_text;
use crate::harness::{eventually, find, free_port, skipped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Child, Command, Output, Stdio};

const CLASSIC_FILE: &str = "development-dsql.yaml";
const CHASM_FILE: &str = "development-dsql-chasm.yaml";

/// What the CHASM scheduler needs, all of it or none.
const CHASM_KEYS: [&str; 6] = [
    "history.enableCHASMCallbacks",
    "history.enableCHASMSchedulerCreation",
    "history.enableCHASMSchedulerMigration",
    "history.enableChasm",
    "history.enableTransitionHistory",
    "system.enableNexus",
];

/// The keys of a file in `dev/dynamicconfig/` with their only value.
fn settings(file: &str) -> BTreeMap<String, Value> {
    let text = shipped_text(&format!("dev/dynamicconfig/{file}"));
    let document: BTreeMap<String, Vec<BTreeMap<String, Value>>> =
        serde_saphyr::from_str(&text).unwrap();
    let one = |(key, mut values): (String, Vec<BTreeMap<String, Value>>)| {
        assert_eq!(values.len(), 1, "{key}");
        let value = values[0].remove("value");
        assert!(values[0].is_empty(), "{key}: it is for everybody");
        (key, value.unwrap())
    };
    document.into_iter().map(one).collect()
}

/// The keys that the server's source declares, with the types of their values.
fn declared() -> BTreeMap<String, String> {
    shipped_text("tests/data/dynamic-config-keys.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.split('\t');
            let (key, of) = (fields.next().unwrap(), fields.next().unwrap());
            (key.to_owned(), of.to_owned())
        })
        .collect()
}

/// Whether a value of this type is what the server expects; it uses its default where it is not.
fn is_of(value: &Value, of: &str) -> bool {
    match of {
        "bool" => value.is_boolean(),
        "int" => value.is_i64(),
        "float" => value.is_number(),
        "string" => value.is_string(),
        "duration" => value
            .as_str()
            .is_some_and(|text| text.ends_with(['s', 'm', 'h'])),
        _ => value.is_object() || value.is_array(),
    }
}

#[test]
fn the_server_knows_every_key_and_its_type() {
    let declared = declared();
    for file in [CLASSIC_FILE, CHASM_FILE] {
        for (key, value) in settings(file) {
            let of = declared.get(&key).unwrap_or_else(|| {
                panic!("{file}: the server ignores {key}, which it does not know")
            });
            assert!(is_of(&value, of), "{file}: {key} is a {of}, not {value}");
        }
    }
}

#[test]
fn a_wrong_type_is_found() {
    let wrong = [
        (Value::from("true"), "bool"),
        (Value::from(1.5), "int"),
        (Value::from(false), "string"),
        (Value::from(10), "duration"),
    ];
    for (value, of) in wrong {
        assert!(!is_of(&value, of), "{value} is no {of}");
    }
}

#[test]
fn the_files_differ_in_the_scheduler_alone() {
    let mut classic = settings(CLASSIC_FILE);
    let mut chasm = settings(CHASM_FILE);
    // True is the server's default, so that off must be said.
    assert_eq!(classic.remove("system.enableNexus"), Some(false.into()));
    for key in CHASM_KEYS {
        assert_eq!(chasm.remove(key), Some(true.into()), "{key}");
        assert!(!classic.contains_key(key), "{key}");
    }
    assert_eq!(classic, chasm);
}

const CHASM_ROLLOUT_SETTING: &str = "history.chasmSchedulerCreationRolloutPercent=100";

/// A Temporal server with the settings of a file.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(file: &str) -> Option<Self> {
        let Some(program) = find("temporal") else {
            skipped("the Temporal CLI");
            return None;
        };
        let port = free_port();
        let mut command = Command::new(program);
        command
            .args(["server", "start-dev", "--headless", "--log-level", "never"])
            .args(["--port", &port.to_string()]);
        for (key, value) in settings(file) {
            command.args(["--dynamic-config-value", &format!("{key}={value}")]);
        }
        // The CLI's server is newer than ours and creates a share of the schedules with CHASM, by default
        // none.
        command.args(["--dynamic-config-value", CHASM_ROLLOUT_SETTING]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let server = Self {
            child,
            address: format!("127.0.0.1:{port}"),
        };
        eventually("the server", || {
            server
                .run(&["operator", "cluster", "health"])
                .status
                .success()
        });
        Some(server)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(find("temporal").unwrap())
            .args(args)
            .args(["--address", &self.address])
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--output", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_meanwhile = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Creates a schedule and waits until it has been listed and has started two workflows. The classic
/// scheduler is a workflow of its own, which the CHASM scheduler does not have.
#[track_caller]
fn schedule_acts(file: &str, classic: bool) {
    let Some(server) = Server::start(file) else {
        return;
    };
    let created = server.run(&[
        "schedule",
        "create",
        "--schedule-id=tick",
        "--interval=1s",
        "--overlap-policy=AllowAll",
        "--workflow-id=ticked",
        "--type=Tick",
        "--task-queue=nobody",
    ]);
    assert!(created.status.success(), "{created:?}");
    eventually("two actions", || {
        let shown = server.json(&["schedule", "describe", "--schedule-id=tick"]);
        let count = &shown["info"]["actionCount"];
        let count = count.as_str().and_then(|text| text.parse().ok());
        count.unwrap_or(0) >= 2
    });
    eventually("it in the list", || {
        let listed = server.json(&["schedule", "list"]);
        listed[0]["scheduleId"] == "tick"
    });
    eventually("its workflows", || {
        let query = "--query=WorkflowType = 'Tick'";
        let count = server.json(&["workflow", "count", query]);
        count["count"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
            >= 2
    });
    let id = "--workflow-id=temporal-sys-scheduler:tick";
    let scheduler = server.json(&["workflow", "describe", id]);
    let kind = &scheduler["workflowExecutionInfo"]["type"]["name"];
    assert_eq!(
        *kind == "temporal-sys-scheduler-workflow",
        classic,
        "{scheduler}"
    );
}

#[test]
fn a_schedule_acts_with_the_classic_scheduler() {
    schedule_acts(CLASSIC_FILE, true);
}

#[test]
fn a_schedule_acts_with_the_chasm_scheduler() {
    schedule_acts(CHASM_FILE, false);
}
