//! The routes of the API.

use super::{
    answer::{Refusal, page},
    now::{Now, utc},
    params::Params,
    services::services,
};
use crate::{
    config::Config,
    store::Store,
    telemetry::{Metrics, expose},
};
use axum::{
    Router,
    extract::{MatchedPath, RawQuery, Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use time::OffsetDateTime;

/// Served at `/openapi.json`.
const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

struct Api {
    config: Config,
    store: Store,
    metrics: Metrics,
}

type Shared = State<Arc<Api>>;
type Answer = Result<Response, Refusal>;

/// Builds the router with every route.
pub fn router(config: Config, store: Store, metrics: Metrics) -> Router {
    let api = Arc::new(Api {
        config,
        store,
        metrics,
    });
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/status", get(status))
        .route("/status/summary", get(summary))
        .route("/status/services", get(services_page))
        .route("/status/issues", get(issues))
        .route("/status/signals", get(signals))
        .route("/status/timeline", get(timeline))
        .route("/status/events", get(events))
        .route("/metrics", get(metrics_page))
        .route("/openapi.json", get(openapi))
        .fallback(async |uri: Uri| Refusal::not_found(uri.path()))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .layer(from_fn_with_state(api.clone(), count_and_allow_origins))
        .with_state(api)
}

/// Counts the response, and allows every origin (such as Grafana's) to read it: the API changes
/// nothing, and its responses do not depend on the caller.
async fn count_and_allow_origins(State(api): Shared, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let matched = request.extensions().get::<MatchedPath>();
    let path = matched.map_or("other".to_owned(), |path| path.as_str().to_owned());
    let preflight = method == "OPTIONS"
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = if preflight {
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    let any = HeaderValue::from_static("*");
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    api.metrics
        .answered(method, &path, answer.status().as_u16(), began.elapsed());
    answer
}

async fn health(RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    Ok(page(&json!({ "status": "ok" })))
}

async fn ready(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    api.store.ping().await?;
    Ok(page(&json!({ "status": "ready" })))
}

async fn status(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    let now = Now::read(&api.store, &api.config).await?;
    Ok(page(&json!({
        "state": now.state.name(),
        "since": now.since.map(utc),
        "observed_at": now.snapshot.as_ref().map(|snapshot| utc(snapshot.at)),
        "summary": now.summary(),
        "confidence": now.confidence(),
    })))
}

async fn summary(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    let now = Now::read(&api.store, &api.config).await?;
    let said = now.assessment.as_ref();
    Ok(page(&json!({
        "state": now.state.name(),
        "since": now.since.map(utc),
        "what": said.map_or_else(|| now.summary(), |it| it.what.clone()),
        "cause": said.and_then(|it| it.cause.clone()),
        "action": said.and_then(|it| it.action.clone()),
        "source": said.map_or("template", |it| it.source.as_str()),
        "confidence": now.confidence(),
    })))
}

async fn services_page(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    let now = Now::read(&api.store, &api.config).await?;
    Ok(page(&json!({ "services": services(&now, &api.config) })))
}

async fn issues(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    let limit = Params::parse(query.as_deref(), &["limit"])?.limit()?;
    let open = api.store.open_issues(&api.config.cluster, limit).await?;
    let rows: Vec<_> = open
        .into_iter()
        .map(|issue| {
            json!({
                "severity": issue.severity,
                "service": issue.service,
                "title": issue.title,
                "evidence": issue.evidence,
                "action": issue.action,
                "since": utc(issue.since),
            })
        })
        .collect();
    Ok(page(&json!({ "issues": rows })))
}

async fn signals(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    let now = Now::read(&api.store, &api.config).await?;
    Ok(page(&json!({ "signals": now.signals(&api.config) })))
}

async fn timeline(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    let params = Params::parse(query.as_deref(), &["from", "to", "limit"])?;
    let (from, to) = params.span(OffsetDateTime::now_utc())?;
    let limit = params.limit()?;
    let changes = api
        .store
        .timeline(&api.config.cluster, from, to, limit)
        .await?;
    let entries: Vec<_> = changes
        .into_iter()
        .map(|entry| {
            json!({
                "at": utc(entry.at),
                "from": entry.from.name(),
                "to": entry.to.name(),
                "summary": entry.summary,
                "confidence": entry.confidence,
            })
        })
        .collect();
    Ok(page(&json!({ "entries": entries })))
}

async fn events(State(api): Shared, RawQuery(query): RawQuery) -> Answer {
    let params = Params::parse(query.as_deref(), &["from", "to", "limit"])?;
    let (from, to) = params.span(OffsetDateTime::now_utc())?;
    let limit = params.limit()?;
    let cluster = &api.config.cluster;
    let happened = api.store.events(cluster, from, to, limit).await?;
    let rows: Vec<_> = happened
        .into_iter()
        .map(|event| {
            json!({
                "at": utc(event.at),
                "service": event.service,
                "kind": event.kind,
                "text": event.text,
            })
        })
        .collect();
    Ok(page(&json!({ "events": rows })))
}

async fn metrics_page(State(api): Shared) -> Answer {
    exposed(&api.metrics)
}

/// The metrics in Prometheus' text format.
fn exposed(metrics: &Metrics) -> Answer {
    let text = expose(metrics).map_err(Refusal::unavailable)?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, text).into_response())
}

async fn openapi(RawQuery(query): RawQuery) -> Answer {
    Params::parse(query.as_deref(), &[])?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, OPENAPI).into_response())
}
