-- Which TEEs are known as good, and devices that no longer are accepted.

CREATE TABLE reference_value (
    name        text        PRIMARY KEY,
    state       text        NOT NULL
        CHECK (state IN ('submitted', 'active', 'inactive')),
    anchor      text        NOT NULL,
    tee_name    text        NOT NULL,
    tee_version text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    -- Why it was withdrawn.
    reason      text        NOT NULL
);
-- What each was; added to, never changed.
CREATE TABLE reference_value_history (
    id          bigserial   PRIMARY KEY,
    name        text        NOT NULL,
    state       text        NOT NULL,
    anchor      text        NOT NULL,
    tee_name    text        NOT NULL,
    tee_version text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    reason      text        NOT NULL
);
CREATE INDEX reference_value_history_name
    ON reference_value_history (name, id);
-- Grows with every change; one row, which is also the lock between those who
-- change values.
CREATE TABLE reference_version (
    version bigint NOT NULL
);
INSERT INTO reference_version VALUES (1);

-- As in claims. Of what a process of the version before wrote they are empty
-- until the device comes again.
ALTER TABLE appraised_device
    ADD COLUMN tee_anchor  text NOT NULL DEFAULT '',
    ADD COLUMN tee_name    text NOT NULL DEFAULT '',
    ADD COLUMN tee_version text NOT NULL DEFAULT '';
UPDATE appraised_device
SET tee_anchor = coalesce(claims->>'tee_anchor', ''),
    tee_name = coalesce(claims->>'tee_name', ''),
    tee_version = coalesce(claims->>'tee_version', '');
CREATE INDEX appraised_device_tee
    ON appraised_device (tee_anchor, tee_name, tee_version) WHERE accepted;

-- Devices that were accepted and then refused without having come again.
CREATE TABLE withdrawal (
    id     bigserial   PRIMARY KEY,
    did    bytea       NOT NULL,
    at     timestamptz NOT NULL,
    code   text        NOT NULL,
    detail text        NOT NULL
);
CREATE INDEX withdrawal_at ON withdrawal (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON reference_value TO {{runtime_role}};
GRANT SELECT, INSERT ON reference_value_history TO {{runtime_role}};
GRANT USAGE ON SEQUENCE reference_value_history_id_seq TO {{runtime_role}};
GRANT SELECT, UPDATE ON reference_version TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON withdrawal TO {{runtime_role}};
GRANT USAGE ON SEQUENCE withdrawal_id_seq TO {{runtime_role}};
