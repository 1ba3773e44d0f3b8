//! `dsql_token`: a password for Aurora DSQL.

use super::api::{Api, Call, Thrown};
use super::args::Opts;
use super::dsql::{Aws, block_on, failure};
use copilot_dsql as dsql;
use rhai::{Map, NativeCallContext};
use std::sync::Arc;

fn dsql_token(call: Call<'_>, map: Map) -> Thrown<String> {
    let mut opts = Opts::new("dsql_token", map);
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
        let reason = answer.why("none are found");
        return call.throw(failure(&dsql::Error::MissingCredentials { reason }));
    }
    let token = block_on(call, move |cancel| async move {
        let sign = async {
            let config = aws.config(region.as_deref()).await;
            dsql::sign(&config, &endpoint, &user, region.as_deref(), expires).await
        };
        tokio::select! {
            token = sign => token,
            Ok(()) = cancel => Err(dsql::Error::Cancelled),
        }
    })?;
    Ok(token.expose().to_owned())
}

/// Registers `dsql_token`.
pub fn register(api: &mut Api<'_>) {
    let run = Arc::clone(&api.run);
    api.add(
        "dsql_token",
        &["opts: map", "string"],
        "/// Signs a token for Aurora DSQL. It is a password: hand it on by `env` or `stdin` of\n\
         /// `exec`, not in its arguments.\n\
         ///\n\
         /// Options:\n\
         /// - `endpoint: string`, required: the host of the cluster.\n\
         /// - `user: string`: `admin` by default.\n\
         /// - `region: string`: of the cluster; AWS's own settings by default.\n\
         /// - `expires: string`: how long it is good for, as \"15m\".\n\
         ///\n\
         /// Reads: signing is local.",
        move |ctx: NativeCallContext<'_>, opts: Map| dsql_token(Call::new(&run, &ctx), opts),
    );
}
