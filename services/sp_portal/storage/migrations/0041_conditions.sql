-- Targets by what holds of devices: kind 'devices', target as
-- service::DeviceConditions writes it.

ALTER TABLE assignment DROP CONSTRAINT assignment_kind_check;
ALTER TABLE assignment ADD CONSTRAINT assignment_kind_check
    CHECK (kind IN ('all', 'did', 'group', 'devices'));
ALTER TABLE entitlement DROP CONSTRAINT entitlement_kind_check;
ALTER TABLE entitlement ADD CONSTRAINT entitlement_kind_check
    CHECK (kind IN ('all', 'did', 'group', 'devices'));
