DROP TRIGGER free_undue_days ON insula.granted_periods;
DROP TABLE insula.pump_days;
DROP FUNCTION insula.due_days(uuid[], date, date);
DROP FUNCTION insula.periods_of_beneficiaries(uuid[]);
DROP FUNCTION insula.free_undue_days();
DROP FUNCTION insula.days_in_period();
