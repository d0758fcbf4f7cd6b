-- Versions of an application that only some devices get: channel 'beta'.
-- Processes of the version before know 'stable' alone, which is what they go
-- on with.

-- Of 'beta'; that of 'stable' is release_id.
ALTER TABLE application
    ADD COLUMN beta_release_id bigint REFERENCES release (id);

ALTER TABLE desired_ta ADD COLUMN channel text NOT NULL DEFAULT 'stable'
    CHECK (channel IN ('stable', 'beta'));
