-- What is known of each device, and the keys of signed results about it.

-- By the newest evidence that the device itself has signed, whatever the
-- verdict: anybody can send its certificate.
CREATE TABLE appraised_device (
    did            bytea       PRIMARY KEY CHECK (octet_length(did) = 32),
    at             timestamptz NOT NULL,
    accepted       boolean     NOT NULL,
    -- As in appraisal.
    reasons        jsonb       NOT NULL,
    policy_version bigint      NOT NULL,
    -- {"scheme": .., "tee_name": .., "vector": {..}, ..}
    claims         jsonb       NOT NULL
);
CREATE INDEX appraised_device_at ON appraised_device (at);

CREATE TABLE result_key (
    -- Thumbprint of RFC 7638.
    kid    text        PRIMARY KEY,
    state  text        NOT NULL
        CHECK (state IN ('next', 'current', 'retired')),
    -- PKCS#8 under the key of --kek_file.
    sealed bytea       NOT NULL,
    spki   bytea       NOT NULL,
    -- Of the state.
    since  timestamptz NOT NULL
);
CREATE UNIQUE INDEX result_key_state ON result_key (state)
    WHERE state <> 'retired';
-- Grows with every rotation; one row, which is also the lock between replicas.
CREATE TABLE result_key_version (
    version bigint NOT NULL
);
INSERT INTO result_key_version VALUES (1);

GRANT SELECT, INSERT, UPDATE, DELETE ON appraised_device TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON result_key TO {{runtime_role}};
GRANT SELECT, UPDATE ON result_key_version TO {{runtime_role}};
