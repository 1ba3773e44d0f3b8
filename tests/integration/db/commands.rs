//! The commands, on a database that answers.

use super::{DB_COMMANDS, credentials, db, endpoint, json_of, reaching, start, without_secrets};
use crate::harness::postgres::{Certificate, Postgres};
use crate::harness::{Live, Repo, Signal, eventually};
use serde_json::{Value, json};
use std::net::TcpListener;

/// The same, left running.
fn live(repo: &Repo, line: &str) -> Live {
    let mut command = repo.command();
    command.arg("db").args(line.split_whitespace());
    Live::start(command)
}

#[test]
fn the_schema_is_set_up_and_then_unchanged() {
    let Some(server) = start() else { return };
    let repo = reaching(&server);
    let address = endpoint(&server);
    let ended = db(&repo, "setup-schema")
        .stdout(&format!(
            "schema of {address}, database copilot: 15 applied, 0 unchanged\n"
        ))
        .run();
    without_secrets(&ended);
    let ended = db(&repo, "setup-schema --output json").any_stdout().run();
    assert_eq!(
        json_of(&ended),
        json!({
            "v": 1, "endpoint": address, "database": "copilot",
            "changed": false, "applied": 0, "unchanged": 15, "retried": 0,
        })
    );
    db(&repo, "list-tables")
        .stdout(
            "
            table               rows
            behaviour_profiles     0
            cluster_events         0
            health_assessments     0
            issues                 0
            metrics_snapshots      0
            ",
        )
        .run();
}

#[test]
fn tables_are_counted_each() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let repo = reaching(&server);
    db(&repo, "list-tables -d postgres")
        .stdout("no tables in the schema `public` of the database postgres\n")
        .run();
    server.psql(
        "CREATE TABLE many AS SELECT generate_series(1, 12345) AS id;
         CREATE TABLE \"Odd \"\"name, 日本\" (id int);
         INSERT INTO \"Odd \"\"name, 日本\" VALUES (1), (2);
         CREATE TABLE kept_secret (id int);
         CREATE VIEW seen AS SELECT * FROM many;
         CREATE SCHEMA other; CREATE TABLE other.elsewhere (id int);
         ALTER ROLE admin NOSUPERUSER;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO admin;
         REVOKE SELECT ON kept_secret FROM admin;
         GRANT INSERT ON kept_secret TO admin;",
    );
    let ended = db(&repo, "list-tables --database postgres")
        .stdout(
            "
            table                     rows
            Odd \"name, 日本              2
            kept_secret      not permitted
            many                     12345
            ",
        )
        .run();
    without_secrets(&ended);
    let ended = db(&repo, "list-tables -d postgres --output=json")
        .any_stdout()
        .run();
    assert_eq!(
        json_of(&ended),
        json!({
            "v": 1, "endpoint": endpoint(&server), "database": "postgres",
            "tables": [
                { "name": "Odd \"name, 日本", "rows": 2 },
                { "name": "kept_secret", "rows": null },
                { "name": "many", "rows": 12345 },
            ],
        })
    );
}

#[test]
fn a_connection_that_works_says_whose_it_is() {
    let Some(server) = start() else { return };
    let version = server.psql("SELECT version()");
    // The option comes before the variable.
    let repo = reaching(&server).with("COPILOT_DSQL_ENDPOINT", "nowhere.invalid");
    let address = endpoint(&server);
    let ended = db(&repo, "check-connection -r us-east-1 -e")
        .arg(&address)
        .stdout(&format!(
            "connected to {address}, database copilot, as admin\n{version}\n"
        ))
        .run();
    without_secrets(&ended);
    let ended = db(&repo, "check-connection --output json --endpoint")
        .arg(&address)
        .any_stdout()
        .run();
    assert_eq!(
        json_of(&ended),
        json!({
            "v": 1, "endpoint": address, "database": "copilot",
            "user": "admin", "version": version,
        })
    );
}

