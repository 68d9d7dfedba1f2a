-- Whoever had a convention first has it alone again.
DROP POLICY own_conventions ON insula.conventions;
ALTER TABLE insula.conventions
    ADD COLUMN hospital text REFERENCES insula.hospitals,
    ADD COLUMN last_day date,
    ADD COLUMN ended_because text CHECK (ended_because IN ('denounced', 'selfManagementEnded', 'merged', 'demerged', 'other')),
    ADD CHECK ((last_day IS NULL) = (ended_because IS NULL));
UPDATE insula.conventions c SET hospital = h.hospital, last_day = h.held_to, ended_because = h.ends_because
    FROM insula.convention_holders h WHERE h.number = c.number AND h.ordinal = 0;
DROP TABLE insula.convention_holders;
DROP TABLE insula.mergers;
ALTER TABLE insula.conventions
    ALTER COLUMN hospital SET NOT NULL,
    DROP COLUMN agreed_last_day,
    DROP COLUMN cut_to,
    DROP COLUMN cut_because,
    ADD CONSTRAINT one_convention_at_a_time EXCLUDE USING gist (hospital WITH =, kind WITH =,
        daterange(valid_from, CASE WHEN last_day < valid_from THEN valid_from ELSE last_day + 1 END, '[)') WITH &&);
CREATE INDEX conventions_of_hospital ON insula.conventions (hospital);
GRANT UPDATE (last_day, ended_because) ON insula.conventions TO insula_authority;
CREATE POLICY own_conventions ON insula.conventions FOR SELECT TO insula_hospital USING (hospital = insula.organisation());
