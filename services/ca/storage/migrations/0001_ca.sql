-- Authorities, certificates and what is said about them.

CREATE TABLE authority (
    name        text    PRIMARY KEY,
    role        text    NOT NULL,
    is_root     boolean NOT NULL,
    -- Its own name for a root.
    issuer      text    NOT NULL,
    key_type    text    NOT NULL CHECK (key_type IN ('RSA', 'EC')),
    certificate bytea   NOT NULL,
    -- PKCS#8 under the key-encryption key (AES-256-GCM, bound to the name).
    sealed_key  bytea   NOT NULL
);

-- A row is there before anything is signed, so that whatever may exist can be
-- revoked.
CREATE TABLE certificate (
    serial     text        PRIMARY KEY,
    profile    text        NOT NULL,
    authority  text        NOT NULL,
    subject    text        NOT NULL,
    -- One a line.
    san_uris   text        NOT NULL,
    not_before timestamptz NOT NULL,
    not_after  timestamptz NOT NULL,
    status     text        NOT NULL
        CHECK (status IN ('intended', 'issued', 'revoked')),
    -- RFC 5280 5.3.1; -1 while not revoked.
    reason     integer     NOT NULL DEFAULT -1,
    revoked_at timestamptz,
    -- NULL while intended.
    der        bytea,
    -- The caller's idempotency key, with the digest of what it asked for.
    request_id     text UNIQUE,
    request_sha256 bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX certificate_revoked ON certificate (authority, serial)
    WHERE status = 'revoked';

-- Whose a TSM's id is: OTrP lets owners of security domains be known by it, so
-- nobody else may ever get a certificate for it.
CREATE TABLE tsm_id (
    uri    text PRIMARY KEY,
    holder text NOT NULL
);

CREATE TABLE crl (
    authority   text        PRIMARY KEY REFERENCES authority (name),
    number      bigint      NOT NULL,
    der         bytea       NOT NULL,
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL
);

CREATE TABLE trust_anchor (
    role        text        NOT NULL,
    name        text        NOT NULL,
    certificate bytea       NOT NULL,
    added_at    timestamptz NOT NULL,
    PRIMARY KEY (role, name)
);

-- Grows with every change of trust_anchor.
CREATE TABLE trust_anchor_version (
    version bigint NOT NULL
);
INSERT INTO trust_anchor_version VALUES (1);

GRANT SELECT, INSERT ON authority, tsm_id TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE ON certificate, crl TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON trust_anchor TO {{runtime_role}};
GRANT SELECT, UPDATE ON trust_anchor_version TO {{runtime_role}};
