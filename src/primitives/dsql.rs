//! `psql_dsql`: Aurora DSQL, and plain PostgreSQL by its URL.

use super::api::{Api, Call, Thrown};
use super::args::Opts;
use super::dsql_outcome::{recorded, result};
use super::env::lookup;
use crate::fault::{Failure, Kind, Unknown};
use crate::process::Token;
use crate::run::{Event, Level, Reporter, enter, frame, show_duration};
use copilot_dsql::{self as dsql, ApplyOptions, ConnectOptions, Outcome, Script, SslMode, Target};
use rhai::{Dynamic, Map, NativeCallContext};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// The port of PostgreSQL, and of DSQL.
const PORT: u16 = 5432;

/// How often a waiting thread looks for a request to stop.
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn failure(error: &dsql::Error) -> Failure {
    let kind = match error {
        dsql::Error::MissingCredentials { .. } | dsql::Error::MissingRegion { .. } => Kind::Missing,
        dsql::Error::Io { .. } => Kind::File,
        _ => Kind::Dsql,
    };
    Failure {
        hint: error.hint(),
        ..Failure::new(kind, error.to_string())
    }
}

/// Runs `future` on a thread of its own, in a runtime of its own. `cancel` resolves when the
/// recipe is asked to stop; the future is then waited for, so it must end soon.
pub(super) fn block_on<T, F>(
    call: Call<'_>,
    future: impl FnOnce(Cancel) -> F + Send + 'static,
) -> Thrown<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, dsql::Error>>,
{
    let (stop, cancel) = tokio::sync::oneshot::channel();
    let (tell, done) = channel();
    let frame = frame();
    let token: Arc<Token> = Arc::clone(&frame.token);
    std::thread::spawn(move || {
        let _frame = enter(frame);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let result = match runtime {
            Ok(runtime) => runtime
                .block_on(future(cancel))
                .map_err(|error| failure(&error)),
            Err(error) => Err(Failure::new(
                Kind::Dsql,
                format!("cannot start a runtime: {error}"),
            )),
        };
        // The receiver waits for it.
        let _received = tell.send(result);
    });
    let mut stop = Some(stop);
    loop {
        match done.recv_timeout(LOOK) {
            Ok(_) if token.stop().is_some() => return call.stopped(),
            Ok(result) => return call.check(result),
            Err(RecvTimeoutError::Disconnected) => {
                return call.throw(Failure::new(
                    Kind::Dsql,
                    "the connection's thread has ended",
                ));
            }
            Err(RecvTimeoutError::Timeout) => {
                if token.stop().is_some()
                    && let Some(stop) = stop.take()
                {
                    // It may have ended in this moment.
                    let _heard = stop.send(());
                }
            }
        }
    }
}

pub(super) type Cancel = tokio::sync::oneshot::Receiver<()>;

/// Where credentials come from, as far as `dev/.env` says it too: what is only there, the SDK does
/// not see.
#[derive(Default)]
pub(super) struct Aws {
    profile: Option<String>,
    credentials: Option<PathBuf>,
}

impl Aws {
    pub(super) fn read(call: Call<'_>) -> Result<Self, Failure> {
        let file = lookup(call, "AWS_SHARED_CREDENTIALS_FILE")?;
        Ok(Self {
            profile: lookup(call, "AWS_PROFILE")?,
            credentials: file.map(|file| call.run.path(file)),
        })
    }

    pub(super) async fn config(&self, region: Option<&str>) -> dsql::SdkConfig {
        dsql::sdk_config_with(self.profile.as_deref(), region, self.credentials.as_deref()).await
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
        let mut opts = Opts::new("psql_dsql", map);
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
            ..ApplyOptions::default()
        };
        let reads = opts.flag("reads")?;
        opts.end()?;
        // A plain PostgreSQL needs nothing of AWS, and nothing of dev/.env.
        let aws = match target {
            Target::Dsql { .. } => Aws::read(call)?,
            Target::Url(_) => Aws::default(),
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
            self.connect.aws = Some(self.aws.config(self.region.as_deref()).await);
        }
        let script = Script {
            sql: &self.sql,
            name: self.name.as_deref(),
        };
        let mut progress = |event: dsql::Event<'_>| say(&reporter, &event);
        let cancel = async {
            if cancel.await.is_err() {
                // Nobody can ask any more.
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
            port: port.as_deref().map_or(Ok(PORT), port_number)?,
            user: user.unwrap_or_else(|| "admin".to_owned()),
            database: database.unwrap_or_else(|| "postgres".to_owned()),
            region,
            sslmode,
        }),
        (None, Some(url)) => Ok(Target::Url(url)),
        _ => Err(Failure::recipe("`psql_dsql` needs `endpoint` or `url`")),
    }
}

/// How a connection is secured. A user may have written it, in `dev/.env`.
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
            let path: PathBuf = call.run.path(&file);
            let sql = std::fs::read_to_string(&path).map_err(|error| {
                Failure::new(Kind::File, format!("cannot read {file}: {error}"))
            })?;
            Ok((sql, Some(file)))
        }
        _ => Err(Failure::recipe("`psql_dsql` needs `file` or `sql`")),
    }
}

/// Says what takes time.
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
    call.still_wanted()?;
    if call.dry() && (!reads || not_known) {
        call.run.reporter.command(&display, false);
        return Ok(Unknown::value(display));
    }
    if !reads {
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
pub fn register(api: &mut Api<'_>) {
    let run = Arc::clone(&api.run);
    api.add(
        "psql_dsql",
        &["opts: map", "map"],
        "/// Runs SQL on Aurora DSQL, or on a plain PostgreSQL.\n\
         ///\n\
         /// Signs the token, verifies the server, runs each statement in a transaction of its\n\
         /// own, waits for index jobs, retries conflicts. It needs `endpoint` or\n\
         /// `url`, and `file` or `sql`.\n\
         ///\n\
         /// Options:\n\
         /// - `endpoint: string`: the host of the cluster.\n\
         /// - `port: int`: 5432 by default; also as text.\n\
         /// - `user: string`: `admin` by default.\n\
         /// - `database: string`: `postgres` by default.\n\
         /// - `region: string`: of the cluster; AWS's own settings by default.\n\
         /// - `url: string`: a plain PostgreSQL instead. Its password may also be in PGPASSWORD.\n\
         /// - `file: string`: the file with the statements.\n\
         /// - `sql: string`: the statements.\n\
         /// - `sslmode: string`: `verify-full`, or `require`, which is for this machine only.\n\
         /// - `sslrootcert: string`: the file with the authority that signs the server.\n\
         /// - `connect_timeout: string`: as \"10s\".\n\
         /// - `timeout: string`: of a statement.\n\
         /// - `reads: bool`: true if it changes nothing, and so runs in a dry run too.\n\
         ///\n\
         /// Returns `#{ changed, applied, unchanged, retried, rows }`; `rows` are those of the last\n\
         /// statement that gives any, as maps. An error names file, line and statement.\n\
         ///\n\
         /// Changes: a dry run prints it.",
        move |ctx: NativeCallContext<'_>, opts: Map| psql_dsql(Call::new(&run, &ctx), opts),
    );
}
