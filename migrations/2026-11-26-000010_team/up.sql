-- The team register (C 5 §3, STF-12): who is in an establishment's team, what they do, and what was said of it before. A member's
-- rows are the versions of what was said; the one that nothing replaced is what is said now. Nothing is ever overwritten.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE TABLE insula.team_members (
    id uuid NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    hospital text NOT NULL REFERENCES insula.hospitals,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- A physician or nurse has one.
    nihdi_number text CHECK (nihdi_number ~ '^[0-9]{11}$'),
    qualification text NOT NULL CHECK (qualification IN ('endocrinologist', 'assimilatedPhysician', 'diabetesNurse', 'dietician',
        'specialisedStaff', 'secretary', 'socialWorker', 'socialNurse', 'psychologist', 'podologist')),
    -- How much they work for the hospital altogether.
    employment numeric(8, 4) NOT NULL CHECK (employment >= 0),
    entered_service date NOT NULL,
    training_proved_on date,
    -- Entered in error: it never held.
    withdrawn boolean NOT NULL,
    -- Why it was corrected or withdrawn.
    why text CHECK (length(why) BETWEEN 1 AND 500),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    -- When something else was said.
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (id, version),
    UNIQUE (id, version, hospital, qualification)
);
CREATE UNIQUE INDEX one_present_version ON insula.team_members (id) WHERE replaced_at IS NULL;
-- A person with a NIHDI number is in a team once, and holds there all they do.
CREATE UNIQUE INDEX one_member_per_person ON insula.team_members (hospital, nihdi_number) WHERE replaced_at IS NULL AND NOT withdrawn;
CREATE INDEX team_of_hospital ON insula.team_members (hospital, recorded_at);

CREATE TABLE insula.team_assignments (
    member_id uuid NOT NULL,
    member_version integer NOT NULL,
    number integer NOT NULL CHECK (number >= 0),
    hospital text NOT NULL,
    qualification text NOT NULL,
    function text NOT NULL,
    convention text NOT NULL CHECK (convention IN ('pump', 'selfManagement')),
    site_id uuid,
    responsible boolean NOT NULL,
    fte numeric(8, 4) NOT NULL CHECK (fte >= 0),
    exempted_minutes integer NOT NULL CHECK (exempted_minutes >= 0),
    ward_care_minutes integer NOT NULL CHECK (ward_care_minutes >= 0),
    timetable jsonb NOT NULL CHECK (jsonb_typeof(timetable) = 'array'),
    valid_from date NOT NULL,
    valid_to date,
    -- Whether it belongs to what is said now.
    present boolean NOT NULL,
    PRIMARY KEY (member_id, member_version, number),
    FOREIGN KEY (member_id, member_version, hospital, qualification)
        REFERENCES insula.team_members (id, version, hospital, qualification),
    CHECK (valid_to >= valid_from),
    -- STF-19, STF-06, STF-18: who may be what; the same as `Qualification::may_be` in the domain, a test compares the two.
    CONSTRAINT qualification_fits CHECK (CASE function
        WHEN 'medical' THEN qualification IN ('endocrinologist', 'assimilatedPhysician')
        WHEN 'education' THEN qualification IN ('diabetesNurse', 'dietician')
        WHEN 'dataManagement' THEN qualification IN ('diabetesNurse', 'dietician', 'specialisedStaff')
        WHEN 'secretariat' THEN qualification IN ('diabetesNurse', 'dietician', 'secretary')
        WHEN 'consultation' THEN qualification IN ('dietician', 'socialWorker', 'socialNurse', 'psychologist', 'podologist')
        ELSE false END),
    CHECK (NOT responsible OR function = 'medical'),
    -- STF-09, CON-02: one responsible physician on any day, for each convention, over all sites.
    CONSTRAINT one_responsible_physician EXCLUDE USING gist
        (hospital WITH =, convention WITH =, daterange(valid_from, valid_to, '[]') WITH &&) WHERE (responsible AND present)
);

ALTER TABLE insula.team_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE insula.team_assignments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.team_members, insula.team_assignments TO insula_hospital;
GRANT UPDATE (replaced_at) ON insula.team_members TO insula_hospital;
GRANT UPDATE (present) ON insula.team_assignments TO insula_hospital;
CREATE POLICY own_team ON insula.team_members TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY own_team ON insula.team_assignments TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
-- INAMI reads what a visit may ask for (REG-10); which of its people, the table of permissions says.
GRANT SELECT ON insula.team_members, insula.team_assignments TO insula_authority;
CREATE POLICY all_teams ON insula.team_members FOR SELECT TO insula_authority USING (true);
CREATE POLICY all_teams ON insula.team_assignments FOR SELECT TO insula_authority USING (true);

-- What an establishment states of a year, for its staffing to be assessed (STF-01, STF-03, STF-05); its versions in the same way.
CREATE TABLE insula.staffing_statements (
    hospital text NOT NULL REFERENCES insula.hospitals,
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2999),
    version integer NOT NULL CHECK (version >= 1),
    -- Patients of the pump convention: the mean over the year, on its last day, and, in the year of entry, on the day of entry.
    patients numeric(10, 4) CHECK (patients >= 0),
    patients_at_year_end numeric(10, 4) CHECK (patients_at_year_end >= 0),
    patients_on_entry numeric(10, 4) CHECK (patients_on_entry >= 0),
    -- What they are stated on.
    grounds text NOT NULL CHECK (length(grounds) BETWEEN 1 AND 1000),
    -- What self-management requires of each function in the year, in FTE, and on what that is stated.
    self_management jsonb NOT NULL CHECK (jsonb_typeof(self_management) = 'object'),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    PRIMARY KEY (hospital, year, version)
);
CREATE UNIQUE INDEX one_present_statement ON insula.staffing_statements (hospital, year) WHERE replaced_at IS NULL;
ALTER TABLE insula.staffing_statements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.staffing_statements TO insula_hospital;
GRANT UPDATE (replaced_at) ON insula.staffing_statements TO insula_hospital;
CREATE POLICY own_statements ON insula.staffing_statements TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON insula.staffing_statements TO insula_authority;
CREATE POLICY all_statements ON insula.staffing_statements FOR SELECT TO insula_authority USING (true);
