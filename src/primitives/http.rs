//! `http` and `wait_http`: requests.

use super::api::{Api, Call, Thrown};
use super::args::{duration, text_argument};
use super::invoke::READS_OVERRIDE;
use super::options::Opts;
use super::secret::without_password;
use super::spec::{Argument, Effect, EffectRule, Meaning, Opt, Primitive, Shape, Type};
use super::value::{from_json, keyed_map, to_json};
use crate::fault::{Failure, Kind, Unknown};
use crate::run;
use crate::run::{End, Event, frame, show_duration};
use rhai::{Dynamic, ImmutableString, Map, NativeCallContext};
use std::net::IpAddr;
use std::slice::from_ref;
use std::time::{Duration, Instant};
use ureq::http;

/// How long a request may take, unless the recipe says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one attempt of `wait_http` may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause between two attempts of `wait_http`.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
/// The largest body taken into memory.
const MAX_BODY_BYTES: u64 = 8 * 1024 * 1024;

const METHOD: Argument = Argument::plain("method", Type::Text);
const URL: Argument = Argument::new("url", Type::Text, Meaning::Url);

/// The keys of the map that `http` returns.
const RESPONSE_KEYS: [&str; 5] = ["ok", "status", "headers", "body", "json"];

pub(super) const HTTP: Primitive = Primitive {
    name: "http",
    forms: &[&[METHOD, URL], &[METHOD, URL, Argument::OPTIONS]],
    returns: Type::Map,
    keys: &RESPONSE_KEYS,
    docs: "Sends a request and returns `#{ ok, status, headers, body, json }`; `json` is `()` if the\n\
        body is not JSON.\n\
        \n\
        A dry run sends requests that read, and prints the others.",
    options: &[&[
        Opt::new(
            "json",
            Shape::Own {
                check: |_| Ok(()),
                keys: &[],
            },
            "a value to send as JSON.",
        ),
        Opt::new("body", Shape::Text, "the text to send instead."),
        Opt::new("headers", Shape::Pairs, "headers of the request."),
        Opt::new(
            "timeout",
            Shape::Time,
            "the longest time it may take; \"30s\" by default.",
        ),
        Opt::new(
            "check",
            Shape::Flag,
            "false to return a status of 400 or more instead of throwing. Without a response the \
             status is 0, and `body` has the reason.",
        ),
        READS_OVERRIDE,
    ]],
    effect: EffectRule::ByWords {
        effect: method_effect,
        examples: &[&["GET"], &["HEAD"], &["OPTIONS"], &["POST"], &["DELETE"]],
    },
};

pub(super) const WAIT_HTTP: Primitive = Primitive {
    name: "wait_http",
    forms: &[&[URL, Argument::new("timeout", Type::Text, Meaning::Time)]],
    docs: "Waits until a GET request is answered with a status below 400; throws the last problem after\n\
        `timeout` (\"1m\").\n\
        \n\
        A dry run prints what it would wait for.",
    effect: EffectRule::Always(Effect::Reads),
    ..Primitive::BASE
};

/// What a request with this method does. Safe methods are those of RFC 9110, section 9.2.1.
fn method_effect(words: &[String]) -> Effect {
    match words.first().map(String::as_str) {
        Some("GET" | "HEAD" | "OPTIONS") => Effect::Reads,
        Some("DELETE") => Effect::Destroys,
        _ => Effect::Changes,
    }
}

struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    timeout: Duration,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn get(url: &str, timeout: Duration) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout,
        }
    }

    fn display(&self) -> String {
        format!("{} {}", self.method, without_password(&self.url))
    }

    /// Sends it, or asks the recorder of a test; until the recipe is asked to stop.
    fn send_for(self, call: Call<'_>, changes: bool) -> Thrown<Result<Answer, String>> {
        let line = format!("http {}", self.display());
        match call.run.outside.recorded(&line, changes) {
            Some(recorded) => Ok(Answer::of_test(recorded)),
            None => call.cancellable(move || self.send()),
        }
    }

    fn send(self) -> Result<Answer, String> {
        let mut config = ureq::Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .http_status_as_error(false)
            .allow_non_standard_methods(true);
        if is_this_machine(&self.url) {
            // A proxy on another machine would not reach this one.
            config = config.proxy(None);
        }
        let agent: ureq::Agent = config.build().into();
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(self.body).map_err(|error| error.to_string())?;
        let mut response = agent.run(request).map_err(|error| reason(&error))?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Ok(Answer {
            status: response.status().as_u16(),
            headers,
            body: response
                .body_mut()
                .with_config()
                .limit(MAX_BODY_BYTES)
                .read_to_vec()
                .map_err(|error| reason(&error))?,
        })
    }
}

fn is_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl Answer {
    /// The answer that a test of a recipe gives. A failure has the status as its code; a code below
    /// 100 stands for no response.
    fn of_test(recorded: run::Answer) -> Result<Self, String> {
        let (status, body) = match recorded.end {
            End::Done => (200, recorded.stdout),
            End::Failed(code) => (code, recorded.stderr),
            End::TimedOut | End::NotInstalled => return Err("timed out".to_owned()),
        };
        match u16::try_from(status) {
            Ok(status @ 100..) => Ok(Self {
                status,
                headers: Vec::new(),
                body: body.into_bytes(),
            }),
            _ => Err(body),
        }
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(source) => source.to_string(),
        ureq::Error::HostNotFound => "the host name could not be resolved".to_owned(),
        ureq::Error::Timeout(_) => "timed out".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "the response is larger than 8 MiB".to_owned(),
        other => other.to_string(),
    }
}

fn send(call: Call<'_>, method: &str, url: &Dynamic, opts: Map) -> Thrown<Dynamic> {
    let url = &call.check(text_argument("the URL of `http`", url))?;
    let mut opts = Opts::new(&HTTP, opts);
    let method = method.to_uppercase();
    let ready = (|| {
        let headers = opts.pairs("headers")?;
        let json = opts.take("json").map(|value| to_json(&value).to_string());
        let text = opts.text("body")?;
        if json.is_some() && text.is_some() {
            return Err(Failure::recipe("`http` takes `body` or `json`, not both"));
        }
        let timeout = opts.duration("timeout")?.unwrap_or(DEFAULT_TIMEOUT);
        let check = opts.optional_flag("check")?.unwrap_or(true);
        let reads = opts
            .optional_flag("reads")?
            .unwrap_or_else(|| !method_effect(from_ref(&method)).changes());
        opts.end()?;
        let mut request = Request {
            method,
            headers,
            timeout,
            ..Request::get(url, timeout)
        };
        let says_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
        if json.is_some() && !request.headers.iter().any(says_type) {
            request
                .headers
                .push(("content-type".to_owned(), "application/json".to_owned()));
        }
        request.body = json.or(text).unwrap_or_default().into_bytes();
        Ok((request, check, reads))
    })();
    let (request, check, reads) = call.check(ready)?;
    call.check_stopped()?;
    let display = request.display();
    // An address that is not known cannot be asked.
    let skip = call.dry() && (!reads || Unknown::is_in(url));
    if skip || !reads {
        call.run.reporter.command(&format!("http {display}"), !skip);
    }
    if skip {
        return Ok(Unknown::value(display));
    }
    if !reads {
        call.check(call.run.lock_checkout())?;
        call.check_stopped()?;
    }
    let answer = match request.send_for(call, !reads)? {
        Ok(answer) => answer,
        Err(reason) if check => {
            return call.throw(Failure::new(Kind::Http, format!("{display}: {reason}")));
        }
        Err(reason) => Answer {
            status: 0,
            headers: Vec::new(),
            body: reason.into_bytes(),
        },
    };
    if check && answer.status >= 400 {
        return call.throw(refused(&display, &answer));
    }
    Ok(map(answer))
}

