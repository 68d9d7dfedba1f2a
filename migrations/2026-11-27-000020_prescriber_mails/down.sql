DROP POLICY own_list ON insula.mails;
REVOKE INSERT (id, list_version, changes, hospital, language, day, written_at, recipients, state, waiting_since, available_at,
    last_error) ON insula.mails FROM insula_hospital;
-- There was no place for these.
DELETE FROM insula.mails WHERE list_version IS NOT NULL;
ALTER TABLE insula.mails
    DROP COLUMN list_version,
    DROP COLUMN changes,
    ALTER COLUMN counter SET NOT NULL,
    ALTER COLUMN year SET NOT NULL,
    ALTER COLUMN threshold SET NOT NULL,
    ALTER COLUMN figure SET NOT NULL;
