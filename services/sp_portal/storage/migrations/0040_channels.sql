-- Versions that only some devices get: channel 'beta'. Processes of the version
-- before know 'stable' alone.

-- Of 'beta', as released_version and highest_released are of 'stable'.
ALTER TABLE app
    ADD COLUMN beta_version text,
    ADD COLUMN highest_beta bigint[];

ALTER TABLE assignment ADD COLUMN channel text NOT NULL DEFAULT 'stable'
    CHECK (channel IN ('stable', 'beta'));

GRANT UPDATE (channel) ON assignment TO {{runtime_role}};
