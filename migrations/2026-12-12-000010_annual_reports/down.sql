DROP FUNCTION insula.reported_pumps(text, text[], date, date, timestamptz);
DROP FUNCTION insula.reported_periods(text, text[], date, date, timestamptz);
DROP FUNCTION insula.has_reports_of(text);
DROP POLICY pumps_of_reports ON insula.records;
REVOKE SELECT ON insula.records FROM insula_definer;
DROP TABLE insula.annual_reports;
DROP TABLE insula.report_models;
