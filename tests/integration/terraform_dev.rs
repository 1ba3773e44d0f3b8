//! The configuration in terraform/dev/. Without its providers Terraform cannot validate it, so
//! what matters is read from the syntax tree.

use crate::harness::{Repo, allowed_to_be_skipped, find};
use hcl::{Block, Body, Expression};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform/dev")
}

/// Every block of every file.
fn blocks() -> Vec<Block> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "tf") {
            let body: Body = hcl::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            found.extend(body.into_blocks());
        }
    }
    found
}

fn label(block: &Block, index: usize) -> &str {
    block.labels()[index].as_str()
}

/// The blocks `kind "type" …`; there must be some.
fn of_type(kind: &str, name: &str) -> Vec<Block> {
    let found: Vec<_> = blocks()
        .into_iter()
        .filter(|block| block.identifier() == kind && label(block, 0) == name)
        .collect();
    assert!(!found.is_empty(), "there is no {kind} {name}");
    found
}

/// The nested blocks of that name.
fn inside<'a>(block: &'a Block, name: &'a str) -> impl Iterator<Item = &'a Block> {
    block
        .body()
        .blocks()
        .filter(move |it| it.identifier() == name)
}

/// The block that is reached by these names.
fn descend<'a>(block: &'a Block, names: &[&'a str]) -> &'a Block {
    names
        .iter()
        .fold(block, |at, name| inside(at, name).next().unwrap())
}

fn attribute<'a>(block: &'a Block, name: &str) -> &'a Expression {
    let found = block.body().attributes().find(|it| it.key() == name);
    let all = || format!("{} has no {name}", block.identifier());
    found.unwrap_or_else(|| panic!("{}", all())).expr()
}

/// As it is written.
fn text(expression: &Expression) -> String {
    hcl::format::to_string(expression).unwrap()
}

fn items(expression: &Expression) -> Vec<String> {
    let Expression::Array(items) = expression else {
        panic!("{} is no list", text(expression));
    };
    items.iter().map(text).collect()
}

#[test]
fn the_outputs_are_those_that_the_recipe_writes_down() {
    let repo = Repo::new().shipped_recipes().recipe(
        "it",
        r#"
            import "_lib/infra" as infra;
            for name in infra::VARIABLES.keys() { print(name); }
        "#,
    );
    let written = repo.dev("it").any_stdout().run().stdout;
    let written: BTreeSet<_> = written.lines().map(str::to_owned).collect();
    let given: BTreeSet<_> = blocks()
        .iter()
        .filter(|block| block.identifier() == "output")
        .map(|block| label(block, 0).to_owned())
        .collect();
    // The account is only for questions.
    let written: BTreeSet<_> = written.into_iter().chain(["account".to_owned()]).collect();
    assert_eq!(given, written);
    assert_eq!(given.len(), 8);
}

#[test]
fn every_resource_is_marked_as_ephemeral() {
    let provider = &of_type("provider", "aws")[0];
    let Expression::Object(tags) = attribute(descend(provider, &["default_tags"]), "tags") else {
        panic!("the tags are no map");
    };
    let tags: BTreeSet<_> = tags
        .iter()
        .map(|(key, value)| format!("{key} = {}", text(value)))
        .collect();
    let expected = [
        "Lifecycle = \"ephemeral\"",
        "ManagedBy = \"terraform\"",
        "Project = var.project",
    ];
    assert_eq!(tags, expected.map(str::to_owned).into());
    // A second provider would tag nothing, and a resource can override a tag.
    let providers = blocks()
        .iter()
        .filter(|block| block.identifier() == "provider")
        .count();
    assert_eq!(providers, 1);
    for block in blocks() {
        let own = block.body().attributes().find(|it| it.key() == "tags");
        if let Some(own) = own {
            let own = text(own.expr());
            assert!(!own.contains("Lifecycle") && !own.contains("ManagedBy"));
        }
    }
}

#[test]
fn nothing_outlives_a_destroy() {
    for name in [
        "aws_s3_bucket",
        "aws_s3vectors_vector_bucket",
        "aws_dsql_cluster",
    ] {
        for block in of_type("resource", name) {
            assert_eq!(text(attribute(&block, "force_destroy")), "true", "{name}");
        }
    }
    for block in of_type("resource", "aws_dsql_cluster") {
        let protected = attribute(&block, "deletion_protection_enabled");
        assert_eq!(text(protected), "false");
        let roles = text(attribute(&block, "for_each"));
        assert!(roles.contains("copilot") && roles.contains("monitored"));
    }
    assert!(!blocks().iter().any(|block| {
        inside(block, "lifecycle")
            .any(|it| it.body().attributes().any(|a| a.key() == "prevent_destroy"))
    }));
}

#[test]
fn no_bucket_is_public() {
    let shields = of_type("resource", "aws_s3_bucket_public_access_block");
    for bucket in of_type("resource", "aws_s3_bucket") {
        let address = format!("aws_s3_bucket.{}", label(&bucket, 1));
        let shield = shields
            .iter()
            .find(|it| text(attribute(it, "bucket")).starts_with(&address))
            .unwrap_or_else(|| panic!("{address} has no public access block"));
        for name in [
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        ] {
            assert_eq!(text(attribute(shield, name)), "true", "{address}: {name}");
        }
        assert_eq!(
            attribute(&bucket, "for_each"),
            attribute(shield, "for_each")
        );
    }
}

