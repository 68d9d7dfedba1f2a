-- What the physicians who treat a beneficiary are told (REG-04): who they are, from when to when; changes of the
-- therapy; reports that were sent. What is due is computed.
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting',
        'treatingPhysician', 'therapyChange', 'practitionerReport')),
    DROP CONSTRAINT lasts,
    ADD CONSTRAINT lasts CHECK (until IS NULL
        OR until >= day AND kind IN ('hospitalStay', 'pumpAssignment', 'treatingPhysician')),
    DROP CONSTRAINT individual_file,
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact', 'treatingPhysician',
            'therapyChange', 'practitionerReport')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date),
    ADD CONSTRAINT treating_physician CHECK (kind <> 'treatingPhysician'
        OR coalesce(content ->> 'kind', '') IN ('generalPractitioner', 'specialist')
        AND coalesce(length(content ->> 'name') BETWEEN 1 AND 100, false)
        AND coalesce(content ->> 'nihdiNumber' ~ '^1[0-9]{10}$', true)),
    ADD CONSTRAINT therapy_change CHECK (kind <> 'therapyChange'
        OR coalesce(length(content ->> 'change') BETWEEN 1 AND 2000, false)
        AND coalesce(jsonb_typeof(content -> 'important') = 'boolean', false)),
    ADD CONSTRAINT practitioner_report CHECK (kind <> 'practitionerReport'
        OR coalesce(content ->> 'kind', '') IN ('start', 'importantChange', 'yearly')
        AND coalesce(content ->> 'sentTo', '') IN ('generalPractitioner', 'specialist')
        AND coalesce(length(content ->> 'note') BETWEEN 1 AND 2000, true));
