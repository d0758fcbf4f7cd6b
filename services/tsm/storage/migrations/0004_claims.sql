-- Tasks that tell the truth. Processes of the version before neither read nor
-- write this.

-- What the TEE says it has done since `dsi`, without showing its state: names
-- of actions. Empty as soon as it has proved a state again.
ALTER TABLE tee_state ADD COLUMN claimed text[] NOT NULL DEFAULT '{}';

-- 'blocked' is 'failed' in `state`.
ALTER TABLE session DROP CONSTRAINT session_ended_check;
ALTER TABLE session ADD CONSTRAINT session_ended_check
    CHECK (ended IN ('', 'superseded', 'blocked'));
