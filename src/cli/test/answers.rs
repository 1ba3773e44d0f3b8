//! `reply`, `fails`, `times_out` and `then`: define the recorder's answers.

use super::api::Api;
use crate::fault::Failure;
use crate::primitives::json_of;
use crate::run::{Answer, End};
use rhai::{Dynamic, ImmutableString, NativeCallContext};

/// The pattern of a defined reply, to which `then` adds the next answer.
#[derive(Debug, Clone)]
struct Reply(ImmutableString);

fn output(value: &Dynamic) -> String {
    if value.is_string() {
        value.to_string()
    } else {
        json_of(value).to_string()
    }
}

fn failure(pattern: &str, code: i64, stderr: &str) -> Result<Answer, Failure> {
    let code = i32::try_from(code).unwrap_or(-1);
    if code < 0 || (code == 0 && !pattern.starts_with("http ")) {
        let hint = "0 means success; only for `http` it means that the server does not answer";
        return Err(Failure::recipe("`fails` takes an exit code from 1 up").with_hint(hint));
    }
    Ok(Answer::ends(End::Failed(code), stderr))
}

/// Registers the functions.
pub(super) fn register(api: &mut Api<'_>) {
    const REPLY_DOCS: &str = "/// Defines the answer to a command, request or question: text, or a value converted to JSON.\n\
        /// `*` in the command matches any text. The last definition wins.";
    const FAILS_DOCS: &str = "/// Makes a command fail with this exit code and standard error. For `http` the code is the\n\
        /// status, or 0 if the server does not answer.";
    const THEN_DOCS: &str = "/// Adds the answer for the next call: `fails(\"x\", 1).then(\"\")`. The last answer is repeated.";
    const THEN_FAILS_DOCS: &str = "/// Makes the next call fail.";
    api.engine.register_type_with_name::<Reply>("Reply");
    api.any(
        "reply",
        &["command: string", "output: any", "Reply"],
        REPLY_DOCS,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString, value: Dynamic| {
                let own = session.is_called_by_the_test(&ctx);
                session.with_current_case(&ctx, |case| {
                    case.reply(&command, Answer::prints(output(&value)), own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    api.any(
        "fails",
        &["command: string", "code: int", "Reply"],
        FAILS_DOCS,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString, code: i64| {
                let own = session.is_called_by_the_test(&ctx);
                session.with_current_case(&ctx, |case| {
                    case.reply(&command, failure(&command, code, "")?, own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    let params = ["command: string", "code: int", "stderr: string", "Reply"];
    api.any("fails", &params, FAILS_DOCS, |session| {
        move |ctx: NativeCallContext<'_>,
              command: ImmutableString,
              code: i64,
              stderr: ImmutableString| {
            let own = session.is_called_by_the_test(&ctx);
            session.with_current_case(&ctx, |case| {
                case.reply(&command, failure(&command, code, &stderr)?, own);
                Ok(Reply(command.clone()))
            })
        }
    });
    let docs = "/// Makes a command exceed its timeout.";
    api.any(
        "times_out",
        &["command: string", "Reply"],
        docs,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString| {
                let own = session.is_called_by_the_test(&ctx);
                session.with_current_case(&ctx, |case| {
                    case.reply(&command, Answer::ends(End::TimedOut, ""), own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    api.any(
        "then",
        &["reply: Reply", "output: any", "Reply"],
        THEN_DOCS,
        |session| {
            move |ctx: NativeCallContext<'_>, reply: Reply, value: Dynamic| {
                session.with_current_case(&ctx, |case| {
                    case.reply_then(&reply.0, Answer::prints(output(&value)));
                    Ok(reply.clone())
                })
            }
        },
    );
    let params = ["reply: Reply", "code: int", "Reply"];
    api.any("then_fails", &params, THEN_FAILS_DOCS, |session| {
        move |ctx: NativeCallContext<'_>, reply: Reply, code: i64| {
            session.with_current_case(&ctx, |case| {
                case.reply_then(&reply.0, failure(&reply.0, code, "")?);
                Ok(reply.clone())
            })
        }
    });
    let params = ["reply: Reply", "code: int", "stderr: string", "Reply"];
    api.any("then_fails", &params, THEN_FAILS_DOCS, |session| {
        move |ctx: NativeCallContext<'_>, reply: Reply, code: i64, stderr: ImmutableString| {
            session.with_current_case(&ctx, |case| {
                case.reply_then(&reply.0, failure(&reply.0, code, &stderr)?);
                Ok(reply.clone())
            })
        }
    });
}
