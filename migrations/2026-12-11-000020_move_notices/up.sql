-- When beneficiaries told of a move to another establishment: who bears undue days depends on it (BIL-07).
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity', 'moveNotice')),
    DROP CONSTRAINT individual_file,
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact', 'treatingPhysician',
            'therapyChange', 'practitionerReport', 'consultantFollowUp', 'moveNotice')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date),
    ADD CONSTRAINT move_notice CHECK (kind <> 'moveNotice'
        OR coalesce(content ->> 'way' IN ('inPerson', 'phone', 'video', 'writing', 'remote'), true));
