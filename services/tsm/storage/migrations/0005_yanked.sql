-- A version that no further device gets.

ALTER TABLE release ADD COLUMN yanked boolean NOT NULL DEFAULT false;
GRANT UPDATE (yanked) ON release TO {{runtime_role}};
