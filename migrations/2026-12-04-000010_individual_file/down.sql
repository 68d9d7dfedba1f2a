DROP TRIGGER meet ON insula.records;
DROP FUNCTION insula.meet();
DELETE FROM insula.records WHERE kind IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact');
ALTER TABLE insula.records
    DROP CONSTRAINT one_pump_at_a_time,
    DROP CONSTRAINT contact,
    DROP CONSTRAINT pump_assignment,
    DROP CONSTRAINT preventive_examination,
    DROP CONSTRAINT hospital_stay,
    DROP CONSTRAINT individual_file,
    DROP CONSTRAINT lasts,
    DROP COLUMN until,
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery'));
