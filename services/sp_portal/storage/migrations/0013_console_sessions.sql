-- Sessions of the web console. Each stands for a member's token: it is good
-- while that is, and for a few hours at most. Secrets as in 0010.
CREATE TABLE console_session (
    id           text        PRIMARY KEY,
    -- The token's.
    tenant       text        NOT NULL,
    token        text        NOT NULL REFERENCES token (id),
    sha256       bytea       NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL,
    -- Not after the token's.
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    ended_at     timestamptz
);
CREATE INDEX console_session_list ON console_session (tenant, id COLLATE "C")
    WHERE ended_at IS NULL;
CREATE INDEX console_session_token ON console_session (token, created_at)
    WHERE ended_at IS NULL;
CREATE INDEX console_session_expiry ON console_session (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON console_session TO {{runtime_role}};
