-- What was used, by whom, and what it cost then (otrp.common.v1.UsageLedger).

-- Appended to without a lock, by the statement that it tells of.
CREATE TABLE usage_event (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    spid        text        NOT NULL,
    authority   text        NOT NULL,
    generation  integer     NOT NULL,
    tee_vendor  text        NOT NULL,
    tsm_id      text        NOT NULL,
    item        text        NOT NULL,
    quantity    bigint      NOT NULL CHECK (quantity > 0),
    -- Of one, in minor units.
    price_minor bigint      NOT NULL CHECK (price_minor >= 0),
    -- Empty: it had no price.
    currency    text        NOT NULL CHECK (currency ~ '^([A-Z]{3})?$')
);
CREATE INDEX usage_event_at ON usage_event (at, id);
-- A batch of appraisals is written again when nobody knows whether it was.
CREATE UNIQUE INDEX usage_event_item ON usage_event (item) WHERE item <> '';
CREATE INDEX usage_event_sp ON usage_event (spid, at, id) WHERE spid <> '';

-- What one thing costs. The newest of a kind and party holds; the others are
-- history.
CREATE TABLE price (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text        NOT NULL,
    -- Empty: for all that have none of their own.
    party        text        NOT NULL,
    amount_minor bigint      NOT NULL CHECK (amount_minor >= 0),
    currency     text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    since        timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by       text        NOT NULL
);
CREATE INDEX price_current ON price (kind, party, id);

-- Neither is ever changed. Old events are removed.
GRANT SELECT, INSERT, DELETE ON usage_event TO {{runtime_role}};
GRANT SELECT, INSERT ON price TO {{runtime_role}};
