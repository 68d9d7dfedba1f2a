-- What is kept of each beneficiary beside the material: stays in hospitals (PMP-04), preventive examinations (PMP-03),
-- which pump they have (PMP-07), contacts with the team (REG-02). Birth and death are encrypted in the vault, so that only
-- the program refuses what lies outside a life.
ALTER TABLE insula.records
    -- The last day of what lasts from a day to another, where the content says one.
    ADD COLUMN until date,
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact')),
    ADD CONSTRAINT lasts CHECK (until IS NULL OR until >= day AND kind IN ('hospitalStay', 'pumpAssignment')),
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date),
    ADD CONSTRAINT hospital_stay CHECK (kind <> 'hospitalStay'
        OR coalesce(content ->> 'hospitalNumber' ~ '^7[12][0-9]{6}$', false)
        AND coalesce(jsonb_typeof(content -> 'pumpContinued') = 'boolean', false)
        AND coalesce(jsonb_typeof(content -> 'linkedToDiabetes') = 'boolean', false)),
    ADD CONSTRAINT preventive_examination CHECK (kind <> 'preventiveExamination'
        OR coalesce(length(content ->> 'examined') BETWEEN 1 AND 200, true)),
    ADD CONSTRAINT pump_assignment CHECK (kind <> 'pumpAssignment'
        OR coalesce(length(content ->> 'manufacturer') BETWEEN 1 AND 100, false)
        AND coalesce(length(content ->> 'model') BETWEEN 1 AND 100, false)
        AND coalesce(length(content ->> 'serial') BETWEEN 1 AND 100, false)
        AND coalesce(content ->> 'chosenBy' ~ '^1[0-9]{10}$', false)
        AND coalesce((content ->> 'toldOfAllTypesOn')::date <= day, false)),
    ADD CONSTRAINT contact CHECK (kind <> 'contact'
        OR coalesce(content ->> 'kind', '') IN ('accompaniment', 'education', 'material')
        AND coalesce(jsonb_typeof(content -> 'members') = 'array', false) AND content @? '$.members[0]'
        AND coalesce((content ->> 'minutes')::integer BETWEEN 1 AND 1440, true)
        AND coalesce(length(content ->> 'note') BETWEEN 1 AND 2000, true)),
    -- PMP-07: a beneficiary has one pump at a time.
    ADD CONSTRAINT one_pump_at_a_time EXCLUDE USING gist (beneficiary WITH =, daterange(day, until, '[]') WITH &&)
        WHERE (kind = 'pumpAssignment' AND replaced_at IS NULL AND NOT withdrawn);

-- REG-02: who took part in a contact was in the team on that day, as the team register says when the contact is entered.
CREATE FUNCTION insula.meet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM jsonb_array_elements_text(NEW.content -> 'members') AS m (id)
        WHERE NOT EXISTS (SELECT 1 FROM insula.team_assignments a
            WHERE a.member_id = m.id::uuid AND a.hospital = NEW.hospital AND a.present
                AND daterange(a.valid_from, a.valid_to, '[]') @> NEW.day))
    THEN
        RAISE check_violation USING MESSAGE = 'a contact of somebody who is not in the team', CONSTRAINT = 'met_by_team';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER meet AFTER INSERT ON insula.records
    FOR EACH ROW WHEN (NEW.kind = 'contact' AND NOT NEW.withdrawn) EXECUTE FUNCTION insula.meet();
