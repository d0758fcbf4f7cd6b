-- What is about to be signed is known before, and whose key it is.

-- SHA-256 of the SubjectPublicKeyInfo and of the TBSCertificate, and the
-- PKCS#10 request while nothing is signed. NULL for certificates of before;
-- the ca notes their keys.
ALTER TABLE certificate
    ADD COLUMN spki_sha256 bytea CHECK (octet_length(spki_sha256) = 32),
    ADD COLUMN tbs_sha256  bytea CHECK (octet_length(tbs_sha256) = 32),
    ADD COLUMN csr         bytea;
CREATE INDEX certificate_intended ON certificate (not_before)
    WHERE status = 'intended';
CREATE INDEX certificate_unkeyed ON certificate (serial)
    WHERE spki_sha256 IS NULL AND der IS NOT NULL;

-- Whose a key is among the certificates of a profile.
CREATE TABLE key_owner (
    spki_sha256 bytea NOT NULL CHECK (octet_length(spki_sha256) = 32),
    profile     text  NOT NULL,
    owner       text  NOT NULL,
    PRIMARY KEY (spki_sha256, profile)
);
GRANT SELECT, INSERT, UPDATE ON key_owner TO {{runtime_role}};
