-- Service providers whose policy refuses a device that is accepted, as of its
-- latest evidence.
ALTER TABLE device ADD COLUMN refused_spids text[] NOT NULL DEFAULT '{}';
