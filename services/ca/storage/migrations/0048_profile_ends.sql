-- The next end of a profile's certificates is found by it.
CREATE INDEX certificate_profile_end ON certificate (profile, not_after)
    WHERE status = 'issued';
