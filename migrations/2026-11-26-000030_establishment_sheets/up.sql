-- What an establishment states as a whole and may state anew: its prescribers (CON-08), its sites (CON-02), how it can be reached
-- (REG-05). Every version is kept; the one that nothing replaced is what is stated now.
CREATE TABLE insula.establishment_sheets (
    hospital text NOT NULL REFERENCES insula.hospitals,
    kind text NOT NULL CHECK (kind IN ('prescribers', 'sites', 'availability')),
    version integer NOT NULL CHECK (version >= 1),
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'array'),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (hospital, kind, version)
);
CREATE UNIQUE INDEX one_present_sheet ON insula.establishment_sheets (hospital, kind) WHERE replaced_at IS NULL;
ALTER TABLE insula.establishment_sheets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.establishment_sheets TO insula_hospital;
GRANT UPDATE (replaced_at) ON insula.establishment_sheets TO insula_hospital;
CREATE POLICY own_sheets ON insula.establishment_sheets TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON insula.establishment_sheets TO insula_authority, insula_insurer;
CREATE POLICY all_sheets ON insula.establishment_sheets FOR SELECT TO insula_authority USING (true);
-- Insurers read who may prescribe, and nothing else of an establishment.
CREATE POLICY every_prescriber ON insula.establishment_sheets FOR SELECT TO insula_insurer
    USING (kind = 'prescribers' AND insula.organisation() IS NOT NULL);

-- What changed in the lists of prescribers, one row a change, for INAMI and insurers to follow (CON-08).
CREATE TABLE insula.prescriber_changes (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    hospital text NOT NULL REFERENCES insula.hospitals,
    change text NOT NULL CHECK (change IN ('added', 'ended', 'changed', 'removed')),
    nihdi_number text NOT NULL,
    name text NOT NULL,
    qualification text NOT NULL CHECK (qualification IN ('endocrinologist', 'assimilatedPhysician')),
    valid_from date NOT NULL,
    valid_to date,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (valid_to >= valid_from)
);
CREATE INDEX prescriber_changes_in_order ON insula.prescriber_changes (xid, seq);
ALTER TABLE insula.prescriber_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT INSERT ON insula.prescriber_changes TO insula_hospital;
CREATE POLICY own_changes ON insula.prescriber_changes FOR INSERT TO insula_hospital WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON insula.prescriber_changes TO insula_authority, insula_insurer;
CREATE POLICY all_changes ON insula.prescriber_changes FOR SELECT TO insula_authority USING (true);
CREATE POLICY every_change ON insula.prescriber_changes FOR SELECT TO insula_insurer USING (insula.organisation() IS NOT NULL);
