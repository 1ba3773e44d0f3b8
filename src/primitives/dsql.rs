//! `psql_dsql`: Aurora DSQL, and plain PostgreSQL by its URL.

use super::api::{Api, Call, Thrown};
use super::crashed::lock_checkout;
use super::dsql_outcome::{OUTCOME_KEYS, recorded, result};
use super::dsql_parameters::parameters;
use super::dsql_runtime::{Cancel, block_on};
use super::invoke::READS;
use super::options::Opts;
use super::spec::{Argument, Effect, EffectRule, Opt, Primitive, Shape, Type};
use super::variables::{Variables, lookup};
use crate::fault::{Failure, Kind, Unknown};
use crate::run::{Event, Level, Reporter, frame, show_duration};
use copilot_dsql::{
    self as dsql, ApplyOptions, AwsSettings, ConnectOptions, Outcome, Script, SslMode, Target,
};
use rhai::{Dynamic, Map, NativeCallContext};
use std::sync::Arc;

/// The port of PostgreSQL, and of DSQL.
const DEFAULT_PORT: u16 = 5432;

pub(super) const USER: Opt = Opt::new("user", Shape::Text, "the role; `admin` by default.");
pub(super) const REGION: Opt = Opt::new(
    "region",
    Shape::Text,
    "the region of the cluster; by default the one of the AWS settings.",
);

pub(super) const PSQL_DSQL: Primitive = Primitive {
    name: "psql_dsql",
    forms: &[&[Argument::OPTIONS]],
    returns: Type::Map,
    keys: &OUTCOME_KEYS,
    docs: "Runs SQL on Aurora DSQL, or on a plain PostgreSQL.\n\
        \n\
        Signs the token, verifies the server, runs each statement in a transaction of its own,\n\
        waits for index jobs, retries conflicts. It needs `endpoint` or `url`, and `file` or `sql`.\n\
        \n\
        Returns `#{ changed, applied, unchanged, retried, rows }`; `rows` is the result of the last\n\
        query, an array of maps, possibly empty; of two columns with one name the later one is kept.\n\
        `numeric` values are text. Notices of the server are shown, except those of statements that\n\
        had nothing to do. An error names the file, line and statement.\n\
        \n\
        A dry run prints the call instead.",
    options: &[&[
        Opt::new("endpoint", Shape::Text, "the host name of the cluster."),
        Opt::new(
            "port",
            Shape::Parsed(Type::Int, |text| port_number(text).map(drop)),
            "5432 by default; text is accepted too.",
        )
        .not_with("url"),
        USER.not_with("url"),
        Opt::new("database", Shape::Text, "`postgres` by default.").not_with("url"),
        REGION.not_with("url"),
        Opt::new(
            "url",
            Shape::Text,
            "a plain PostgreSQL instead, with user, port, database and `?sslmode=` in the URL. Its password \
            may also be in PGPASSWORD.",
        ),
        Opt::new("file", Shape::Text, "the file with the statements."),
        Opt::new("sql", Shape::Text, "the statements."),
        Opt::new(
            "params",
            Shape::Own {
                check: |value| parameters(value).map(drop),
                keys: &[],
            },
            "an array of values for `$1`, `$2`… in the statements: text, numbers, bools, `()` for NULL.",
        ),
        Opt::new(
            "transaction",
            Shape::Flag,
            "true to run all statements in one transaction, which Aurora DSQL cannot.",
        )
        .not_with("endpoint"),
        Opt::new(
            "sslmode",
            Shape::Parsed(Type::Text, |text| ssl_mode(text).map(drop)),
            "`verify-full`, or `require`, which is only for a server on this machine.",
        )
        .not_with("url"),
        Opt::new(
            "sslrootcert",
            Shape::Text,
            "the file with the authority that signs the server's certificate.",
        ),
        Opt::new(
            "connect_timeout",
            Shape::Time,
            "the longest time a connection may take, such as \"10s\".",
        ),
        Opt::new(
            "timeout",
            Shape::Time,
            "the longest time one statement may take.",
        ),
        READS,
    ]],
    effect: EffectRule::Always(Effect::Changes),
};

/// Where credentials come from. The SDK does not see variables that are only in `.env`, so they
/// are read here.
#[derive(Default)]
pub(super) struct Aws(AwsSettings);