#[test]
fn the_role_may_do_what_it_needs_and_no_more() {
    let mut allowed = BTreeSet::new();
    for document in of_type("data", "aws_iam_policy_document") {
        for statement in inside(&document, "statement") {
            for action in items(attribute(statement, "actions")) {
                assert!(!action.contains('*'), "{action}");
                allowed.insert(action.trim_matches('"').to_owned());
            }
            for name in ["not_actions", "not_resources", "not_principals"] {
                assert!(!statement.body().attributes().any(|it| it.key() == name));
            }
            let Some(resources) = statement
                .body()
                .attributes()
                .find(|it| it.key() == "resources")
            else {
                // Only who may take the role has none; then it must say who.
                assert!(inside(statement, "principals").next().is_some());
                continue;
            };
            for resource in items(resources.expr()) {
                let one_bucket = "\"${aws_s3_bucket.this[\"sources\"].arn}/*\"";
                assert!(
                    !resource.contains('*') || resource == one_bucket,
                    "{resource}"
                );
            }
        }
    }
    let expected = [
        "bedrock:InvokeModel",
        "s3:GetObject",
        "s3:ListBucket",
        "s3vectors:DeleteVectors",
        "s3vectors:GetIndex",
        "s3vectors:GetVectors",
        "s3vectors:ListVectors",
        "s3vectors:PutVectors",
        "s3vectors:QueryVectors",
        "sts:AssumeRole",
    ];
    let allowed: Vec<_> = allowed.iter().map(String::as_str).collect();
    assert_eq!(allowed, expected);
}

#[test]
fn only_bedrock_for_this_account_may_take_the_role() {
    let documents = of_type("data", "aws_iam_policy_document");
    let trust = documents
        .iter()
        .find(|it| label(it, 1) == "knowledge_base_trust")
        .unwrap();
    let statements: Vec<_> = inside(trust, "statement").collect();
    assert_eq!(statements.len(), 1);
    let principals = descend(statements[0], &["principals"]);
    assert_eq!(
        items(attribute(principals, "identifiers")),
        ["\"bedrock.amazonaws.com\""]
    );
    let conditions: Vec<_> = inside(statements[0], "condition")
        .map(|it| text(attribute(it, "variable")))
        .collect();
    assert_eq!(conditions, ["\"aws:SourceAccount\"", "\"aws:SourceArn\""]);
}

#[test]
fn the_index_fits_the_model_and_the_role_comes_first() {
    let base = &of_type("resource", "aws_bedrockagent_knowledge_base")[0];
    let model = descend(
        base,
        &[
            "knowledge_base_configuration",
            "vector_knowledge_base_configuration",
            "embedding_model_configuration",
            "bedrock_embedding_model_configuration",
        ],
    );
    let index = &of_type("resource", "aws_s3vectors_index")[0];
    assert_eq!(
        attribute(index, "dimension"),
        attribute(model, "dimensions")
    );
    assert_eq!(
        items(attribute(base, "depends_on")),
        ["aws_iam_role_policy.knowledge_base"]
    );
}

/// Terraform on a folder; `None`, and said, without it.
#[track_caller]
fn terraform(folder: &Path, words: &[&str]) -> Option<Output> {
    let Some(program) = find("terraform") else {
        allowed_to_be_skipped("Terraform is not here");
        return None;
    };
    let mut command = Command::new(program);
    command.current_dir(folder).args(words);
    Some(command.output().unwrap())
}

#[test]
fn it_is_formatted() {
    let Some(ended) = terraform(&folder(), &["fmt", "-check", "-diff"]) else {
        return;
    };
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{shown}");
}

#[test]
fn a_variable_with_a_bad_value_is_refused() {
    let repo = Repo::new();
    repo.write(
        "it/variables.tf",
        fs::read(folder().join("variables.tf")).unwrap(),
    );
    let folder = repo.path().join("it");
    let plan = |variable: &str| {
        let words = ["plan", "-input=false", "-no-color", "-var", variable];
        let ended = terraform(&folder, &words)?;
        // Terraform folds long lines and draws a frame.
        let said = String::from_utf8_lossy(&ended.stderr).replace(['│', '\n'], " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((ended.status.success(), said))
    };
    for good in [
        "region=eu-west-1",
        "region=us-gov-west-1",
        "region=ap-southeast-4",
        "name=abc",
        "name=copilot-dev-of-someone-long-name",
        "embedding_dimensions=256",
    ] {
        let Some((well, said)) = plan(good) else {
            return;
        };
        assert!(well, "{good}: {said}");
    }
    for (bad, why) in [
        ("region=Ireland", "region must be"),
        ("region=", "region must be"),
        ("region=eu-west-1a", "region must be"),
        ("name=ab", "name must have"),
        ("name=Copilot", "name must have"),
        ("name=copilot-", "name must have"),
        ("name=1copilot", "name must have"),
        ("name=copilot-dev-of-someone-long-names", "name must have"),
        ("project=", "project must have"),
        ("embedding_dimensions=1536", "embedding_dimensions must be"),
    ] {
        let Some((well, said)) = plan(bad) else {
            return;
        };
        assert!(!well, "{bad} is taken");
        assert!(said.contains(why), "{bad}: {said}");
    }
}
