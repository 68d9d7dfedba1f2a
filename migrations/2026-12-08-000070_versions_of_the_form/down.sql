DROP TRIGGER keep_form ON insula.coverage_forms;
DROP FUNCTION insula.keep_form();
REVOKE INSERT, DELETE ON insula.coverage_forms FROM insula_authority;
DELETE FROM insula.coverage_forms WHERE version > 1;