impl Aws {
    pub(super) fn read(call: Call<'_>) -> Result<Self, Failure> {
        let variables = Variables::of_run(call.run)?;
        let get = |name: &str| variables.get(name);
        let secret = |name: &str| get(name).map(dsql::Secret::new);
        let file = get("AWS_SHARED_CREDENTIALS_FILE");
        let keys = get("AWS_ACCESS_KEY_ID").zip(secret("AWS_SECRET_ACCESS_KEY"));
        Ok(Self(AwsSettings {
            profile: get("AWS_PROFILE"),
            region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
            credentials_file: file.map(|file| call.run.path(file)),
            keys: keys.map(|(id, key)| (id, key, secret("AWS_SESSION_TOKEN"))),
        }))
    }

    pub(super) async fn config(mut self, region: Option<String>) -> dsql::SdkConfig {
        self.0.region = region.or(self.0.region);
        dsql::sdk_config_with(&self.0).await
    }
}

/// What `psql_dsql` is asked to do.
struct Job {
    target: Target,
    connect: ConnectOptions,
    aws: Aws,
    region: Option<String>,
    apply: ApplyOptions,
    sql: String,
    name: Option<String>,
    reads: bool,
}

impl Job {
    fn read(call: Call<'_>, map: Map) -> Result<Self, Failure> {
        let mut opts = Opts::new(&PSQL_DSQL, map);
        let region = opts.text("region")?;
        let target = target(&mut opts, region.clone())?;
        let (sql, name) = sql(call, &mut opts)?;
        let mut connect = ConnectOptions {
            sslrootcert: opts.text("sslrootcert")?.map(|path| call.run.path(path)),
            ..ConnectOptions::default()
        };
        if let Some(timeout) = opts.duration("connect_timeout")? {
            connect.timeout = timeout;
        }
        let apply = ApplyOptions {
            statement_timeout: opts.duration("timeout")?,
            parameters: opts
                .take("params")
                .map_or(Ok(Vec::new()), |value| parameters(&value))?,
            transaction: opts.flag("transaction")?,
            ..ApplyOptions::default()
        };
        let reads = opts.flag("reads")?;
        opts.end()?;
        // A plain PostgreSQL needs nothing of AWS.
        let aws = match target {
            Target::Dsql { .. } => Aws::read(call)?,
            Target::Url(_) => {
                let password = lookup(call, "PGPASSWORD")?;
                connect.password = password.map(dsql::Secret::new);
                Aws::default()
            }
        };
        Ok(Self {
            target,
            connect,
            aws,
            region,
            apply,
            sql,
            name,
            reads,
        })
    }

    fn display(&self) -> String {
        let what = match &self.name {
            Some(file) => format!("--file {file}"),
            None => format!("--command {:?}", self.sql),
        };
        format!("psql_dsql {} {what}", self.target)
    }

    async fn run(
        mut self,
        reporter: Arc<Reporter>,
        cancel: Cancel,
    ) -> Result<Outcome, dsql::Error> {
        if matches!(self.target, Target::Dsql { .. }) {
            let aws = std::mem::take(&mut self.aws);
            self.connect.aws = Some(aws.config(self.region.clone()).await);
        }
        let script = Script {
            sql: &self.sql,
            name: self.name.as_deref(),
        };
        let mut progress = |event: dsql::Event<'_>| say(&reporter, &event);
        let cancel = async {
            if cancel.await.is_err() {
                // Nobody can cancel any more.
                std::future::pending::<()>().await;
            }
        };
        dsql::apply(
            &self.target,
            &self.connect,
            script,
            &self.apply,
            &mut progress,
            cancel,
        )
        .await
    }
}

fn target(opts: &mut Opts<'_>, region: Option<String>) -> Result<Target, Failure> {
    let (endpoint, url) = (opts.text("endpoint")?, opts.text("url")?);
    let port = opts.text("port")?;
    let user = opts.text("user")?;
    let database = opts.text("database")?;
    let sslmode = match opts.text("sslmode")? {
        None => SslMode::VerifyFull,
        Some(text) => ssl_mode(&text)?,
    };
    match (endpoint, url) {
        (Some(endpoint), None) => Ok(Target::Dsql {
            endpoint,
            port: port.as_deref().map_or(Ok(DEFAULT_PORT), port_number)?,
            user: user.unwrap_or_else(|| "admin".to_owned()),
            database: database.unwrap_or_else(|| "postgres".to_owned()),
            region,
            sslmode,
        }),
        (None, Some(url)) => Ok(Target::Url(url)),
        (None, None) => Err(Failure::recipe("`psql_dsql` needs `endpoint` or `url`")),
        (Some(_), Some(_)) => Err(Failure::recipe(
            "`psql_dsql` takes `endpoint` or `url`, not both",
        )),
    }
}

