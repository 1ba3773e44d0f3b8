//! `terraform`, `terraform_output` with the real program and its built-in resource.

use crate::harness::{
    Live, Marker, Repo, Signal, allowed_to_be_skipped, assert_contains, assert_ends_with,
    assert_starts_with, eventually, find, path_of,
};

/// A repository with this configuration in `terraform/dev/`; `None`, and said, without Terraform.
#[track_caller]
fn repo(configuration: &str) -> Option<Repo> {
    if find("terraform").is_none() {
        allowed_to_be_skipped("Terraform is not here");
        return None;
    }
    Some(Repo::new().file("terraform/dev/main.tf", configuration))
}

const OUTPUTS_CONFIGURATION: &str = r#"
    resource "terraform_data" "it" { input = "kept" }
    output "text" { value = "a \"b\" ${terraform_data.it.output}" }
    output "count" { value = 3 }
    output "ratio" { value = 1.5 }
    output "on" { value = true }
    output "list" { value = ["a", 2] }
    output "map" { value = { k = "v", n = null } }
    output "nothing" { value = null }
    output "secret" {
      value     = "hush"
      sensitive = true
    }
"#;

#[test]
fn outputs_have_their_types() {
    let Some(repo) = repo(OUTPUTS_CONFIGURATION) else {
        return;
    };
    let repo = repo
        .recipe(
            "apply",
            r#"terraform(["init"]); print(terraform(["apply", "-auto-approve"]));"#,
        )
        .recipe(
            "it",
            "
                let out = terraform_output();
                for name in out.keys() {
                    print(`${name}: ${type_of(out[name])} ${out[name]}`);
                }
                print(terraform_output(#{ sensitive: true }).secret);
            ",
        );
    let applied = repo.dev("apply").any_output().run();
    assert_contains(&applied.stdout, "Apply complete! Resources: 1 added");
    assert_ends_with(&applied.stdout, "\n0\n");
    // Terraform keeps no output that is null.
    let text = "
        count: i64 3
        list: array [\"a\", 2]
        map: map #{\"k\": \"v\", \"n\": ()}
        on: bool true
        ratio: f64 1.5
        text: string a \"b\" kept
        hush
    ";
    repo.dev("it").stdout(text).run();
    repo.dev("it --dry-run").stdout(text).run();
}

#[test]
fn the_configuration_can_be_elsewhere_or_missing() {
    let Some(repo) = repo("") else { return };
    let repo = repo
        .file(
            "other/main.tf",
            "output \"where\" { value = \"elsewhere\" }\n",
        )
        .recipe(
            "it",
            r#"
                terraform(["init"], #{ dir: "other" });
                terraform(["apply", "-auto-approve"], #{ dir: "other" });
                print(terraform_output(#{ dir: "other" }).where);
            "#,
        )
        .recipe("nowhere", r#"terraform(["init"], #{ dir: "nowhere" });"#);
    let ended = repo.dev("it").any_output().run();
    assert_ends_with(&ended.stdout, "\nelsewhere\n");
    repo.dev("nowhere")
        .stderr(
            "
            error: there is no Terraform configuration in nowhere/
              at recipes/nowhere.rhai:1:1
            ",
        )
        .status(1)
        .run();
}

#[test]
fn without_terraform_it_is_said_how_to_get_it() {
    let repo = Repo::new()
        .file("terraform/dev/main.tf", "")
        .recipe("it", r#"terraform(["init"]);"#)
        .recipe("out", "terraform_output();");
    let path = path_of(&repo, &[]);
    let repo = repo.with("PATH", path);
    for recipe in ["it", "out"] {
        repo.dev(recipe)
            .stderr(
                "
                error: terraform is not installed, or not on PATH
                hint: install Terraform: `brew install terraform`, or developer.hashicorp.com/terraform/install
                ",
            )
            .status(4)
            .run();
    }
}

#[test]
fn a_dry_run_changes_nothing_and_knows_no_outputs() {
    let Some(repo) = repo(OUTPUTS_CONFIGURATION) else {
        return;
    };
    let repo = repo.recipe(
        "it",
        r#"
            terraform(["init"]);
            terraform(["providers", "lock"]);
            terraform(["state", "rm", "terraform_data.it"]);
            terraform(["version"]);
            terraform(["apply", "-auto-approve"]);
            let out = terraform_output();
            print(known(out));
            print("kb: " + out.text);
        "#,
    );
    let before = repo.tree();
    let dry = repo
        .dev("it --dry-run")
        .any_stdout()
        .stderr(
            "
            would run: terraform -chdir=terraform/dev init
            would run: terraform -chdir=terraform/dev providers lock
            would run: terraform -chdir=terraform/dev state rm terraform_data.it
            would run: terraform -chdir=terraform/dev apply -auto-approve
            ",
        )
        .run();
    assert_starts_with(&dry.stdout, "Terraform v");
    assert_ends_with(&dry.stdout, "\nfalse\nkb: ‹terraform output text›\n");
    assert_eq!(repo.tree(), before);
}

#[test]
fn a_failure_passes_its_code_on() {
    let Some(repo) = repo("resource \"terraform_data\" {}\n") else {
        return;
    };
    let repo = repo.recipe("it", r#"terraform(["validate", "-no-color"]);"#);
    let ended = repo.dev("it").any_output().status(1).run();
    assert_contains(&ended.stderr, "Missing name for resource");
    assert!(
        ended
            .stderr
            .contains("`terraform -chdir=terraform/dev validate -no-color` exited with code 1")
    );
}

/// A resource that takes its time, and its output as it comes.
fn slow(marker: &Marker) -> String {
    format!(
        "resource \"terraform_data\" \"it\" {{\n  provisioner \"local-exec\" {{\n    \
         command = \"echo begun; sleep {}\"\n  }}\n}}\n",
        marker.seconds()
    )
}

const APPLY_RECIPE: &str = r#"
    terraform(["init", "-no-color"]);
    terraform(["apply", "-auto-approve", "-no-color"]);
"#;

#[test]
fn ctrl_c_during_apply_leaves_nothing_running() {
    let marker = Marker::new();
    let Some(repo) = repo(&slow(&marker)) else {
        return;
    };
    let repo = repo.recipe("it", APPLY_RECIPE);
    let mut live = repo.start("it");
    // Its output is there while it works.
    live.wait_for("begun");
    marker.wait_for(1);
    live.signal(Signal::SIGINT);
    assert_eq!(live.wait(), 130);
    marker.assert_gone();
    // It ended in good order: the lock is gone and the state is there.
    assert_contains(&live.stdout(), "Interrupt received");
    assert!(!repo.has("terraform/dev/.terraform.tfstate.lock.info"));
    assert!(
        repo.read("terraform/dev/terraform.tfstate")
            .contains("tainted")
    );
}

#[test]
fn a_state_that_is_locked_is_said() {
    let marker = Marker::new();
    let Some(repo) = repo(&slow(&marker)) else {
        return;
    };
    // Terraform has a lock of its own: this one comes from outside the checkout.
    let repo = repo.recipe(
        "it",
        &APPLY_RECIPE.replace("\"])", "\"], #{ exclusive: false })"),
    );
    let mut first = repo.start("it");
    marker.wait_for(1);
    let second = repo.dev("it").any_output().status(1).run();
    assert_contains(&second.stderr, "Error acquiring the state lock");
    first.signal(Signal::SIGTERM);
    assert_eq!(first.wait(), 143);
    marker.assert_gone();
}

#[test]
fn a_reader_that_goes_away_does_not_end_an_apply() {
    let configuration = r#"
        resource "terraform_data" "one" {
            provisioner "local-exec" {
                command = "yes | head -c 300000"
            }
        }
        resource "terraform_data" "two" {
            depends_on = [terraform_data.one]
            provisioner "local-exec" {
                command = "sleep 1"
            }
        }
    "#;
    let Some(repo) = repo(configuration) else {
        return;
    };
    let repo = repo.recipe(
        "it",
        "terraform([\"apply\", \"-auto-approve\"]); write_file(\"after\", \"\");\n",
    );
    let repo = repo.recipe("init", "terraform([\"init\"]);\n");
    repo.dev("init").any_output().run();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "\"$0\" dev it 2>&1 | head -n 5 >/dev/null"])
        .arg(env!("CARGO_BIN_EXE_copilot"))
        .current_dir(repo.path());
    assert_eq!(Live::start(command).wait(), 0);
    eventually("the state", || {
        repo.has("terraform/dev/terraform.tfstate")
            && !repo.has("terraform/dev/.terraform.tfstate.lock.info")
            && repo
                .read("terraform/dev/terraform.tfstate")
                .contains("\"two\"")
    });
    assert!(!repo.has("after"));
}
