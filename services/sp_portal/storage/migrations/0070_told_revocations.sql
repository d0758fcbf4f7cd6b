-- Which revocations the TSM was told of. Those that a process of the version
-- before marks are told later, by a task.

ALTER TABLE sp_certificate
    ADD COLUMN revocation_told boolean NOT NULL DEFAULT false;

CREATE INDEX sp_certificate_untold ON sp_certificate (revoked_at)
    WHERE revoked_at IS NOT NULL AND NOT revocation_told;
