//! The shipped recipes `infra/apply` and `infra/destroy`, with Terraform's built-in resource.

use crate::harness::{
    Repo, allowed_to_be_skipped, assert_contains, assert_ends_with, assert_starts_with, find,
};

const TERRAFORM_CONFIGURATION: &str = r#"
    variable "id" { default = "kb-1" }
    resource "terraform_data" "base" { input = var.id }
    resource "terraform_data" "clusters" {
      for_each = toset(["copilot", "monitored"])
      input    = "${each.key}.dsql.eu-west-1.on.aws"
    }
    output "monitored_dsql_endpoint" { value = terraform_data.clusters["monitored"].output }
    output "copilot_dsql_endpoint" { value = terraform_data.clusters["copilot"].output }
    output "knowledge_base_id" { value = terraform_data.base.output }
    output "data_source_id" { value = "ds-1" }
    output "source_bucket" { value = "sources" }
    output "profile_bucket" { value = "profiles" }
"#;

const REGION_OUTPUT: &str = "output \"region\" { value = \"eu-west-1\" }\n";

/// A repository with the shipped recipes and this configuration; `None` without Terraform.
#[track_caller]
fn repo() -> Option<Repo> {
    if find("terraform").is_none() {
        allowed_to_be_skipped("Terraform is not here");
        return None;
    }
    let repo = Repo::new()
        .shipped_recipes()
        .file("terraform/dev/main.tf", TERRAFORM_CONFIGURATION)
        .file("terraform/dev/region.tf", REGION_OUTPUT)
        .file("dev/.env", ENV_FILE);
    Some(repo)
}

const ENV_FILE: &str = "\
# Where things are.
AWS_REGION=
TEMPORAL_SQL_HOST=
MINE=stays
";

const FILLED_ENV_FILE: &str = "\
# Where things are.
AWS_REGION=eu-west-1
TEMPORAL_SQL_HOST=monitored.dsql.eu-west-1.on.aws
MINE=stays
COPILOT_DATA_SOURCE_ID=ds-1
COPILOT_DSQL_ENDPOINT=copilot.dsql.eu-west-1.on.aws
COPILOT_KB_BUCKET=sources
KNOWLEDGE_BASE_ID=kb-1
COPILOT_PROFILE_BUCKET=profiles
";

