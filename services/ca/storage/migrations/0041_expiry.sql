-- What ends soon is found by its end, and what came after it by profile and
-- names; a digest of the URIs, which may be longer than an index takes.
CREATE INDEX certificate_end ON certificate (not_after, serial COLLATE "C")
    WHERE status = 'issued';
CREATE INDEX certificate_newer
    ON certificate (profile, subject, md5(san_uris), not_after)
    WHERE status = 'issued';
