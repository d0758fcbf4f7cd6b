-- Tables that every service has: audit log, outbox, inbox, idempotency keys.
-- {{schema}} and {{runtime_role}} are filled in by otrp_migrate.

-- Append only: the run-time role can't change or remove what it wrote.
CREATE TABLE audit_event (
    id       bigserial   PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The transaction that wrote it; seals cover ranges of transactions.
    xid      bigint      NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    actor    text        NOT NULL,
    action   text        NOT NULL,
    subject  text        NOT NULL,
    outcome  text        NOT NULL
        CHECK (outcome IN ('ok', 'refused', 'failed')),
    details  jsonb       NOT NULL DEFAULT '{}',
    trace_id text        NOT NULL DEFAULT ''
);
CREATE INDEX audit_event_xid ON audit_event (xid, id);
CREATE INDEX audit_event_subject ON audit_event (subject, id);

CREATE TABLE audit_seal (
    id        bigserial   PRIMARY KEY,
    -- Covers events with from_xid <= xid < until_xid.
    from_xid  bigint      NOT NULL,
    until_xid bigint      NOT NULL CHECK (until_xid > from_xid),
    count     bigint      NOT NULL,
    prev_hash bytea       NOT NULL,
    hash      bytea       NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (from_xid)
);

CREATE TABLE outbox (
    id           bigserial   PRIMARY KEY,
    event_id     text        NOT NULL UNIQUE,
    topic        text        NOT NULL,
    key          text        NOT NULL,
    payload      bytea       NOT NULL,
    traceparent  text        NOT NULL DEFAULT '',
    xid          bigint      NOT NULL
        DEFAULT (pg_current_xact_id()::text::bigint),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts     integer     NOT NULL DEFAULT 0,
    last_error   text        NOT NULL DEFAULT '',
    delivered_at timestamptz
);
CREATE INDEX outbox_pending ON outbox (xid, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at)
    WHERE delivered_at IS NOT NULL;

CREATE TABLE inbox (
    source     text        NOT NULL,
    event_id   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, event_id)
);

CREATE TABLE idempotency_key (
    scope          text        NOT NULL,
    key            text        NOT NULL,
    request_sha256 bytea       NOT NULL,
    response       bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

GRANT SELECT, INSERT ON audit_event, audit_seal TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO {{runtime_role}};
GRANT SELECT, INSERT ON inbox TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON idempotency_key TO {{runtime_role}};
GRANT USAGE ON SEQUENCE audit_event_id_seq, audit_seal_id_seq, outbox_id_seq
    TO {{runtime_role}};
