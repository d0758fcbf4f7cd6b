-- Policies of makers and of service providers beside the base of
-- policy_version, and drafts of all three.

-- Those in force.
CREATE TABLE scoped_policy (
    -- A service provider, a trust anchor's name, or both.
    spid    text        NOT NULL,
    anchor  text        NOT NULL,
    version bigint      NOT NULL CHECK (version > 0),
    policy  jsonb       NOT NULL,
    set_by  text        NOT NULL,
    set_at  timestamptz NOT NULL,
    PRIMARY KEY (spid, anchor),
    CHECK (spid <> '' OR anchor <> '')
);
-- Every version of each; added to, never changed.
CREATE TABLE scoped_policy_version (
    spid    text        NOT NULL,
    anchor  text        NOT NULL,
    version bigint      NOT NULL CHECK (version > 0),
    -- Null: taken away.
    policy  jsonb,
    set_by  text        NOT NULL,
    set_at  timestamptz NOT NULL,
    PRIMARY KEY (spid, anchor, version)
);
-- Grows with every change of scoped_policy; one row, which is also the lock
-- between those who change it.
CREATE TABLE scoped_policy_list (
    version bigint NOT NULL
);
INSERT INTO scoped_policy_list VALUES (1);

CREATE TABLE policy_draft (
    draft_id   bigserial   PRIMARY KEY,
    -- Both empty: the base.
    spid       text        NOT NULL,
    anchor     text        NOT NULL,
    policy     jsonb       NOT NULL,
    state      text        NOT NULL
        CHECK (state IN ('draft', 'tested', 'activated', 'discarded')),
    note       text        NOT NULL,
    -- That it became; 0 before.
    version    bigint      NOT NULL,
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL
);
-- Each step of each draft; added to, never changed.
CREATE TABLE policy_draft_event (
    id       bigserial   PRIMARY KEY,
    draft_id bigint      NOT NULL,
    state    text        NOT NULL,
    by_whom  text        NOT NULL,
    at       timestamptz NOT NULL,
    detail   text        NOT NULL
);
CREATE INDEX policy_draft_event_draft ON policy_draft_event (draft_id, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON scoped_policy TO {{runtime_role}};
GRANT SELECT, INSERT ON scoped_policy_version TO {{runtime_role}};
GRANT SELECT, UPDATE ON scoped_policy_list TO {{runtime_role}};
GRANT SELECT, INSERT ON policy_draft TO {{runtime_role}};
-- The text isn't among them.
GRANT UPDATE (state, version) ON policy_draft TO {{runtime_role}};
GRANT USAGE ON SEQUENCE policy_draft_draft_id_seq TO {{runtime_role}};
GRANT SELECT, INSERT ON policy_draft_event TO {{runtime_role}};
GRANT USAGE ON SEQUENCE policy_draft_event_id_seq TO {{runtime_role}};
