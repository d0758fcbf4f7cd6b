-- Images that come in chunks.

CREATE TABLE upload (
    id         uuid        PRIMARY KEY,
    spid       text        NOT NULL REFERENCES sp (spid),
    taid       text        NOT NULL,
    version    text        NOT NULL,
    format     text        NOT NULL CHECK (format IN ('jws', 'optee')),
    size       bigint      NOT NULL CHECK (size > 0),
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    received   bigint      NOT NULL DEFAULT 0,
    -- NULL once it is completed: then the version has it.
    blob_id    uuid        REFERENCES blob (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX upload_list ON upload (spid, id);
CREATE INDEX upload_expiry ON upload (expires_at);
-- The removal of a blob looks for who refers to it.
CREATE INDEX upload_blob ON upload (blob_id);

GRANT SELECT, INSERT, DELETE,
    UPDATE (received, blob_id, expires_at) ON upload TO {{runtime_role}};
