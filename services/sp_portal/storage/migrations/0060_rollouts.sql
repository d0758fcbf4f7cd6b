-- How far versions have come, by what the TSM tells.

CREATE TABLE rollout (
    spid       text        NOT NULL REFERENCES sp (spid),
    taid       text        NOT NULL,
    version    text        NOT NULL,
    -- How many have it.
    devices    bigint      NOT NULL,
    -- How often something about it failed, for the first time or for good.
    failures   bigint      NOT NULL,
    changed_at timestamptz NOT NULL,
    -- When webhooks were told last, and whether it has changed since.
    told_at    timestamptz NOT NULL DEFAULT 'epoch',
    untold     boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (spid, taid, version)
);
-- For operators, who ask for an application whoever has it.
CREATE INDEX rollout_taid ON rollout (taid, spid, version);
CREATE INDEX rollout_untold ON rollout (told_at) WHERE untold;

-- How many of a service provider's devices webhooks were told of, one by one,
-- in a minute.
CREATE TABLE device_notices (
    spid   text        PRIMARY KEY REFERENCES sp (spid),
    minute timestamptz NOT NULL,
    told   integer     NOT NULL
);

CREATE INDEX inbox_age ON inbox (applied_at);

GRANT SELECT, INSERT, UPDATE ON rollout, device_notices TO {{runtime_role}};
GRANT DELETE ON inbox TO {{runtime_role}};
