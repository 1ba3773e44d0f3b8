//! A repository with something to complete everywhere.

use super::Repo;

const DEPLOY_RECIPE: &str = r#"
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

/// Verbs, groups, parameters, services, steps.
pub(crate) fn repo() -> Repo {
    Repo::new()
        .recipe("deploy", DEPLOY_RECIPE)
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
