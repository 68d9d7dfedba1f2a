-- The self-management and pump conventions of hospitals, each with its one number (CON-01). INAMI enters them.
CREATE TABLE insula.conventions (
    number text PRIMARY KEY CHECK (number ~ '^7\.[0-9]{2}\.[0-9]{3}\.[0-9]{2}$'),
    kind text NOT NULL CHECK (kind IN ('pump', 'selfManagement')),
    hospital text NOT NULL REFERENCES insula.hospitals,
    valid_from date NOT NULL,
    -- Its own end; a pump convention ends with self-management as well (CON-06).
    last_day date,
    ended_because text CHECK (ended_because IN ('denounced', 'selfManagementEnded', 'merged', 'demerged', 'other')),
    -- Of a pump convention: whether the hospital had none before (STF-05).
    new_establishment boolean NOT NULL,
    -- The registered letter that denounced it (CON-05).
    denounced_on date,
    denounced_by text CHECK (denounced_by IN ('establishment', 'inami')),
    version integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    CHECK ((kind = 'pump') = (number LIKE '7.86.5%')),
    CHECK ((last_day IS NULL) = (ended_because IS NULL)),
    CHECK ((denounced_on IS NULL) = (denounced_by IS NULL)),
    CHECK (kind = 'pump' OR NOT new_establishment),
    -- CON-05: the convention of this text took effect that day.
    CHECK (kind <> 'pump' OR valid_from >= '2021-01-01'),
    CHECK (denounced_on >= valid_from),
    -- CON-01: of each kind a hospital has one at a time. An empty range, of one that ended before it began, meets none.
    CONSTRAINT one_convention_at_a_time EXCLUDE USING gist (hospital WITH =, kind WITH =,
        daterange(valid_from, CASE WHEN last_day < valid_from THEN valid_from ELSE last_day + 1 END, '[)') WITH &&)
);
CREATE INDEX conventions_of_hospital ON insula.conventions (hospital);
ALTER TABLE insula.conventions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.conventions TO insula_hospital;
GRANT SELECT, INSERT ON insula.conventions TO insula_authority;
GRANT UPDATE (valid_from, last_day, ended_because, new_establishment, denounced_on, denounced_by, version, updated_at)
    ON insula.conventions TO insula_authority;
CREATE POLICY own_conventions ON insula.conventions FOR SELECT TO insula_hospital USING (hospital = insula.organisation());
CREATE POLICY all_conventions ON insula.conventions TO insula_authority USING (true) WITH CHECK (true);
