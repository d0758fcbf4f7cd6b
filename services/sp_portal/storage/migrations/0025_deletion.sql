-- Versions and applications that were deleted. The rows stay: a version's
-- number isn't used again, and its history can be read.

ALTER TABLE app ADD COLUMN deleted_at timestamptz;
ALTER TABLE app_version ADD COLUMN deleted_at timestamptz;

GRANT UPDATE (deleted_at) ON app_version TO {{runtime_role}};
