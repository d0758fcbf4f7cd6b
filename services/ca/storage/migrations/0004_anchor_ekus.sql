-- Extended key usages that certificates below an anchor may have instead of the
-- role's: dotted, with commas between.
ALTER TABLE trust_anchor ADD COLUMN ekus text NOT NULL DEFAULT '';
