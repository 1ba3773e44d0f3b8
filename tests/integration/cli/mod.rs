//! The command line: finding recipes, listing them, naming them, and help.

mod files;
mod help;
mod verbs;

use crate::harness::Repo;

/// Two verbs, one of them in a group, and one that does not parse.
fn repo() -> Repo {
    Repo::new()
        .recipe(
            "hello",
            r#"
            //! Say hello.
            //!
            //! To whom you like, as often
            //! as you like.

            const PARAMS = [
                #{ name: "who", kind: "arg", required: true, help: "Whom to greet" },
                #{ name: "tone", kind: "option", short: "t", values: ["plain", "loud"], default_value: "plain", help: "How loud" },
                #{ name: "dry-humour", kind: "flag", help: "Less cheerful" },
            ];

            info(`hello ${who}`);
            "#,
        )
        .recipe("schema/setup", "//! Set up the schema.\ninfo(\"set up\");\n")
        .recipe("broken", "let x = ;\n")
}
