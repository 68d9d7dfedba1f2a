DROP TABLE insula.summaries;
DELETE FROM insula.records WHERE kind = 'electronicConsent';
ALTER TABLE insula.records
    DROP CONSTRAINT lasts,
    ADD CONSTRAINT lasts CHECK (until IS NULL
        OR until >= day AND kind IN ('hospitalStay', 'pumpAssignment', 'treatingPhysician')),
    DROP CONSTRAINT individual_file,
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact', 'treatingPhysician',
            'therapyChange', 'practitionerReport', 'consultantFollowUp', 'moveNotice')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date),
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity', 'moveNotice'));
