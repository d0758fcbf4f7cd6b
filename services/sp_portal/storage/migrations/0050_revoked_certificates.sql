-- What the CA says about certificates. Once marked, a certificate stays so: no
-- list that is older, or shorter, makes it good again.

ALTER TABLE sp_certificate
    ADD COLUMN revoked_at        timestamptz,
    -- RFC 5280 5.3.1.
    ADD COLUMN revocation_reason integer,
    ADD CONSTRAINT sp_certificate_revoked_is_not_current
        CHECK (revoked_at IS NULL OR NOT is_current);

-- CRLs name certificates by their serials.
CREATE INDEX sp_certificate_serial ON sp_certificate (serial)
    WHERE revoked_at IS NULL;