#[test]
fn a_schema_that_is_half_there_says_how_far_it_came() {
    let Some(server) = start() else { return };
    let repo = reaching(&server);
    db(&repo, "setup-schema").any_stdout().run();
    // An index of the second table cannot be made.
    let change = "DROP TABLE issues; CREATE TABLE issues (id int)";
    server.psql_in("copilot", change);
    let ended = db(&repo, "setup-schema").any_stderr().status(1).run();
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "5 of 15 statements are done; rerun the command to continue"
    );
    assert!(
        lines[1].starts_with("error: dev/schema/copilot.sql:"),
        "{}",
        ended.stderr
    );
    assert!(
        lines[1].ends_with(" does not exist [42703]"),
        "{}",
        ended.stderr
    );
}

#[test]
fn ctrl_c_stops_while_it_connects() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let repo = credentials().with("COPILOT_DSQL_ENDPOINT", &address);
    for (signal, code, name) in [
        (Signal::SIGINT, 130, "Ctrl-C (SIGINT)"),
        (Signal::SIGTERM, 143, "SIGTERM"),
    ] {
        for command in DB_COMMANDS {
            let mut live = live(&repo, command);
            let _connection = silent.accept().unwrap();
            live.signal(signal);
            assert_eq!(live.wait(), code);
            assert_eq!(live.stdout(), "");
            assert_eq!(live.stderr(), format!("error: stopped by {name}\n"));
        }
    }
}

#[test]
fn ctrl_c_stops_the_statement_on_the_server() {
    let Some(server) = start() else { return };
    let repo = reaching(&server);
    db(&repo, "setup-schema").any_stdout().run();
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'copilot'";
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE issues; SELECT pg_sleep(60)";
        let held = scope.spawn(|| server.psql_in("copilot", lock));
        let locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL";
        eventually("the lock", || server.psql(locked) == "1");
        let mut live = live(&repo, "list-tables --output json");
        let waits = format!("{ours} AND wait_event_type = 'Lock'");
        eventually("its statement", || server.psql(&waits) == "1");
        live.signal(Signal::SIGINT);
        assert_eq!(live.wait(), 130);
        assert_eq!(
            serde_json::from_str::<Value>(&live.stdout()).unwrap(),
            json!({ "v": 1, "error": { "kind": "interrupted", "message": "interrupted", "hint": null } })
        );
        eventually("the end of it", || server.psql(ours) == "0");
        server.psql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()");
        let _cancelled = held.join();
    });
}

#[test]
fn help_says_what_there_is() {
    let repo = Repo::new();
    let text = "
        Set up and inspect the Copilot's database, an Aurora DSQL cluster

        Usage: copilot db <COMMAND>

        Commands:
          setup-schema      Apply the Copilot's schema. Idempotent: existing objects are kept
          check-connection  Connect and print the server's version
          list-tables       List the tables of the schema `public` with their row counts

        Options:
          -h, --help  Print help

        Credentials come from the AWS default chain: environment, profile, SSO, container, instance.

        Examples:
          copilot db check-connection -e abc.dsql.eu-west-1.on.aws -d postgres
          AWS_PROFILE=prod copilot db setup-schema -e abc.dsql.eu-west-1.on.aws -d postgres
        ";
    db(&repo, "--help").stdout(text).run();
    repo.copilot(["help", "db"]).stdout(text).run();
    db(&repo, "").stderr(text).status(2).run();
    db(&repo, "list-tables --help")
        .stdout(
            "
            List the tables of the schema `public` with their row counts

            Usage: copilot db list-tables [OPTIONS]

            Options:
              -e, --endpoint <HOST>  Host of the cluster, with `:PORT` if it is not 5432 [env:
                                     COPILOT_DSQL_ENDPOINT]
              -d, --database <NAME>  The database; an Aurora DSQL cluster has only `postgres` [default: copilot]
              -r, --region <REGION>  AWS region of the cluster, if the host name does not contain it [default:
                                     eu-west-1]
                  --sslmode <MODE>   How to verify the server; use `require` for a local emulator [default:
                                     verify-full] [possible values: verify-full, require]
                  --output <FORMAT>  Print text or JSON [default: text] [possible values: text, json]
              -h, --help             Print help

            Example:
              copilot db list-tables --endpoint abc.dsql.eu-west-1.on.aws --database postgres
            ",
        )
        .run();
    db(&repo, "list-table")
        .stderr(
            "
            error: unrecognized subcommand 'list-table'

              tip: a similar subcommand exists: 'list-tables'

            Usage: copilot db <COMMAND>

            For more information, try '--help'.
            ",
        )
        .status(2)
        .run();
}
