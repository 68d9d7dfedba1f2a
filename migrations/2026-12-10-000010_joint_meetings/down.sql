DELETE FROM insula.records WHERE kind = 'jointMeeting';
DROP TRIGGER meet ON insula.records;
CREATE TRIGGER meet AFTER INSERT ON insula.records
    FOR EACH ROW WHEN (NEW.kind = 'contact' AND NOT NEW.withdrawn) EXECUTE FUNCTION insula.meet();
ALTER TABLE insula.records
    DROP CONSTRAINT joint_meeting,
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact'));
