//! `http` and `wait_http`: requests.

use super::api::{Api, Call, Thrown};
use super::args::{duration, text_argument};
use super::crashed::lock_checkout;
use super::http_request::{Answer, Request};
use super::invoke::READS_OVERRIDE;
use super::options::Opts;
use super::secret::without_password;
use super::spec::{Argument, Effect, EffectRule, Meaning, Opt, Primitive, Shape, Type};
use super::value::{from_json, keyed_map, to_json};
use crate::fault::{Failure, Kind, Unknown};
use crate::run::{Event, frame, show_duration};
use rhai::{Dynamic, ImmutableString, Map, NativeCallContext};
use std::slice::from_ref;
use std::time::{Duration, Instant};
use ureq::http;

/// How long a request may take, unless the recipe says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one attempt of `wait_http` may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause between two attempts of `wait_http`.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);

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
        body is not JSON. Redirects are followed. A user and a password in the URL are sent as basic\n\
        authentication.\n\
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
            "ca",
            Shape::Text,
            "the file with the only authorities to trust, instead of SSL_CERT_FILE and SSL_CERT_DIR.",
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
        let mut request = Request {
            method,
            headers,
            ca: opts.text("ca")?.map(|file| call.run.path(file)),
            ..Request::get(call, url, timeout)?
        };
        let says_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
        if json.is_some() && !request.headers.iter().any(says_type) {
            request
                .headers
                .push(("content-type".to_owned(), "application/json".to_owned()));
        }
        request.body = json.or(text).unwrap_or_default().into_bytes();
        opts.end()?;
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
        lock_checkout(call)?;
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
    // Waiting does not make an invalid URL valid.
    let request = call.check(Request::get(call, url, timeout))?;
    if let Err(reason) = request.check() {
        return call.throw(Failure::new(Kind::Http, format!("{shown}: {reason}")));
    }
    call.run.reporter.event(&Event::Waiting {
        step: frame().step.as_deref(),
        text: &shown,
    });
    if !call.run.reporter.quiet() {
        call.run.reporter.text(&format!("waiting for {shown}"));
    }
    let begun = Instant::now();
    loop {
        let left = timeout
            .saturating_sub(begun.elapsed())
            .clamp(Duration::from_millis(100), ATTEMPT_TIMEOUT);
        let request = Request {
            timeout: left,
            ..request.clone()
        };
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
