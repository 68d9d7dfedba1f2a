-- What an establishment keeps on record, of whatever kind: sheets that it states as a whole, statements of a year, the members of its
-- team. A record's rows are the versions of what was said; the one that nothing replaced is what is said now. Nothing is overwritten.
CREATE TABLE insula.records (
    hospital text NOT NULL REFERENCES insula.hospitals,
    kind text NOT NULL CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps', 'staffingStatement', 'teamMember')),
    -- Which of its kind: the year, an identifier; empty where an establishment has one.
    key text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    content jsonb NOT NULL,
    -- What the content says of these, where its kind has them: to be refused on, and found by.
    beneficiary uuid,
    day date,
    member uuid,
    quantity numeric,
    year integer,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    -- When something else was said.
    replaced_at timestamptz CHECK (replaced_at >= recorded_at),
    -- Entered in error: it never held.
    withdrawn boolean NOT NULL DEFAULT false,
    -- Why it was corrected or withdrawn.
    why text CHECK (length(why) BETWEEN 1 AND 500),
    -- Of a member of the team: for assignments to refer to.
    member_id uuid GENERATED ALWAYS AS (CASE kind WHEN 'teamMember' THEN key::uuid END) STORED,
    qualification text GENERATED ALWAYS AS (CASE kind WHEN 'teamMember' THEN content ->> 'qualification' END) STORED,
    PRIMARY KEY (hospital, kind, key, version),
    UNIQUE (member_id, version, hospital, qualification),
    -- A beneficiary of the same hospital (SYS-02).
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary, hospital) REFERENCES vault.beneficiaries (id, hospital),
    -- Prescribers (CON-08), sites (CON-02), availability (REG-05), pumps (PMP-05): lines.
    CONSTRAINT sheet CHECK (kind NOT IN ('prescribers', 'sites', 'availability', 'pumps')
        OR key = '' AND jsonb_typeof(content) = 'array' AND num_nonnulls(beneficiary, day, member, quantity, year) = 0),
    -- Patients of the pump convention, on what they are stated, and what self-management requires of each function (STF-01, STF-03, STF-05).
    CONSTRAINT staffing_statement CHECK (kind <> 'staffingStatement'
        OR num_nonnulls(beneficiary, day, member, quantity) = 0 AND year IS NOT NULL AND year BETWEEN 2000 AND 2999 AND key = year::text
        AND coalesce((content ->> 'patients')::numeric, 0) >= 0
        AND coalesce((content ->> 'patientsAtYearEnd')::numeric, 0) >= 0
        AND coalesce((content ->> 'patientsOnEntry')::numeric, 0) >= 0
        AND length(coalesce(content ->> 'grounds', '')) BETWEEN 1 AND 1000
        AND coalesce(jsonb_typeof(content -> 'selfManagement') = 'object', false)),
    -- Who is in the team, and what they do (STF-12). A physician or nurse has a NIHDI number.
    CONSTRAINT team_member CHECK (kind <> 'teamMember'
        OR num_nonnulls(beneficiary, day, member, quantity, year) = 0 AND content ->> 'id' IS NOT DISTINCT FROM key
        AND length(coalesce(content ->> 'name', '')) BETWEEN 1 AND 200
        AND coalesce(content ->> 'nihdiNumber' ~ '^[0-9]{11}$', true)
        AND coalesce(content ->> 'qualification', '') IN ('endocrinologist', 'assimilatedPhysician', 'diabetesNurse', 'dietician',
            'specialisedStaff', 'secretary', 'socialWorker', 'socialNurse', 'psychologist', 'podologist')
        AND coalesce((content ->> 'employment')::numeric >= 0, false) AND content ->> 'enteredService' IS NOT NULL
        AND coalesce(jsonb_typeof(content -> 'assignments') = 'array', false))
);

ALTER TABLE insula.records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (replaced_at) ON insula.records TO insula_hospital;
GRANT SELECT ON insula.records TO insula_authority, insula_insurer, insula_worker;
CREATE POLICY own_records ON insula.records TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
-- INAMI reads what a visit may ask for (REG-10); which of its people, the table of permissions says.
CREATE POLICY all_records ON insula.records FOR SELECT TO insula_authority USING (true);
-- Insurers read who may prescribe, and in the scope of a visit what a visit may ask for.
CREATE POLICY every_prescriber ON insula.records FOR SELECT TO insula_insurer
    USING (kind = 'prescribers' AND insula.organisation() IS NOT NULL);
