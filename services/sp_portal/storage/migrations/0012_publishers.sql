-- Trusted publishing: whose ID tokens are believed, and which CI may act for
-- an SP.

CREATE TABLE token_issuer (
    issuer      text        PRIMARY KEY,
    audience    text        NOT NULL,
    -- JSON Web Key Sets. Pinned ones come from an operator, the others are
    -- fetched; '' until then.
    pinned      boolean     NOT NULL,
    jwks        text        NOT NULL,
    set_by      text        NOT NULL,
    fetched_at  timestamptz,
    fetch_error text        NOT NULL DEFAULT ''
);
CREATE INDEX token_issuer_list ON token_issuer (issuer COLLATE "C");

CREATE TABLE publisher (
    id         text        PRIMARY KEY,
    spid       text        NOT NULL REFERENCES sp (spid),
    issuer     text        NOT NULL,
    -- A '*' at its end stands for anything.
    subject    text        NOT NULL,
    -- {"name": "value"}
    claims     jsonb       NOT NULL,
    role       text        NOT NULL,
    taids      text[]      NOT NULL,
    added_by   text        NOT NULL,
    added_at   timestamptz NOT NULL,
    -- Stays as history; NULL for one that holds.
    removed_at timestamptz
);
CREATE INDEX publisher_list ON publisher (spid, id COLLATE "C")
    WHERE removed_at IS NULL;

-- SHA-256 over what was signed of the ID token that a token was given for:
-- each is taken once.
ALTER TABLE token ADD COLUMN exchanged_sha256 bytea UNIQUE;
-- Those of publishers live for minutes and go when they are long over.
CREATE INDEX token_of_publisher ON token (expires_at)
    WHERE publisher IS NOT NULL;
CREATE INDEX token_publisher ON token (publisher)
    WHERE publisher IS NOT NULL AND revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON token_issuer TO {{runtime_role}};
GRANT SELECT, INSERT ON publisher TO {{runtime_role}};
GRANT UPDATE (removed_at) ON publisher TO {{runtime_role}};
GRANT DELETE ON token TO {{runtime_role}};
