DROP FUNCTION insula.accounted_days(text, integer, timestamptz);
DROP FUNCTION insula.accounted_lines(text, integer, timestamptz);
DELETE FROM insula.records WHERE kind IN ('accountEntry', 'otherConventions');
ALTER POLICY on_a_visit ON insula.records USING (insula.visits() AND beneficiary IS NULL);
ALTER TABLE insula.records
    DROP CONSTRAINT account_entry,
    DROP CONSTRAINT sheet,
    ADD CONSTRAINT sheet CHECK (kind NOT IN ('prescribers', 'sites', 'availability', 'pumps')
        OR key = '' AND jsonb_typeof(content) = 'array' AND num_nonnulls(beneficiary, day, member, quantity, year) = 0),
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity', 'moveNotice',
        'electronicConsent'));
