-- Who may act for a service provider, or on the operators' side.
--
-- A tenant is an SP's spid, or '' for the operators' side, which has no row in
-- sp. Secrets are kept as SHA-256 over them: 256 random bits need no salt.

-- SPs from before were made by operators: they are active.
ALTER TABLE sp
    ADD COLUMN state        text NOT NULL DEFAULT 'active'
        CHECK (state IN ('active', 'suspended', 'closed')),
    ADD COLUMN state_reason text NOT NULL DEFAULT '';
GRANT UPDATE (state, state_reason) ON sp TO {{runtime_role}};

-- Doesn't hold the spid: anybody may ask for any.
CREATE TABLE registration (
    -- In the order in which they came.
    seq           bigserial   PRIMARY KEY,
    id            text        NOT NULL UNIQUE,
    spid          text        NOT NULL,
    name          text        NOT NULL,
    contact       text        NOT NULL,
    state         text        NOT NULL
        CHECK (state IN ('pending', 'approved', 'rejected')),
    code_sha256   bytea       NOT NULL UNIQUE,
    registered_at timestamptz NOT NULL,
    decided_by    text        NOT NULL DEFAULT '',
    decided_at    timestamptz,
    reason        text        NOT NULL DEFAULT ''
);
CREATE INDEX registration_state ON registration (state, seq);
CREATE INDEX registration_time ON registration (registered_at);

CREATE TABLE invitation (
    id          text        PRIMARY KEY,
    tenant      text        NOT NULL,
    role        text        NOT NULL,
    code_sha256 bytea       NOT NULL UNIQUE,
    invited_by  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    -- The name of the member that it made.
    accepted_as text,
    revoked_at  timestamptz
);
CREATE INDEX invitation_open ON invitation (tenant, id COLLATE "C")
    WHERE accepted_as IS NULL AND revoked_at IS NULL;

CREATE TABLE member (
    tenant     text        NOT NULL,
    name       text        NOT NULL,
    role       text        NOT NULL,
    added_at   timestamptz NOT NULL,
    -- Stays as history; NULL for a member of now.
    removed_at timestamptz,
    PRIMARY KEY (tenant, name)
);
CREATE INDEX member_list ON member (tenant, name COLLATE "C")
    WHERE removed_at IS NULL;

CREATE TABLE token (
    id           text        PRIMARY KEY,
    tenant       text        NOT NULL,
    -- Whose it is; NULL: made with the SP's certificate.
    member       text,
    -- The trusted publisher that it was given to.
    publisher    text,
    -- The member's first, which an invitation gave.
    personal     boolean     NOT NULL,
    name         text        NOT NULL,
    role         text        NOT NULL,
    -- Empty: all applications.
    taids        text[]      NOT NULL,
    sha256       bytea       NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, name)
);
CREATE INDEX token_list ON token (tenant, id COLLATE "C");
CREATE INDEX token_live ON token (tenant, id COLLATE "C")
    WHERE revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON registration, invitation, member, token
    TO {{runtime_role}};
GRANT USAGE ON SEQUENCE registration_seq_seq TO {{runtime_role}};
