DROP FUNCTION insula.patient_days(text);
DROP FUNCTION insula.billed_days();
