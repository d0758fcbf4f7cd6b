-- Client certificates live for hours and are renewed by their holders: whose
-- renewal a certificate is, so that renewing ends, and ends for all of them
-- where one was revoked.
ALTER TABLE certificate
    -- The first of them, which an operator gave; NULL for what renews none.
    ADD COLUMN first_serial text;
CREATE INDEX certificate_renewals ON certificate (first_serial)
    WHERE first_serial IS NOT NULL;