/// Characters of a body that an error shows.
const MAX_SHOWN_CHARS: usize = 600;

fn refused(display: &str, answer: &Answer) -> Failure {
    let text: String = String::from_utf8_lossy(&answer.body)
        .trim()
        .chars()
        .take(MAX_SHOWN_CHARS)
        .collect();
    let status = status(answer.status);
    let message = if text.is_empty() {
        format!("{display}: {status}")
    } else {
        format!("{display}: {status}: {text}")
    };
    Failure {
        code: Some(i32::from(answer.status)),
        ..Failure::new(Kind::Http, message)
    }
}

fn status(code: u16) -> String {
    let known = http::StatusCode::from_u16(code).ok();
    let reason = known.and_then(|status| status.canonical_reason());
    reason.map_or_else(|| code.to_string(), |reason| format!("{code} {reason}"))
}

fn map(answer: Answer) -> Dynamic {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let json = serde_json::from_slice(&answer.body).map_or(Dynamic::UNIT, from_json);
    let headers = answer
        .headers
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()));
    let values = [
        (1..400).contains(&answer.status).into(),
        i64::from(answer.status).into(),
        headers.collect::<Map>().into(),
        text.into(),
        json,
    ];
    keyed_map(RESPONSE_KEYS, values).into()
}

fn wait_http(call: Call<'_>, url: &Dynamic, timeout: &Dynamic) -> Thrown<()> {
    let url = &call.check(text_argument("the URL of `wait_http`", url))?;
    let timeout = call.check(duration("the timeout of `wait_http`", timeout))?;
    let shown = without_password(url);
    if call.dry() {
        call.run.reporter.print_would(&format!("wait for {shown}"));
        return Ok(());
    }
    if let Some(answer) = call
        .run
        .outside
        .recorded(&format!("wait for {shown}"), false)
    {
        if answer.ok() {
            return Ok(());
        }
        let reason = answer.stderr_or(&format!("{shown} does not answer"));
        return call.throw(Failure::new(Kind::Timeout, reason));
    }
    call.run.reporter.event(&Event::Waiting {
        step: frame().step.as_deref(),
        text: &shown,
    });
    if !call.run.reporter.quiet() {
        call.run.reporter.text(&format!("waiting for {shown}"));
    }
    let begun = Instant::now();
    // Waiting does not make an invalid URL valid.
    if let Err(error) = url.parse::<http::Uri>() {
        return call.throw(Failure::new(Kind::Http, format!("{shown}: {error}")));
    }
    loop {
        let left = timeout
            .saturating_sub(begun.elapsed())
            .clamp(Duration::from_millis(100), ATTEMPT_TIMEOUT);
        let request = Request::get(url, left);
        let problem = match call.cancellable(move || request.send())? {
            Ok(answer) if answer.status < 400 => return Ok(()),
            Ok(answer) => status(answer.status),
            Err(reason) => reason,
        };
        if begun.elapsed() >= timeout {
            let limit = show_duration(timeout);
            let message = format!("{shown} does not answer after {limit}: {problem}");
            return call.throw(Failure::new(Kind::Timeout, message));
        }
        if !frame().token.sleep(ATTEMPT_PAUSE) {
            return call.stopped();
        }
    }
}

/// Registers the family.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&HTTP, |run| {
        move |ctx: NativeCallContext<'_>, method: ImmutableString, url: Dynamic| {
            send(Call::new(&run, &ctx), &method, &url, Map::new())
        }
    });
    api.add(&HTTP, |run| {
        move |ctx: NativeCallContext<'_>, method: ImmutableString, url: Dynamic, opts: Map| {
            send(Call::new(&run, &ctx), &method, &url, opts)
        }
    });
    api.add(&WAIT_HTTP, |run| {
        move |ctx: NativeCallContext<'_>, url: Dynamic, timeout: Dynamic| {
            wait_http(Call::new(&run, &ctx), &url, &timeout)
        }
    });
}
