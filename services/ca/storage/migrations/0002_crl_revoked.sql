-- How many certificates the list has: one that is short of a revocation is
-- found by counting. Times don't tell, since a transaction may commit later
-- than its clock says.
ALTER TABLE crl ADD COLUMN revoked bigint NOT NULL DEFAULT 0;
