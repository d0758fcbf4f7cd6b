-- What became of service providers' things on devices, until the portal has
-- taken it. Appended to without a lock, by the step that it is an outcome of.

CREATE TABLE outcome (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL
      CHECK (kind IN ('installed', 'removed', 'failed', 'refused')),
  did         bytea NOT NULL,
  spid        text NOT NULL,
  taid        text NOT NULL,
  version     text NOT NULL,
  action      text NOT NULL,
  code        text NOT NULL,
  detail      text NOT NULL,
  given_up    boolean NOT NULL,
  at          timestamptz NOT NULL,
  -- Of those that were handed on together.
  batch       uuid,
  handed_on_at timestamptz,
  CHECK ((batch IS NULL) = (handed_on_at IS NULL))
);
CREATE INDEX outcome_new ON outcome (id) WHERE batch IS NULL;
CREATE INDEX outcome_batch ON outcome (batch) WHERE batch IS NOT NULL;
CREATE INDEX outcome_handed_on ON outcome (handed_on_at)
    WHERE batch IS NOT NULL;
CREATE INDEX outcome_age ON outcome (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON outcome TO {{runtime_role}};
