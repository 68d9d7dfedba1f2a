-- When further conditions of decisions were met (COV-11). Nothing is changed: what is noted last stands.
CREATE TABLE insula.met_conditions (
    period_id uuid NOT NULL REFERENCES insula.granted_periods,
    -- The version of the period that it made.
    version integer NOT NULL CHECK (version >= 2),
    -- The place of the condition in the decision, from 1.
    number integer NOT NULL CHECK (number >= 1),
    hospital text NOT NULL,
    insurer text NOT NULL,
    insurer_union text NOT NULL,
    met_on date NOT NULL,
    effective_from date NOT NULL,
    noted_by text NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (period_id, version)
);
ALTER TABLE insula.met_conditions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.met_conditions TO insula_insurer;
GRANT SELECT ON insula.met_conditions TO insula_hospital;
CREATE POLICY own_members ON insula.met_conditions TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union)) WITH CHECK (insula.organisation() IN (insurer, insurer_union));
CREATE POLICY own_periods ON insula.met_conditions FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation());
-- Noting one makes another version of the period.
GRANT UPDATE (version, updated_at) ON insula.granted_periods TO insula_insurer;
