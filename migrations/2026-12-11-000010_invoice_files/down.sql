DROP FUNCTION insula.count_billing_imbalances();
DROP FUNCTION insula.undue_elsewhere(uuid[]);
DROP FUNCTION insula.agreements(uuid[]);
DROP TRIGGER line_of_day_stays ON insula.pump_days;
DROP FUNCTION insula.line_of_day_stays();
-- A day that was billed cannot be told from one that was not.
DELETE FROM insula.pump_days WHERE line_id IS NOT NULL;
ALTER TABLE insula.pump_days
    DROP CONSTRAINT billed_on_a_line,
    DROP COLUMN line_id;
DROP INDEX insula.pump_days_to_bill;
DROP TABLE vault.invoice_records, insula.invoice_lines, insula.invoices, insula.invoice_files, insula.billing_settings;
DROP FUNCTION insula.file_adds_up();
DROP FUNCTION insula.billing_imbalances(uuid);
REVOKE SELECT ON insula.tariffs FROM insula_definer;
DELETE FROM insula.records WHERE kind = 'billingIdentity';
ALTER TABLE insula.records
    DROP CONSTRAINT billing_identity,
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp'));
