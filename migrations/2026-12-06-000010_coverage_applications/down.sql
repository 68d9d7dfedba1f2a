DROP TABLE vault.coverage_contents;
DROP TABLE insula.coverage_applications;
DROP FUNCTION insula.keep_application();
DROP TABLE insula.coverage_forms;
