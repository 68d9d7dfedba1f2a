-- The three tables as they were.
DROP TRIGGER assign ON insula.records;
DROP FUNCTION insula.assign();

CREATE TABLE insula.team_members (
    id uuid NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    hospital text NOT NULL REFERENCES insula.hospitals,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    nihdi_number text CHECK (nihdi_number ~ '^[0-9]{11}$'),
    qualification text NOT NULL CHECK (qualification IN ('endocrinologist', 'assimilatedPhysician', 'diabetesNurse', 'dietician',
        'specialisedStaff', 'secretary', 'socialWorker', 'socialNurse', 'psychologist', 'podologist')),
    employment numeric(8, 4) NOT NULL CHECK (employment >= 0),
    entered_service date NOT NULL,
    training_proved_on date,
    withdrawn boolean NOT NULL,
    why text CHECK (length(why) BETWEEN 1 AND 500),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (id, version),
    UNIQUE (id, version, hospital, qualification)
);
CREATE UNIQUE INDEX one_present_version ON insula.team_members (id) WHERE replaced_at IS NULL;
CREATE INDEX team_of_hospital ON insula.team_members (hospital, recorded_at);
INSERT INTO insula.team_members
    SELECT key::uuid, version, hospital, content ->> 'name', content ->> 'nihdiNumber', content ->> 'qualification',
        (content ->> 'employment')::numeric, (content ->> 'enteredService')::date, (content ->> 'trainingProvedOn')::date,
        withdrawn, why, recorded_at, recorded_by, replaced_at FROM insula.records WHERE kind = 'teamMember';
ALTER TABLE insula.team_assignments
    DROP CONSTRAINT of_member,
    ADD FOREIGN KEY (member_id, member_version, hospital, qualification)
        REFERENCES insula.team_members (id, version, hospital, qualification);

CREATE TABLE insula.staffing_statements (
    hospital text NOT NULL REFERENCES insula.hospitals,
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2999),
    version integer NOT NULL CHECK (version >= 1),
    patients numeric(10, 4) CHECK (patients >= 0),
    patients_at_year_end numeric(10, 4) CHECK (patients_at_year_end >= 0),
    patients_on_entry numeric(10, 4) CHECK (patients_on_entry >= 0),
    grounds text NOT NULL CHECK (length(grounds) BETWEEN 1 AND 1000),
    self_management jsonb NOT NULL CHECK (jsonb_typeof(self_management) = 'object'),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (hospital, year, version)
);
CREATE UNIQUE INDEX one_present_statement ON insula.staffing_statements (hospital, year) WHERE replaced_at IS NULL;
INSERT INTO insula.staffing_statements
    SELECT hospital, year, version, (content ->> 'patients')::numeric, (content ->> 'patientsAtYearEnd')::numeric,
        (content ->> 'patientsOnEntry')::numeric, content ->> 'grounds', content -> 'selfManagement', recorded_at, recorded_by,
        replaced_at FROM insula.records WHERE kind = 'staffingStatement';

CREATE TABLE insula.establishment_sheets (
    hospital text NOT NULL REFERENCES insula.hospitals,
    kind text NOT NULL CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps')),
    version integer NOT NULL CHECK (version >= 1),
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'array'),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (hospital, kind, version)
);
CREATE UNIQUE INDEX one_present_sheet ON insula.establishment_sheets (hospital, kind) WHERE replaced_at IS NULL;
INSERT INTO insula.establishment_sheets
    SELECT hospital, kind, version, content, recorded_at, recorded_by, replaced_at FROM insula.records WHERE key = '';
DROP TABLE insula.records;
CREATE UNIQUE INDEX one_member_per_person ON insula.team_members (hospital, nihdi_number) WHERE replaced_at IS NULL AND NOT withdrawn;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['team_members', 'staffing_statements', 'establishment_sheets']
    LOOP
        EXECUTE format('ALTER TABLE insula.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE (replaced_at) ON insula.%I TO insula_hospital', name);
        EXECUTE format('GRANT SELECT ON insula.%I TO insula_authority, insula_insurer', name);
        EXECUTE format('CREATE POLICY on_a_visit ON insula.%I FOR SELECT TO insula_insurer USING (insula.visits())', name);
    END LOOP;
END $$;
CREATE POLICY own_team ON insula.team_members TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY own_statements ON insula.staffing_statements TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY own_sheets ON insula.establishment_sheets TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY all_teams ON insula.team_members FOR SELECT TO insula_authority USING (true);
CREATE POLICY all_statements ON insula.staffing_statements FOR SELECT TO insula_authority USING (true);
CREATE POLICY all_sheets ON insula.establishment_sheets FOR SELECT TO insula_authority USING (true);
CREATE POLICY every_prescriber ON insula.establishment_sheets FOR SELECT TO insula_insurer
    USING (kind = 'prescribers' AND insula.organisation() IS NOT NULL);
GRANT SELECT ON insula.establishment_sheets TO insula_worker;
CREATE POLICY every_offer ON insula.establishment_sheets FOR SELECT TO insula_worker USING (kind = 'pumps');
