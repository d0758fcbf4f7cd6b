-- Which devices an SP may assign its applications to.

CREATE TABLE entitlement (
    id         text        PRIMARY KEY,
    spid       text        NOT NULL REFERENCES sp (spid),
    kind       text        NOT NULL CHECK (kind IN ('all', 'did', 'group')),
    -- As in assignment.
    target     text        NOT NULL,
    granted_by text        NOT NULL,
    granted_at timestamptz NOT NULL,
    -- Stays as history; NULL for one that holds.
    revoked_at timestamptz
);
CREATE UNIQUE INDEX entitlement_target ON entitlement (spid, kind, target)
    WHERE revoked_at IS NULL;
CREATE INDEX entitlement_list ON entitlement (spid, id COLLATE "C")
    WHERE revoked_at IS NULL;
CREATE INDEX assignment_target ON assignment (spid, kind, target);

-- SPs from before keep what they have.
INSERT INTO entitlement (id, spid, kind, target, granted_by, granted_at)
SELECT 'ent_' || substr(encode(sha256(convert_to(
           spid || '/' || kind || '/' || target, 'UTF8')), 'hex'), 1, 24),
       spid, kind, target, 'migration', now()
FROM (SELECT DISTINCT spid, kind, target FROM assignment) AS assigned;

GRANT SELECT, INSERT ON entitlement TO {{runtime_role}};
GRANT UPDATE (revoked_at) ON entitlement TO {{runtime_role}};
