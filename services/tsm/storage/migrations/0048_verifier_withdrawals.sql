-- How far we are in the verifier's list of devices that it no longer accepts.
-- One row.
CREATE TABLE verifier_withdrawal (
  applied bigint NOT NULL
);
INSERT INTO verifier_withdrawal VALUES (0);

GRANT SELECT, UPDATE ON verifier_withdrawal TO {{runtime_role}};