/// How a connection is secured. The user may have set it in `dev/.env`, so it is a usage error.
pub(super) fn ssl_mode(text: &str) -> Result<SslMode, Failure> {
    match text {
        "verify-full" => Ok(SslMode::VerifyFull),
        "require" => Ok(SslMode::Require),
        _ => {
            let message =
                format!("`psql_dsql`: the sslmode {text:?} is not `verify-full` or `require`");
            Err(Failure::new(Kind::Usage, message))
        }
    }
}

/// A port often comes from `dev/.env`, so it is text as well as a number.
pub(super) fn port_number(text: &str) -> Result<u16, Failure> {
    text.parse().map_err(|_| {
        Failure::new(
            Kind::Dsql,
            format!("{text:?} is not a port: a number from 1 to 65535"),
        )
    })
}

fn sql(call: Call<'_>, opts: &mut Opts<'_>) -> Result<(String, Option<String>), Failure> {
    match (opts.text("sql")?, opts.text("file")?) {
        (Some(sql), None) => Ok((sql, None)),
        (None, Some(file)) => {
            let path = call.run.path(&file);
            let sql = std::fs::read_to_string(&path).map_err(|error| {
                Failure::new(Kind::File, format!("cannot read {file}: {error}"))
            })?;
            Ok((sql, Some(file)))
        }
        _ => Err(Failure::recipe("`psql_dsql` needs `file` or `sql`")),
    }
}

/// Reports what takes time.
fn say(reporter: &Reporter, event: &dsql::Event<'_>) {
    match event {
        dsql::Event::Retrying {
            attempt,
            pause,
            error,
            ..
        } => {
            let again = show_duration(*pause);
            let text = format!("attempt {attempt} failed: {error}; retrying in {again}");
            reporter.message(Level::Warning, &text);
        }
        dsql::Event::Notice {
            statement,
            severity,
            message,
        } => {
            let text = format!("line {}: {severity}: {message}", statement.line);
            let level = if *severity == "WARNING" {
                Level::Warning
            } else {
                Level::Info
            };
            reporter.message(level, &text);
        }
        dsql::Event::WaitingForIndex { statement, job } => {
            let text = format!("line {}: waiting for the index job {job}", statement.line);
            reporter.event(&Event::Waiting {
                step: frame().step.as_deref(),
                text: &text,
            });
            reporter.detail(&text);
        }
        dsql::Event::Finished(done) => {
            let dsql::Applied {
                index,
                total,
                statement,
                effect,
                took,
            } = done;
            let effect = match effect {
                dsql::Effect::Applied => "applied",
                dsql::Effect::Unchanged => "unchanged",
                dsql::Effect::Read => "read",
            };
            let (line, took) = (statement.line, show_duration(*took));
            reporter.detail(&format!(
                "statement {index} of {total}, line {line}: {effect} ({took})"
            ));
        }
        _ => {}
    }
}

fn psql_dsql(call: Call<'_>, map: Map) -> Thrown<Dynamic> {
    let not_known = call.dry() && map.values().any(Dynamic::is::<Unknown>);
    let job = call.check(Job::read(call, map))?;
    let (display, reads) = (job.display(), job.reads);
    call.check_stopped()?;
    if call.dry() && (!reads || not_known) {
        call.run.reporter.command(&display, false);
        return Ok(Unknown::value(display));
    }
    if !reads {
        lock_checkout(call)?;
        call.check_stopped()?;
        call.run.reporter.command(&display, true);
    }
    let name = job.name.clone();
    let outcome = if let Some(answer) = call.run.outside.recorded(&display, !reads) {
        call.check(recorded(&answer, reads))?
    } else {
        let reporter = Arc::clone(&call.run.reporter);
        block_on(call, move |cancel| job.run(reporter, cancel))?
    };
    if !reads && let Some(name) = name {
        let Outcome {
            applied, unchanged, ..
        } = &outcome;
        let text = format!("{name}: {applied} applied, {unchanged} unchanged");
        call.run.reporter.message(Level::Info, &text);
    }
    Ok(result(outcome))
}

/// Registers `psql_dsql`.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&PSQL_DSQL, |run| {
        move |ctx: NativeCallContext<'_>, opts: Map| psql_dsql(Call::new(&run, &ctx), opts)
    });
}
