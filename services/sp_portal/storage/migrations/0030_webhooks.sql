-- Webhooks: endpoints of service providers, and what they are to be told.

CREATE TABLE webhook (
    id               uuid        PRIMARY KEY,
    spid             text        NOT NULL REFERENCES sp (spid),
    url              text        NOT NULL,
    -- '*': all.
    event_types      text[]      NOT NULL,
    -- Sealed by the service's key-encryption key.
    secret           bytea       NOT NULL,
    -- The one before, which signs too until then.
    old_secret       bytea,
    old_secret_until timestamptz,
    enabled          boolean     NOT NULL DEFAULT true,
    -- Empty while it is enabled.
    disabled_reason  text        NOT NULL DEFAULT '',
    -- Of the failures since the last success.
    failing_since    timestamptz,
    -- A process delivers to it until then, or longer where it has ended.
    busy_until       timestamptz,
    created_at       timestamptz NOT NULL,
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhook_of_sp ON webhook (spid, id);

-- Only where some webhook wants it.
CREATE TABLE webhook_event (
    id      uuid        PRIMARY KEY,
    type    text        NOT NULL,
    subject text        NOT NULL,
    -- An object of JSON, as it is sent.
    data    text        NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX webhook_event_age ON webhook_event (at);

CREATE TABLE webhook_delivery (
    webhook_id      uuid        NOT NULL REFERENCES webhook (id)
                                ON DELETE CASCADE,
    event_id        uuid        NOT NULL REFERENCES webhook_event (id)
                                ON DELETE CASCADE,
    state           text        NOT NULL DEFAULT 'pending'
                                CHECK (state IN ('pending', 'delivered',
                                                 'dead')),
    attempts        integer     NOT NULL DEFAULT 0,
    last_status     integer     NOT NULL DEFAULT 0,
    last_error      text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    last_attempt_at timestamptz,
    next_attempt_at timestamptz,
    PRIMARY KEY (webhook_id, event_id),
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
);
-- The earliest of each webhook is found by one look.
CREATE INDEX webhook_delivery_due
    ON webhook_delivery (webhook_id, next_attempt_at)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_of_webhook
    ON webhook_delivery (webhook_id, created_at, event_id);
CREATE INDEX webhook_delivery_list
    ON webhook_delivery (created_at, event_id, webhook_id);
CREATE INDEX webhook_delivery_of_state
    ON webhook_delivery (state, created_at, event_id, webhook_id);
-- The removal of an event removes its deliveries.
CREATE INDEX webhook_delivery_event ON webhook_delivery (event_id);

-- Days before its end of which the last notice was sent.
ALTER TABLE sp_certificate ADD COLUMN expiry_notice integer;
CREATE INDEX sp_certificate_expiry ON sp_certificate (not_after)
    WHERE is_current;

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON webhook_event TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE ON webhook_delivery TO {{runtime_role}};
