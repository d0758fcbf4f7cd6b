-- What becomes of a version after its upload.

ALTER TABLE app_version
    -- The audit's word for who it was; empty for those from before.
    ADD COLUMN pushed_by    text NOT NULL DEFAULT '',
    ADD COLUMN review_state text NOT NULL DEFAULT 'draft'
        CHECK (review_state IN ('draft', 'submitted', 'approved', 'rejected')),
    -- Empty: it isn't deprecated, or yanked.
    ADD COLUMN deprecation  text NOT NULL DEFAULT '',
    ADD COLUMN yank_reason  text NOT NULL DEFAULT '';

-- A version's passages through the reviewers' queue, all of them.
CREATE TABLE review (
    id           bigserial   PRIMARY KEY,
    spid         text        NOT NULL,
    taid         text        NOT NULL,
    version      text        NOT NULL,
    state        text        NOT NULL
        CHECK (state IN ('submitted', 'approved', 'rejected')),
    submitted_by text        NOT NULL,
    submitted_at timestamptz NOT NULL,
    reviewed_by  text        NOT NULL DEFAULT '',
    reviewed_at  timestamptz,
    reason       text        NOT NULL DEFAULT '',
    -- Names of checks, joined by spaces.
    checks       text        NOT NULL,
    FOREIGN KEY (spid, taid, version)
        REFERENCES app_version (spid, taid, version)
);
CREATE INDEX review_of_version ON review (spid, taid, version, id);
CREATE INDEX review_of_sp ON review (spid, id);
CREATE INDEX review_queue ON review (state, id);
-- One at a time.
CREATE UNIQUE INDEX review_open ON review (spid, taid, version)
    WHERE state = 'submitted';

GRANT SELECT, INSERT, UPDATE (state, reviewed_by, reviewed_at, reason)
    ON review TO {{runtime_role}};
GRANT USAGE ON SEQUENCE review_id_seq TO {{runtime_role}};
GRANT UPDATE (review_state, deprecation, yank_reason)
    ON app_version TO {{runtime_role}};
