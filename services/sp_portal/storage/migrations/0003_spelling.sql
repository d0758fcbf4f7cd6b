-- Applications whose id is a UUID are found in whichever case it is written.
CREATE INDEX app_spelling ON app (spid, lower(taid));
