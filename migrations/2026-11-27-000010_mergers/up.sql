-- Mergers and demergers of hospitals, as they were stated, and what they led to (CON-03, CON-04). INAMI enters them.
CREATE TABLE insula.mergers (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('merger', 'demerger')),
    -- The two that merge or come of it, then the merged one or the one that is split.
    hospitals text[] NOT NULL CHECK (cardinality(hospitals) = 3),
    effective date NOT NULL,
    -- Whether the successors of a demerger begin anew, each with a convention of its own.
    anew boolean NOT NULL CHECK (kind = 'demerger' OR NOT anew),
    stated jsonb NOT NULL,
    plan jsonb NOT NULL,
    -- Of each convention that it changed: the version it left, and the end that an earlier one had brought.
    changed jsonb NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX mergers_of_hospital ON insula.mergers USING gin (hospitals);
ALTER TABLE insula.mergers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.mergers TO insula_authority;
GRANT UPDATE (version, withdrawn_at, withdrawn_by) ON insula.mergers TO insula_authority;
CREATE POLICY all_mergers ON insula.mergers TO insula_authority USING (true) WITH CHECK (true);
-- INAMI tells insurers of each (6 §3); a hospital knows its own.
GRANT SELECT ON insula.mergers TO insula_hospital, insula_insurer;
CREATE POLICY own_mergers ON insula.mergers FOR SELECT TO insula_hospital USING (insula.organisation() = ANY (hospitals));
CREATE POLICY every_merger ON insula.mergers FOR SELECT TO insula_insurer USING (insula.organisation() IS NOT NULL);

ALTER TABLE insula.conventions DROP CONSTRAINT one_convention_at_a_time;

-- Which hospital has a convention, from which day to which: the one it was concluded with, then those that took it over.
CREATE TABLE insula.convention_holders (
    number text NOT NULL REFERENCES insula.conventions,
    ordinal integer NOT NULL CHECK (ordinal >= 0),
    kind text NOT NULL CHECK (kind IN ('pump', 'selfManagement')),
    hospital text NOT NULL REFERENCES insula.hospitals,
    held_from date NOT NULL,
    -- The last day: of the last holder the convention's own, without the expiry of CON-06; of the others the eve of the next.
    held_to date,
    ends_because text CHECK (ends_because IN ('denounced', 'merged', 'demerged', 'other')),
    -- By which it took it over.
    merger uuid REFERENCES insula.mergers,
    PRIMARY KEY (number, ordinal),
    CHECK ((held_to IS NULL) = (ends_because IS NULL)),
    CHECK ((ordinal = 0) = (merger IS NULL)),
    -- A convention is one hospital's at a time. An empty range, of one that ended before it began, meets none.
    CONSTRAINT one_holder_at_a_time EXCLUDE USING gist (number WITH =,
        daterange(held_from, CASE WHEN held_to < held_from THEN held_from ELSE held_to + 1 END, '[)') WITH &&),
    -- CON-01: of each kind a hospital concludes one at a time. Only a merger brings a second one (CON-03).
    CONSTRAINT one_convention_at_a_time EXCLUDE USING gist (hospital WITH =, kind WITH =,
        daterange(held_from, CASE WHEN held_to < held_from THEN held_from ELSE held_to + 1 END, '[)') WITH &&)
        WHERE (merger IS NULL)
);
CREATE INDEX holders_of_hospital ON insula.convention_holders (hospital);
ALTER TABLE insula.convention_holders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.convention_holders TO insula_hospital;
GRANT SELECT, INSERT, DELETE ON insula.convention_holders TO insula_authority;
GRANT UPDATE (held_from, held_to, ends_because) ON insula.convention_holders TO insula_authority;
CREATE POLICY own_holdings ON insula.convention_holders FOR SELECT TO insula_hospital USING (hospital = insula.organisation());
CREATE POLICY all_holders ON insula.convention_holders TO insula_authority USING (true) WITH CHECK (true);
INSERT INTO insula.convention_holders (number, ordinal, kind, hospital, held_from, held_to, ends_because)
    SELECT number, 0, kind, hospital, valid_from, last_day, ended_because FROM insula.conventions;

-- The convention itself keeps what was said of it: its days follow from that.
ALTER TABLE insula.conventions
    ADD COLUMN agreed_last_day date,
    ADD COLUMN cut_to date,
    ADD COLUMN cut_because text CHECK (cut_because IN ('merged', 'demerged')),
    ADD CHECK ((cut_to IS NULL) = (cut_because IS NULL)),
    ADD CHECK (agreed_last_day >= valid_from);
UPDATE insula.conventions SET agreed_last_day = last_day WHERE ended_because = 'other';
DROP POLICY own_conventions ON insula.conventions;
ALTER TABLE insula.conventions DROP COLUMN hospital, DROP COLUMN last_day, DROP COLUMN ended_because;
CREATE POLICY own_conventions ON insula.conventions FOR SELECT TO insula_hospital USING (EXISTS (
    SELECT FROM insula.convention_holders h WHERE h.number = conventions.number AND h.hospital = insula.organisation()));
GRANT UPDATE (agreed_last_day, cut_to, cut_because) ON insula.conventions TO insula_authority;
