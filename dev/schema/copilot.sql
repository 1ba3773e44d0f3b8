-- The Copilot's state store.
--
-- Applied with one statement a transaction to Aurora DSQL, or to a plain
-- PostgreSQL to try it out. Every statement can be repeated: a second run
-- changes nothing.
--
-- Why it looks as it does:
--   * Keys are random UUIDs: DSQL spreads rows by key, and rising keys would
--     send every insert to one place.
--   * States are text with a CHECK rather than an enum, which DSQL does not have.
--   * Rows that refer to each other carry the id without a foreign key, so that
--     retention can delete in batches of any order under 3,000 rows.
--   * Indexes are ASYNC, the only kind DSQL builds, and have no sort order: a
--     B-tree is read backwards just as well.
--   * Constraints are part of CREATE TABLE, so that a table is never there
--     without them.

-- One row each time the state of a cluster changes, and one for each scheduled
-- assessment: the timeline.
CREATE TABLE IF NOT EXISTS health_assessments (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Makes a write that is repeated after an unknown outcome harmless: the
    -- same cycle of the same workflow writes the same key.
    idempotency_key   TEXT NOT NULL UNIQUE,
    cluster           TEXT NOT NULL,
    assessed_at       TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Unknown is a state of its own: no data is not health.
    state             TEXT NOT NULL CHECK (state IN ('happy', 'stressed', 'critical', 'unknown')),
    previous_state    TEXT CHECK (previous_state IN ('happy', 'stressed', 'critical', 'unknown')),
    -- Since when the cluster has been in this state, not when this was written.
    state_since       TIMESTAMPTZ NOT NULL,
    changed           BOOLEAN NOT NULL DEFAULT false,
    triggered_by      TEXT NOT NULL CHECK (triggered_by IN ('observation', 'schedule', 'logs')),
    -- The rules decide on primary signals; amplifiers only explain.
    primary_signals   JSONB NOT NULL,
    amplifiers        JSONB NOT NULL,
    log_patterns      JSONB,
    summary           TEXT NOT NULL,
    explanation       TEXT NOT NULL,
    likely_cause      TEXT,
    recommendation    TEXT,
    confidence        DOUBLE PRECISION NOT NULL CHECK (confidence >= 0 AND confidence <= 1),
    -- A model may word the explanation; it never sets the state.
    explained_by      TEXT NOT NULL DEFAULT 'template' CHECK (explained_by IN ('template', 'model')),
    model_id          TEXT
);

-- The timeline of a cluster, newest first, between two times.
CREATE INDEX ASYNC IF NOT EXISTS health_assessments_timeline
    ON health_assessments (cluster, assessed_at);

-- The timeline of all clusters, and what retention deletes.
CREATE INDEX ASYNC IF NOT EXISTS health_assessments_by_time
    ON health_assessments (assessed_at);

-- Changes of state only: a small part of the rows.
CREATE INDEX ASYNC IF NOT EXISTS health_assessments_changes
    ON health_assessments (cluster, assessed_at) WHERE changed;

-- What is wrong with a service, from when it was first seen until it is over.
CREATE TABLE IF NOT EXISTS issues (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Same trouble, same fingerprint: it is counted, not repeated. Unique
    -- together with `opened_at`, so that it may come back after it was over.
    fingerprint       TEXT NOT NULL,
    cluster           TEXT NOT NULL,
    service           TEXT NOT NULL,
    kind              TEXT NOT NULL,
    severity          TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    title             TEXT NOT NULL,
    description       TEXT NOT NULL,
    source            TEXT NOT NULL CHECK (source IN ('metrics', 'logs')),
    -- What it was seen in: signal values with their thresholds, or log lines.
    evidence          JSONB NOT NULL,
    likely_cause      TEXT,
    remediation       TEXT,
    occurrences       BIGINT NOT NULL DEFAULT 1 CHECK (occurrences > 0),
    opened_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_seen_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    resolved_at       TIMESTAMPTZ,
    -- The assessment that opened it. May be gone by retention.
    assessment_id     UUID,
    UNIQUE (fingerprint, opened_at),
    CHECK (resolved_at IS NULL OR resolved_at >= opened_at)
);

-- Open issues: asked for by every status request, and few.
CREATE INDEX ASYNC IF NOT EXISTS issues_open
    ON issues (cluster, severity, last_seen_at) WHERE resolved_at IS NULL;

-- History of a service.
CREATE INDEX ASYNC IF NOT EXISTS issues_by_service
    ON issues (cluster, service, opened_at);

-- What retention deletes.
CREATE INDEX ASYNC IF NOT EXISTS issues_by_resolution
    ON issues (resolved_at);

-- What happened once and is no trouble by itself, such as the start of a service.
CREATE TABLE IF NOT EXISTS cluster_events (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    cluster           TEXT NOT NULL,
    -- Start of the cycle that saw it first: the same cycle run twice is one row.
    happened_at       TIMESTAMPTZ NOT NULL,
    service           TEXT NOT NULL,
    kind              TEXT NOT NULL,
    description       TEXT NOT NULL,
    UNIQUE (cluster, happened_at, service, kind)
);

-- What retention deletes. Reading by cluster uses the unique key.
CREATE INDEX ASYNC IF NOT EXISTS cluster_events_by_time
    ON cluster_events (happened_at);

-- The signals of one cycle, as they were read.
CREATE TABLE IF NOT EXISTS metrics_snapshots (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    cluster           TEXT NOT NULL,
    -- Start of the cycle: the same cycle run twice is one row.
    taken_at          TIMESTAMPTZ NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('happy', 'stressed', 'critical', 'unknown')),
    -- Signal name to value; a signal without data is null, never 0.
    signals           JSONB NOT NULL,
    -- Names without data, so that gaps can be asked for without opening every
    -- document.
    missing           JSONB NOT NULL,
    query_millis      BIGINT NOT NULL CHECK (query_millis >= 0),
    UNIQUE (cluster, taken_at)
);

-- What retention deletes. Reading by cluster uses the unique key.
CREATE INDEX ASYNC IF NOT EXISTS metrics_snapshots_by_time
    ON metrics_snapshots (taken_at);

-- What is normal for a metric of a cluster over a span of time: what a value is
-- compared with to say that it is unusual.
CREATE TABLE IF NOT EXISTS behaviour_profiles (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    cluster           TEXT NOT NULL,
    -- Empty when the metric is the whole cluster's.
    service           TEXT NOT NULL DEFAULT '',
    metric            TEXT NOT NULL,
    window_start      TIMESTAMPTZ NOT NULL,
    window_end        TIMESTAMPTZ NOT NULL,
    samples           BIGINT NOT NULL CHECK (samples >= 0),
    mean              DOUBLE PRECISION,
    stddev            DOUBLE PRECISION CHECK (stddev >= 0),
    minimum           DOUBLE PRECISION,
    maximum           DOUBLE PRECISION,
    p50               DOUBLE PRECISION,
    p95               DOUBLE PRECISION,
    p99               DOUBLE PRECISION,
    -- The profile that others are compared with; at most one a metric is
    -- current, which the writer sees to in one transaction.
    is_baseline       BOOLEAN NOT NULL DEFAULT false,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (cluster, service, metric, window_start, window_end),
    CHECK (window_end > window_start)
);

-- The baseline of a metric.
CREATE INDEX ASYNC IF NOT EXISTS behaviour_profiles_baseline
    ON behaviour_profiles (cluster, service, metric) WHERE is_baseline;

-- What retention deletes.
CREATE INDEX ASYNC IF NOT EXISTS behaviour_profiles_by_time
    ON behaviour_profiles (window_end);
