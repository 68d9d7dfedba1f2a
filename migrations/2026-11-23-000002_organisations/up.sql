CREATE TABLE insula.hospitals (
    number text PRIMARY KEY CONSTRAINT hospital_number_form CHECK (number ~ '^7[12][0-9]{6}$'),
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('fr', 'nl', 'de', 'en')),
    -- Whom to ask for the registry (CGM-02).
    access_contact text,
    -- Adherence to agreement M-ACL-001 (CGM-14).
    adhered_from date,
    adhered_to date,
    version integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    CHECK (adhered_to IS NULL OR adhered_from IS NOT NULL AND adhered_from <= adhered_to)
);
ALTER TABLE insula.hospitals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.hospitals TO insula_hospital, insula_worker, insula_authority;
GRANT INSERT, UPDATE ON insula.hospitals TO insula_authority;
CREATE POLICY own_hospital ON insula.hospitals TO insula_hospital USING (number = insula.organisation());
CREATE POLICY all_hospitals ON insula.hospitals TO insula_authority, insula_worker USING (true) WITH CHECK (true);

-- Insurers are reference data: the unions, and the local mutualities that belong to them.
CREATE TABLE insula.insurers (
    number text PRIMARY KEY CHECK (number ~ '^[1-69][0-9]{2}$'),
    union_number text NOT NULL REFERENCES insula.insurers,
    name text NOT NULL
);
GRANT SELECT ON insula.insurers TO insula_hospital, insula_insurer, insula_authority, insula_worker;
INSERT INTO insula.insurers (number, union_number, name) VALUES
    ('100', '100', 'Christian mutualities'),
    ('200', '200', 'Neutral mutualities'),
    ('300', '300', 'Socialist mutualities'),
    ('400', '400', 'Liberal mutualities'),
    ('500', '500', 'Independent mutualities'),
    ('600', '600', 'Auxiliary fund'),
    ('900', '900', 'Railway fund');
INSERT INTO insula.insurers (number, union_number, name)
SELECT number::text, '300', 'Socialist mutuality ' || number
FROM unnest(ARRAY[304, 305, 309, 311, 315, 317, 319, 322, 323, 325]) AS number;

-- Pairs are dated reference data (CGM-01, CNT-01). The first code of a pair is ambulatory, the second hospitalised.
CREATE TABLE insula.nomenclature_pairs (
    pair text NOT NULL,
    ambulatory text NOT NULL,
    hospitalised text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    counter text CHECK (counter IN ('A', 'B')),
    PRIMARY KEY (pair, valid_from),
    CHECK (pair = ambulatory || '-' || hospitalised),
    -- The sixth digit of a code is the first five modulo 7.
    CHECK (right(ambulatory, 1)::int = left(ambulatory, 5)::int % 7),
    CHECK (right(hospitalised, 1)::int = left(hospitalised, 5)::int % 7),
    CHECK (valid_to IS NULL OR valid_from <= valid_to)
);
GRANT SELECT ON insula.nomenclature_pairs TO insula_hospital, insula_insurer, insula_authority, insula_worker;
INSERT INTO insula.nomenclature_pairs (pair, ambulatory, hospitalised, valid_from, counter) VALUES
    ('174370-174381', '174370', '174381', '2020-01-01', 'A'),
    ('174392-174403', '174392', '174403', '2020-01-01', NULL),
    ('174414-174425', '174414', '174425', '2020-01-01', NULL),
    ('174436-174440', '174436', '174440', '2020-01-01', NULL),
    ('174451-174462', '174451', '174462', '2020-01-01', NULL),
    ('174473-174484', '174473', '174484', '2020-01-01', NULL),
    ('174495-174506', '174495', '174506', '2020-01-01', 'B');

-- What the access manager granted to whom (CGM-02). A support sees the registrations of the authors named here.
CREATE TABLE insula.registry_grants (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    person text NOT NULL,
    supports text[] NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL,
    withdrawn_by text,
    withdrawn_at timestamptz,
    CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
);
CREATE UNIQUE INDEX one_grant_per_person ON insula.registry_grants (hospital, person) WHERE withdrawn_at IS NULL;
ALTER TABLE insula.registry_grants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.registry_grants TO insula_hospital;
GRANT UPDATE (withdrawn_by, withdrawn_at) ON insula.registry_grants TO insula_hospital;
CREATE POLICY own_grants ON insula.registry_grants TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());

-- Opens the scope of a transaction. `registry` is '' for callers outside the registry; else 'all' (lead), 'own'
-- (associate), 'supported' (support) or 'ownAndSupported'. Without a grant nothing is opened (CGM-02).
CREATE FUNCTION insula.enter(organisation text, person text, registry text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    supported text[];
BEGIN
    PERFORM set_config('insula.organisation', organisation, true), set_config('insula.person', person, true);
    IF registry = '' THEN
        PERFORM set_config('insula.authors', '', true);
        RETURN;
    END IF;
    SELECT g.supports INTO supported FROM insula.registry_grants g
        WHERE g.hospital = organisation AND g.person = enter.person AND g.withdrawn_at IS NULL;
    IF supported IS NULL THEN
        RAISE EXCEPTION 'registry not granted' USING CONSTRAINT = 'registry_granted';
    END IF;
    PERFORM set_config('insula.authors', CASE registry
        WHEN 'all' THEN '*'
        WHEN 'own' THEN person
        WHEN 'supported' THEN array_to_string(supported, E'\n')
        ELSE array_to_string(person || supported, E'\n') END, true);
END $$;
