//! The shipped recipes of the first steps: `init`, `doctor`, `bootstrap`.

use crate::harness::stage::shipped_stack;
use crate::harness::{Docker, Ended, Repo, assert_contains, assert_starts_with, has_compose};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What the example leaves open.
const UNSET_VARIABLES_MESSAGE: &str = "not set: AWS_PROFILE, TEMPORAL_SQL_HOST, COPILOT_DSQL_ENDPOINT, SCHEMA_NETWORK, \
    COPILOT_MODEL_ID, KNOWLEDGE_BASE_ID, COPILOT_DATA_SOURCE_ID, COPILOT_KB_BUCKET, COPILOT_PROFILE_BUCKET\n\
    `copilot dev infra apply` sets those of the AWS resources\n";

/// What this machine runs without emulation.
const NATIVE_PLATFORM: &str = if cfg!(target_arch = "x86_64") {
    "linux/amd64"
} else {
    "linux/arm64"
};

fn shipped() -> Repo {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/.env.example");
    let repo = Repo::new().shipped_recipes();
    repo.write("dev/.env.example", fs::read(example).unwrap());
    repo
}

#[test]
fn init_makes_the_file_for_its_owner_alone() {
    let repo = shipped();
    repo.dev("init --dry-run").any_stderr().run();
    assert!(!repo.has("dev/.env"));
    repo.dev("init")
        .stderr(&format!(
            "ok: created dev/.env
{UNSET_VARIABLES_MESSAGE}"
        ))
        .run();
    // What depends on the machine is set, and nothing else is another.
    let (made, example) = (repo.read("dev/.env"), repo.read("dev/.env.example"));
    assert!(made.contains(&format!("\nCOPILOT_PLATFORM={NATIVE_PLATFORM}\n")));
    let user = made
        .lines()
        .find_map(|line| line.strip_prefix("CONTAINER_USER="));
    assert_eq!(user.is_some(), cfg!(target_os = "linux"));
    for line in example.lines() {
        let of_machine = line.contains("COPILOT_PLATFORM=") || line.contains("CONTAINER_USER=");
        assert!(
            of_machine || made.lines().any(|other| other == line),
            "{line}"
        );
    }
    let mode = fs::metadata(repo.path().join("dev/.env"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    repo.dev("init")
        .stderr(&format!(
            "dev/.env has every variable
{UNSET_VARIABLES_MESSAGE}"
        ))
        .run();
}

#[test]
fn init_adds_what_is_not_there_and_touches_nothing_else() {
    let repo = shipped();
    let example = "# Where.\nAWS_REGION=eu-west-1\nTEMPORAL_SQL_PORT=5432\nTEMPORAL_SQL_HOST=\n";
    repo.write("dev/.env.example", example);
    let mine = "# mine\nAWS_REGION=us-east-1 # far\nexport TEMPORAL_SQL_HOST=h.dsql\nCONTAINER_USER=1:1\nCOPILOT_PLATFORM=linux/mine\n";
    repo.write("dev/.env", mine);
    repo.dev("init").stderr("adding TEMPORAL_SQL_PORT\n").run();
    assert_eq!(
        repo.read("dev/.env"),
        format!("{mine}TEMPORAL_SQL_PORT=5432\n")
    );
}

#[test]
fn init_adds_what_depends_on_the_machine_to_an_older_file() {
    let repo = shipped();
    let example = repo.read("dev/.env.example");
    let older: String = example
        .split_inclusive('\n')
        .filter(|line| !line.contains("COPILOT_PLATFORM="))
        .collect();
    repo.write("dev/.env", format!("{older}CONTAINER_USER=1:1\n"));
    repo.dev("init")
        .stderr(&format!(
            "adding COPILOT_PLATFORM\n{UNSET_VARIABLES_MESSAGE}"
        ))
        .run();
    assert_eq!(
        repo.read("dev/.env"),
        format!("{older}CONTAINER_USER=1:1\nCOPILOT_PLATFORM={NATIVE_PLATFORM}\n")
    );
    // One that is there stays, whatever the machine.
    repo.write(
        "dev/.env",
        older + "CONTAINER_USER=1:1\nCOPILOT_PLATFORM=linux/none\n",
    );
    repo.dev("init").any_stderr().run();
    assert!(
        repo.read("dev/.env")
            .ends_with("\nCOPILOT_PLATFORM=linux/none\n")
    );
}

#[test]
fn a_dry_run_judges_by_what_init_would_write() {
    if !has_compose() {
        return;
    }
    let it = r#"
        recipe("init", #{ local: true });
        let services = compose_config([]).services;
        print(`${services.len()} services for ${services.mimir.platform}`);
    "#;
    let repo = shipped_stack().recipe("it", it);
    let before = repo.tree();
    let dry = repo
        .dev("it --dry-run")
        .stdout(&format!("17 services for {NATIVE_PLATFORM}\n"));
    dry.any_stderr().run();
    assert_eq!(repo.tree(), before);
}

/// A verb that must end because no program and no credentials are here.
#[track_caller]
fn lacking_everything(repo: &Repo, verb: &str) -> Ended {
    repo.dev(verb)
        .env("PATH", repo.path().join("nothing"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .any_output()
        .status(4)
        .run()
}

#[test]
fn doctor_names_all_that_is_missing_and_how_to_get_it() {
    let repo = shipped();
    let ended = lacking_everything(&repo, "doctor");
    assert_eq!(
        ended.stderr,
        "error: missing: dev/.env, Docker engine, Docker Compose, Terraform, AWS credentials, AWS folder, AWS region, temporal-dsql\n\
         hint: the table shows how to install or fix each\n"
    );
    for how in [
        "install Docker Desktop (macOS) or Docker Engine",
        "install the Compose plugin: docs.docker.com/compose/install",
        "developer.hashicorp.com/terraform/install",
        "run `aws sso login`",
        "set AWS_REGION in dev/.env",
        "or set TEMPORAL_DSQL_PATH",
    ] {
        assert!(ended.stdout.contains(how), "{how}:\n{}", ended.stdout);
    }
}

#[test]
fn bootstrap_stops_at_what_is_missing() {
    let repo = shipped();
    let before = repo.tree();
    let ended = lacking_everything(&repo, "bootstrap");
    assert_contains(&ended.stderr, "error: missing: Docker engine");
    let made = repo.path().join("dev/.env");
    let after: Vec<_> = repo
        .tree()
        .into_iter()
        .filter(|(path, _)| *path != made)
        .collect();
    assert_eq!(after, before);
}

#[test]
fn bootstrap_shows_all_of_it_whatever_is_missing() {
    let Some(docker) = Docker::new() else {
        return;
    };
    let repo = docker
        .repo("services: { one: { image: IMAGE } }")
        .shipped_recipes();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/.env.example");
    repo.write("dev/.env.example", fs::read(example).unwrap());
    repo.write("dev/schema/copilot.sql", "SELECT 1;\n");
    repo.write("dev/dynamicconfig/development-dsql.yaml", "");
    repo.write("terraform/dev/main.tf", "");
    fs::remove_file(repo.path().join("dev/.env")).ok();
    let before = repo.tree();
    let ended = repo
        .dev("bootstrap --dry-run")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .any_output()
        .status(4)
        .run();
    for part in [
        "would write dev/.env",
        "would run: terraform -chdir=terraform/dev apply",
        "  the temporal-dsql repository is not at ",
        "would run: docker run ",
        "would run: docker compose --project-directory dev up --detach\n",
    ] {
        assert!(ended.stderr.contains(part), "no {part}: {}", ended.stderr);
    }
    let (_, last) = ended.stderr.rsplit_once("\nerror: ").unwrap();
    assert_starts_with(last, "missing: ");
    assert_contains(last, "temporal-dsql");
    assert_eq!(repo.tree(), before);
}