/// The lines of dev/.env, sorted: which of several new ones comes first is no matter here.
fn env(repo: &Repo) -> Vec<String> {
    sorted(&repo.read("dev/.env"))
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn what_is_made_is_written_down() {
    let Some(repo) = repo() else { return };
    let applied = repo.dev("infra apply --yes").any_output().run();
    assert_contains(&applied.stdout, "3 to add, 0 to change, 0 to destroy.");
    let table = "
output                   value
copilot_dsql_endpoint    copilot.dsql.eu-west-1.on.aws
data_source_id           ds-1
knowledge_base_id        kb-1
monitored_dsql_endpoint  monitored.dsql.eu-west-1.on.aws
profile_bucket           profiles
region                   eu-west-1
source_bucket            sources
";
    assert_ends_with(&applied.stdout, table);
    assert!(applied.stderr.ends_with(
        "ok: dev/.env has the names of the resources; next: `copilot dev schema setup`\n"
    ));
    assert_eq!(env(&repo), sorted(FILLED_ENV_FILE));
    assert!(!repo.has("terraform/dev/dev.tfplan"));
    // Once more: nothing to do, nothing to ask, and nothing written anew.
    let again = repo.dev("infra apply").any_output().run();
    assert_contains(
        &again.stderr,
        "the resources of the workspace default are up to date",
    );
    assert_eq!(env(&repo), sorted(FILLED_ENV_FILE));
}

#[test]
fn a_no_changes_nothing() {
    let Some(repo) = repo() else { return };
    let mut terminal = repo.terminal("infra apply");
    terminal.wait_for("Apply this plan in the workspace default? [y/N] ");
    terminal.press("n\n");
    // Whatever comes after it, as in `bootstrap`, must not go on.
    assert_eq!(terminal.wait(), 1);
    terminal.wait_for("the plan was not applied, so nothing was changed");
    assert_eq!(repo.read("dev/.env"), ENV_FILE);
    assert!(!repo.has("terraform/dev/terraform.tfstate"));
    assert!(!repo.has("terraform/dev/dev.tfplan"));

    let nobody = repo.dev("infra apply").any_output().status(2).run();
    assert_contains(
        &nobody.stderr,
        "hint: pass --yes to answer yes to every question",
    );
    assert!(!repo.has("terraform/dev/dev.tfplan"));
}

#[test]
fn a_dry_run_shows_the_way() {
    let Some(repo) = repo() else { return };
    let before = repo.tree();
    let dry = repo.dev("infra apply --dry-run").any_stderr().run();
    assert_starts_with(
        &dry.stderr,
        "would run: terraform -chdir=terraform/dev init -input=false\n\
         would run: terraform -chdir=terraform/dev plan -input=false -detailed-exitcode -out=dev.tfplan\n\
         would ask: Apply this plan in the workspace default?\n\
         would run: terraform -chdir=terraform/dev apply -input=false dev.tfplan\n",
    );
    assert_contains(&dry.stderr, "TEMPORAL_SQL_HOST");
    assert_eq!(repo.tree(), before);
}

#[test]
fn an_output_that_is_missing_is_named() {
    let Some(repo) = repo() else { return };
    std::fs::remove_file(repo.path().join("terraform/dev/region.tf")).unwrap();
    let applied = repo.dev("infra apply --yes").any_output().status(1).run();
    assert_contains(&applied.stderr, "error: Terraform has no output region\n");
    assert!(applied.stderr.contains(
        "hint: define it in terraform/dev/outputs.tf; the other outputs are in dev/.env\n"
    ));
    assert!(repo.read("dev/.env").contains("KNOWLEDGE_BASE_ID=kb-1\n"));
    // It can be taken down all the same.
    repo.dev("infra destroy --yes").any_output().run();
    assert!(!repo.read("dev/.env").contains("kb-1"));
}

#[test]
fn destroying_names_what_goes_and_keeps_what_is_not_ours() {
    let Some(repo) = repo() else { return };
    repo.dev("infra apply --yes").any_output().run();
    let set = repo.read("dev/.env").replace("ds-1", "set-by-hand");
    repo.write("dev/.env", &set);

    let mut terminal = repo.terminal("infra destroy");
    let place = "region eu-west-1, workspace default";
    terminal.wait_for(&format!(
        "Destroy these 3 resources in {place}, with all data in them? [y/N] "
    ));
    terminal.press("no\n");
    assert_eq!(terminal.wait(), 0);
    assert_eq!(repo.read("dev/.env"), set);

    let names = "  terraform_data.base\n  terraform_data.clusters[\"copilot\"]\n  terraform_data.clusters[\"monitored\"]\n";
    let dry = repo.dev("infra destroy --dry-run").any_output().run();
    assert_contains(&dry.stderr, names);
    assert_eq!(repo.read("dev/.env"), set);

    let gone = repo.dev("infra destroy --yes").any_output().run();
    assert_contains(&gone.stderr, names);
    assert_ends_with(&gone.stderr, "ok: 3 resources destroyed\n");
    let left = env(&repo);
    let has = |line: &str| left.iter().any(|it| it == line);
    for line in [
        "# Where things are.",
        "AWS_REGION=eu-west-1",
        "MINE=stays",
        "COPILOT_DATA_SOURCE_ID=set-by-hand",
    ] {
        assert!(has(line), "{line}: {left:?}");
    }
    assert!(!left.concat().contains("dsql.eu-west-1.on.aws"), "{left:?}");
    assert!(!left.concat().contains("kb-1"), "{left:?}");

    let nothing = repo.dev("infra destroy --yes").any_output().run();
    assert_ends_with(
        &nothing.stderr,
        "there is nothing to destroy in the workspace default\n",
    );
}

#[test]
fn there_may_be_nothing_to_destroy_or_no_way_to_know() {
    let Some(repo) = repo() else { return };
    let nothing = repo.dev("infra destroy").any_output().run();
    assert_ends_with(
        &nothing.stderr,
        "there is nothing to destroy in the workspace default\n",
    );
    repo.write("terraform/dev/terraform.tfstate", "not a state");
    let broken = repo.dev("infra destroy --yes").any_output().status(1).run();
    assert!(
        !broken.stderr.contains("nothing to destroy"),
        "{}",
        broken.stderr
    );
}

#[test]
fn a_workspace_left_in_the_shell_is_refused() {
    let Some(repo) = repo() else { return };
    repo.dev("infra apply --yes").any_output().run();
    for verb in ["infra apply", "infra destroy"] {
        let ended = repo
            .dev(verb)
            .env("TF_WORKSPACE", "other")
            .any_output()
            .status(4)
            .run();
        assert_contains(
            &ended.stderr,
            "error: the workspace of Terraform is other, but dev/.env names default\n\
             hint: run `unset TF_WORKSPACE`, or set TF_WORKSPACE=other in dev/.env\n",
        );
    }
    assert!(!repo.has("terraform/dev/terraform.tfstate.d"));
    // One that dev/.env names has resources of its own.
    let set = repo.read("dev/.env") + "TF_WORKSPACE=other\n";
    repo.write("dev/.env", &set);
    let applied = repo.dev("infra apply --yes").any_output().run();
    assert_contains(&applied.stderr, "in the workspace other? yes");
    assert!(repo.has("terraform/dev/terraform.tfstate.d/other"));
    repo.dev("infra destroy --yes").any_output().run();
    assert!(
        repo.read("terraform/dev/terraform.tfstate")
            .contains("monitored")
    );
}

#[test]
fn without_a_configuration_it_is_said() {
    let repo = Repo::new().shipped_recipes();
    for verb in ["apply --yes", "destroy --yes", "apply --dry-run"] {
        repo.dev(&format!("infra {verb}"))
            .stderr(
                "error: there is no Terraform configuration in terraform/dev/
hint: it is part of the repository: `git restore terraform/dev`; or fill in dev/.env by hand
",
            )
            .status(4)
            .run();
        // A folder without a file of Terraform's is as good as none.
        repo.write("terraform/dev/notes.txt", "");
    }
}

#[test]
fn terraform_works_where_the_env_file_says() {
    let Some(repo) = repo() else { return };
    let seen = "
        resource \"terraform_data\" \"seen\" {
          provisioner \"local-exec\" {
            command = \"echo made in $AWS_REGION by $AWS_PROFILE >> seen\"
          }
          provisioner \"local-exec\" {
            when    = destroy
            command = \"echo gone from $AWS_REGION by $AWS_PROFILE >> seen\"
          }
        }
    ";
    repo.write("terraform/dev/seen.tf", seen);
    repo.write("dev/.env", "AWS_REGION=eu-west-1\nAWS_PROFILE=mine\n");
    for verb in ["infra apply --yes", "infra destroy --yes"] {
        repo.dev(verb).any_output().run();
    }
    assert_eq!(
        repo.read("terraform/dev/seen"),
        "made in eu-west-1 by mine\ngone from eu-west-1 by mine\n"
    );
}
