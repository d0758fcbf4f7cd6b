-- Certificates are listed by serial, octet by octet, all or those of one
-- profile.
CREATE INDEX certificate_serial ON certificate (serial COLLATE "C");
CREATE INDEX certificate_profile
    ON certificate (profile, serial COLLATE "C");
