//! `reply`, `fails`, `times_out`, and `then`: what the recorder answers.

use super::api::Api;
use crate::fault::Failure;
use crate::primitives::json_of;
use crate::run::{Answer, End};
use rhai::{Dynamic, ImmutableString, NativeCallContext};

/// What was said of a command, to say what it answers the next time.
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
        let hint = "0 is success; for `http` it says that nothing answers";
        return Err(Failure::recipe("`fails` takes the code of a failure").with_hint(hint));
    }
    Ok(Answer::ends(End::Failed(code), stderr))
}

/// Registers them.
pub fn register(api: &mut Api<'_>) {
    const REPLY: &str = "/// What a command, request or question is answered with: text, or a value that is made JSON.\n\
        /// `*` in the command stands for any text. What is said last counts.";
    const FAILS: &str = "/// A command that fails with this code, and this on standard error. For `http` the code is\n\
        /// the status, 0 where nothing answers.";
    const THEN: &str = "/// What it is answered with the next time: `fails(\"x\", 1).then(\"\")`. The last answer stays.";
    const THEN_FAILS: &str = "/// How it fails the next time.";
    api.engine.register_type_with_name::<Reply>("Reply");
    api.any(
        "reply",
        &["command: string", "output: any", "Reply"],
        REPLY,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString, value: Dynamic| {
                let own = session.is_said_by_the_test(&ctx);
                session.within(&ctx, |case| {
                    case.tell(&command, Answer::prints(output(&value)), own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    api.any(
        "fails",
        &["command: string", "code: int", "Reply"],
        FAILS,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString, code: i64| {
                let own = session.is_said_by_the_test(&ctx);
                session.within(&ctx, |case| {
                    case.tell(&command, failure(&command, code, "")?, own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    let params = ["command: string", "code: int", "stderr: string", "Reply"];
    api.any("fails", &params, FAILS, |session| {
        move |ctx: NativeCallContext<'_>,
              command: ImmutableString,
              code: i64,
              stderr: ImmutableString| {
            let own = session.is_said_by_the_test(&ctx);
            session.within(&ctx, |case| {
                case.tell(&command, failure(&command, code, &stderr)?, own);
                Ok(Reply(command.clone()))
            })
        }
    });
    let docs = "/// A command that takes longer than it may.";
    api.any(
        "times_out",
        &["command: string", "Reply"],
        docs,
        |session| {
            move |ctx: NativeCallContext<'_>, command: ImmutableString| {
                let own = session.is_said_by_the_test(&ctx);
                session.within(&ctx, |case| {
                    case.tell(&command, Answer::ends(End::TimedOut, ""), own);
                    Ok(Reply(command.clone()))
                })
            }
        },
    );
    api.any(
        "then",
        &["reply: Reply", "output: any", "Reply"],
        THEN,
        |session| {
            move |ctx: NativeCallContext<'_>, reply: Reply, value: Dynamic| {
                session.within(&ctx, |case| {
                    case.tell_then(&reply.0, Answer::prints(output(&value)));
                    Ok(reply.clone())
                })
            }
        },
    );
    let params = ["reply: Reply", "code: int", "Reply"];
    api.any("then_fails", &params, THEN_FAILS, |session| {
        move |ctx: NativeCallContext<'_>, reply: Reply, code: i64| {
            session.within(&ctx, |case| {
                case.tell_then(&reply.0, failure(&reply.0, code, "")?);
                Ok(reply.clone())
            })
        }
    });
    let params = ["reply: Reply", "code: int", "stderr: string", "Reply"];
    api.any("then_fails", &params, THEN_FAILS, |session| {
        move |ctx: NativeCallContext<'_>, reply: Reply, code: i64, stderr: ImmutableString| {
            session.within(&ctx, |case| {
                case.tell_then(&reply.0, failure(&reply.0, code, &stderr)?);
                Ok(reply.clone())
            })
        }
    });
}
