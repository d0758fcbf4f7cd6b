-- What was unassigned before there were decisions, out of the audit log:
-- devices that have not been here since are still to lose it. Apart from the
-- changes of tables, since it may take a while and holds nobody up.
INSERT INTO removal_decision (spid, taid, target, kind, actor, decided_at,
  changed_in)
SELECT split_part(subject, '/', 1),
  split_part(split_part(subject, ' ', 1), '/', 2),
  substr(subject, strpos(subject, ' ') + 1), 'unassigned', max(actor), max(at),
  1
FROM audit_event
WHERE action = 'catalog.unassign' AND outcome = 'ok'
  AND subject LIKE '%/% %'
GROUP BY subject
ON CONFLICT (spid, taid, target, kind) DO NOTHING;
-- What is assigned again was decided anew.
DELETE FROM removal_decision USING desired_ta
WHERE desired_ta.spid = removal_decision.spid
  AND desired_ta.taid = removal_decision.taid
  AND desired_ta.target = removal_decision.target
  AND removal_decision.kind = 'unassigned';
