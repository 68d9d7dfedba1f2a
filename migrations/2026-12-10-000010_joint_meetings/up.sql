-- Joint meetings of the team with that of self-management (REG-03): on which day, who took part, with what report. They
-- are about the establishment, so that INAMI and a visit read them (REG-10).
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting')),
    ADD CONSTRAINT joint_meeting CHECK (kind <> 'jointMeeting'
        OR day IS NOT NULL AND num_nonnulls(beneficiary, member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date
        AND coalesce(jsonb_typeof(content -> 'members') = 'array', false) AND content @? '$.members[0]'
        AND coalesce(jsonb_typeof(content -> 'fromSelfManagement') = 'array', true)
        AND coalesce((content ->> 'minutes')::integer BETWEEN 1 AND 1440, true)
        AND coalesce(length(content ->> 'report') BETWEEN 1 AND 10000, true));

-- Who took part in a joint meeting was in the team on that day too, as the team register says when it is entered.
DROP TRIGGER meet ON insula.records;
CREATE TRIGGER meet AFTER INSERT ON insula.records
    FOR EACH ROW WHEN (NEW.kind IN ('contact', 'jointMeeting') AND NOT NEW.withdrawn) EXECUTE FUNCTION insula.meet();
