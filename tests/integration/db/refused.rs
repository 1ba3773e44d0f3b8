//! No connection: endpoints, credentials, certificates.

use super::{
    DB_COMMANDS, credentials, db, endpoint, json_of, reaching, start, without_credentials,
    without_secrets,
};
use crate::harness::free_port;
use crate::harness::postgres::{Certificate, Postgres};
use serde_json::json;

#[test]
fn a_wrong_endpoint_is_a_mistake_of_the_command_line() {
    let no_endpoint = "
        error: no endpoint given
        hint: give `--endpoint HOST`, or set COPILOT_DSQL_ENDPOINT
        ";
    for command in DB_COMMANDS {
        let repo = credentials();
        db(&repo, command).stderr(no_endpoint).status(1).run();
        // An empty variable is as good as none.
        let repo = repo.with("COPILOT_DSQL_ENDPOINT", "");
        db(&repo, command).stderr(no_endpoint).status(1).run();
    }
    db(&credentials(), "list-tables -e postgresql://me:secret@h/d")
        .stderr(
            "
            error: the endpoint is not HOST or HOST:PORT
            hint: examples: abc.dsql.eu-west-1.on.aws, localhost:5432
            ",
        )
        .status(2)
        .run();
    db(
        &credentials(),
        "list-tables -e abc.dsql.us-east-1.on.aws -r eu-west-1",
    )
    .stderr(
        "
        error: abc.dsql.us-east-1.on.aws is not in the region eu-west-1
        hint: omit `--region`, or set it to us-east-1
        ",
    )
    .status(2)
    .run();
}

#[test]
fn without_credentials_it_says_how_to_get_some() {
    let config = "
        [profile prod]
        sso_session = all
        sso_account_id = 123456789012
        sso_role_name = admin
        [sso-session all]
        sso_region = eu-west-1
        sso_start_url = https://example.awsapps.com/start
        ";
    // Named by the SHA-1 of the session's name.
    let cached = "../home/.aws/sso/cache/d87c448044defb778f33158d8ccf94a20531d600.json";
    let expired = r#"{"accessToken": "not-to-be-shown", "expiresAt": "2020-01-01T00:00:00Z"}"#;
    let login = "run `aws sso login`, with `--profile NAME` unless it is the default one";
    let any =
        "run `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    let none = "none found in the environment, a profile, the container or the instance";
    for (profile, session, reason, hint) in [
        ("", false, none, any),
        (
            "nope",
            false,
            "the profile `nope` is not defined in ~/.aws/config",
            any,
        ),
        ("prod", false, "there is no SSO session", login),
        ("prod", true, "the SSO session has expired", login),
    ] {
        let repo = without_credentials()
            .file("../home/.aws/config", config)
            .with("AWS_PROFILE", profile);
        if session {
            repo.write(cached, expired);
        }
        for command in DB_COMMANDS {
            let ended = db(&repo, command)
                .arg("--endpoint=abc.dsql.eu-west-1.on.aws")
                .stderr(&format!(
                    "error: no AWS credentials to sign a DSQL token: {reason}\nhint: {hint}\n"
                ))
                .status(1)
                .run();
            without_secrets(&ended);
        }
    }
}

#[test]
fn a_database_that_is_not_there() {
    let Some(server) = Postgres::start(Certificate::Localhost) else {
        return;
    };
    let repo = reaching(&server);
    let address = endpoint(&server);
    let message =
        format!("{address} refuses the connection: database \"copilot\" does not exist [3D000]");
    let hint = "Aurora DSQL has one database: give `--database postgres`";
    for command in DB_COMMANDS {
        db(&repo, command)
            .stderr(&format!("error: {message}\nhint: {hint}\n"))
            .status(1)
            .run();
        let ended = db(&repo, command)
            .arg("--output=json")
            .any_stdout()
            .status(1)
            .run();
        assert_eq!(
            json_of(&ended),
            json!({ "v": 1, "error": { "kind": "refused", "message": message, "hint": hint } })
        );
    }
}

#[test]
fn who_is_not_let_in_is_told_which_right_is_missing() {
    let Some(server) = start() else { return };
    server.psql("ALTER ROLE admin NOLOGIN");
    let address = endpoint(&server);
    let ended = db(&reaching(&server), "check-connection --region eu-central-1")
        .stderr(&format!(
            "error: {address} denies access to user `admin`: role \"admin\" is not permitted to log in [28000]\n\
             hint: the credentials need dsql:DbConnectAdmin on this cluster, and the cluster must be in eu-central-1\n"
        ))
        .status(1)
        .run();
    without_secrets(&ended);
}

#[test]
fn a_server_is_verified_unless_it_is_on_this_machine_and_that_is_asked_for() {
    let Some(server) = Postgres::start(Certificate::WrongName) else {
        return;
    };
    let repo = reaching(&server);
    let address = endpoint(&server);
    db(&repo, "list-tables -d postgres")
        .stderr(&format!(
            "error: no trusted connection to {address}: the server's certificate is not for `localhost` but for elsewhere.example\n\
             hint: for a private certificate authority, set SSL_CERT_FILE to its certificate\n"
        ))
        .status(1)
        .run();
    db(&repo, "list-tables -d postgres --sslmode require")
        .stdout("no tables in the schema `public` of the database postgres\n")
        .run();
    db(&repo, "list-tables -e db.example --sslmode require")
        .stderr("error: sslmode `require` does not verify the server; it is for an emulator on this machine, not for db.example: use `verify-full`\n")
        .status(1)
        .run();
}

#[test]
fn a_server_that_is_not_there() {
    let port = free_port();
    let repo = credentials().with("COPILOT_DSQL_ENDPOINT", format!("127.0.0.1:{port}"));
    for command in DB_COMMANDS {
        let ended = db(&repo, command)
            .stderr(&format!(
                "error: cannot reach 127.0.0.1:{port}: 127.0.0.1:{port}: connection refused, nothing listens there\n"
            ))
            .status(1)
            .run();
        without_secrets(&ended);
    }
}
