//! `dsql_token`: a password for Aurora DSQL.

use super::api::{Api, Call, Thrown};
use super::dsql::{Aws, REGION, USER};
use super::dsql_runtime::{block_on, failure};
use super::options::Opts;
use super::secret::mask;
use super::spec::{Argument, Effect, EffectRule, Opt, Primitive, Shape, Type};
use copilot_dsql as dsql;
use rhai::{Map, NativeCallContext};

pub(super) const DSQL_TOKEN: Primitive = Primitive {
    name: "dsql_token",
    forms: &[&[Argument::OPTIONS]],
    returns: Type::Text,
    docs: "Signs a token for Aurora DSQL, without a request. It is a password: pass it by `env` or\n\
        `stdin` of `exec`, not in arguments.",
    options: &[&[
        Opt::required("endpoint", Shape::Text, "the host name of the cluster."),
        USER,
        REGION,
        Opt::new(
            "expires",
            Shape::Time,
            "how long the token is valid, such as \"15m\".",
        ),
    ]],
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

fn dsql_token(call: Call<'_>, map: Map) -> Thrown<String> {
    let mut opts = Opts::new(&DSQL_TOKEN, map);
    let read = (|| {
        let endpoint = opts.required("endpoint")?;
        let user = opts.text("user")?.unwrap_or_else(|| "admin".to_owned());
        let region = opts.text("region")?;
        let expires = opts
            .duration("expires")?
            .unwrap_or(dsql::DEFAULT_TOKEN_LIFETIME);
        opts.end()?;
        Ok((endpoint, user, region, expires, Aws::read(call)?))
    })();
    let (endpoint, user, region, expires, aws) = call.check(read)?;
    let line = format!("dsql_token {user}@{endpoint}");
    if let Some(answer) = call.run.outside.recorded(&line, false) {
        if answer.ok() {
            return Ok(answer.stdout);
        }
        let reason = answer.stderr_or("none are found");
        return call.throw(failure(&dsql::Error::MissingCredentials { reason }));
    }
    let token = block_on(call, move |cancel| async move {
        let sign = async {
            let config = aws.config(region.clone()).await;
            dsql::sign(&config, &endpoint, &user, region.as_deref(), expires).await
        };
        tokio::select! {
            token = sign => token,
            Ok(()) = cancel => Err(dsql::Error::Cancelled),
        }
    })?;
    mask(call, token.expose());
    Ok(token.expose().to_owned())
}

pub(super) fn register(api: &mut Api<'_>) {
    api.add(&DSQL_TOKEN, |run| {
        move |ctx: NativeCallContext<'_>, opts: Map| dsql_token(Call::new(&run, &ctx), opts)
    });
}
