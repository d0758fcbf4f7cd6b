-- A request under a key runs in a try of its own: which one it is, until when
-- it counts as alive, whether its deed is in the database, whether its answer
-- is kept.
ALTER TABLE idempotency_key
    ADD COLUMN attempt      uuid,
    ADD COLUMN leased_until timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN acted        boolean     NOT NULL DEFAULT false,
    ADD COLUMN answered     boolean     NOT NULL DEFAULT false;
CREATE UNIQUE INDEX idempotency_key_attempt ON idempotency_key (attempt);

GRANT UPDATE ON idempotency_key TO {{runtime_role}};
