-- Certificates that one operator asked for and another approves.

CREATE TABLE issuance_request (
    id           text        PRIMARY KEY,
    state        text        NOT NULL
        CHECK (state IN ('pending', 'approved', 'rejected')),
    profile      text        NOT NULL,
    csr          bytea       NOT NULL,
    common_name  text        NOT NULL,
    -- One a line.
    san_uris     text        NOT NULL,
    -- Whose certificate or account it was, and who of it.
    requester    text        NOT NULL,
    requested_by text        NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by   text        NOT NULL DEFAULT '',
    decided_at   timestamptz,
    reason       text        NOT NULL DEFAULT ''
);
CREATE INDEX issuance_request_id ON issuance_request (id COLLATE "C");
CREATE INDEX issuance_request_state
    ON issuance_request (state, id COLLATE "C");
GRANT SELECT, INSERT, UPDATE ON issuance_request TO {{runtime_role}};
