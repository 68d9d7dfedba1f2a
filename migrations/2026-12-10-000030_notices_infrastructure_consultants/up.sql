-- How the consultations of a site are made known to patients (REG-13), and what a site has for education and data
-- (REG-12): about the establishment, so that INAMI and a visit read them (REG-10). Consultants whom a beneficiary has
-- to see (REG-14).
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp')),
    DROP CONSTRAINT individual_file,
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact', 'treatingPhysician',
            'therapyChange', 'practitionerReport', 'consultantFollowUp')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date),
    ADD CONSTRAINT of_a_site CHECK (kind NOT IN ('consultationNotice', 'infrastructureDeclaration')
        OR day IS NOT NULL AND num_nonnulls(beneficiary, member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date AND content ->> 'siteId' IS NOT NULL),
    ADD CONSTRAINT consultation_notice CHECK (kind <> 'consultationNotice'
        OR coalesce(content ->> 'way', '') IN ('letter', 'email', 'leaflet', 'poster', 'webSite', 'inPerson')
        AND coalesce(length(content ->> 'note') BETWEEN 1 AND 2000, true)),
    ADD CONSTRAINT infrastructure_declaration CHECK (kind <> 'infrastructureDeclaration'
        OR coalesce(length(content ->> 'rooms') BETWEEN 1 AND 2000, false)
        AND coalesce(length(content ->> 'demonstrationMaterial') BETWEEN 1 AND 2000, false)
        AND coalesce(length(content ->> 'itSupport') BETWEEN 1 AND 2000, false)),
    ADD CONSTRAINT consultant_follow_up CHECK (kind <> 'consultantFollowUp'
        OR coalesce(content ->> 'consultant', '') IN ('dietician', 'socialWorker', 'socialNurse', 'psychologist', 'podologist')
        AND coalesce((content ->> 'dueOn')::date >= day, false)
        AND coalesce(length(content ->> 'note') BETWEEN 1 AND 2000, true));