CREATE POLICY on_a_visit ON insula.records FOR SELECT TO insula_insurer USING (insula.visits());
-- Where a beneficiary can be referred to for another pump is asked in Insula's own scope.
CREATE POLICY every_offer ON insula.records FOR SELECT TO insula_worker USING (kind = 'pumps');

INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by, replaced_at)
    SELECT hospital, kind, '', version, content, recorded_at, recorded_by, replaced_at FROM insula.establishment_sheets;
INSERT INTO insula.records (hospital, kind, key, version, content, year, recorded_at, recorded_by, replaced_at)
    SELECT hospital, 'staffingStatement', year::text, version, jsonb_strip_nulls(jsonb_build_object('year', year,
            'patients', trim_scale(patients)::text, 'patientsAtYearEnd', trim_scale(patients_at_year_end)::text,
            'patientsOnEntry', trim_scale(patients_on_entry)::text, 'grounds', grounds, 'selfManagement', self_management)),
        year, recorded_at, recorded_by, replaced_at FROM insula.staffing_statements;
INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by, replaced_at, withdrawn, why)
    SELECT hospital, 'teamMember', id::text, version, jsonb_strip_nulls(jsonb_build_object('id', id, 'name', name,
            'nihdiNumber', nihdi_number, 'qualification', qualification, 'employment', trim_scale(employment)::text,
            'enteredService', entered_service, 'trainingProvedOn', training_proved_on,
            'assignments', coalesce((SELECT jsonb_agg(jsonb_build_object('function', a.function, 'convention', a.convention,
                    'site', a.site_id, 'responsible', a.responsible, 'fte', trim_scale(a.fte)::text,
                    'exemptedMinutes', a.exempted_minutes, 'wardCareMinutes', a.ward_care_minutes,
                    'timetable', a.timetable, 'from', a.valid_from, 'to', a.valid_to) ORDER BY a.number)
                FROM insula.team_assignments a WHERE a.member_id = m.id AND a.member_version = m.version), '[]'))),
        recorded_at, recorded_by, replaced_at, withdrawn, why FROM insula.team_members m;

ALTER TABLE insula.team_assignments
    DROP CONSTRAINT team_assignments_member_id_member_version_hospital_qualifi_fkey,
    ADD CONSTRAINT of_member FOREIGN KEY (member_id, member_version, hospital, qualification)
        REFERENCES insula.records (member_id, version, hospital, qualification);
DROP TABLE insula.establishment_sheets, insula.staffing_statements, insula.team_members;
CREATE UNIQUE INDEX one_present_record ON insula.records (kind, hospital, key) WHERE replaced_at IS NULL;
-- A person with a NIHDI number is in a team once, and holds there all they do.
CREATE UNIQUE INDEX one_member_per_person ON insula.records (hospital, (content ->> 'nihdiNumber'))
    WHERE kind = 'teamMember' AND replaced_at IS NULL AND NOT withdrawn;

-- What a member does, row by row, with every version of the member: it is rows that exclude each other.
CREATE FUNCTION insula.assign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE insula.team_assignments SET present = false WHERE member_id = NEW.member_id AND member_version = NEW.version;
    ELSE
        INSERT INTO insula.team_assignments (member_id, member_version, number, hospital, qualification, function, convention, site_id,
            responsible, fte, exempted_minutes, ward_care_minutes, timetable, valid_from, valid_to, present)
        SELECT NEW.member_id, NEW.version, a.number - 1, NEW.hospital, NEW.qualification, a.one ->> 'function', a.one ->> 'convention',
            (a.one ->> 'site')::uuid, (a.one ->> 'responsible')::boolean, (a.one ->> 'fte')::numeric,
            (a.one ->> 'exemptedMinutes')::integer, (a.one ->> 'wardCareMinutes')::integer, a.one -> 'timetable',
            (a.one ->> 'from')::date, (a.one ->> 'to')::date, NEW.replaced_at IS NULL AND NOT NEW.withdrawn
        FROM jsonb_array_elements(NEW.content -> 'assignments') WITH ORDINALITY AS a (one, number);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER assign AFTER INSERT OR UPDATE ON insula.records
    FOR EACH ROW WHEN (NEW.kind = 'teamMember') EXECUTE FUNCTION insula.assign();
