-- SPs and applications are listed in the order of their octets, whatever the
-- database's language is.
CREATE INDEX sp_list ON sp (spid COLLATE "C");
CREATE INDEX app_list ON app (spid COLLATE "C", taid COLLATE "C");
