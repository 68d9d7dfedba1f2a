-- A change in a list of prescribers reports itself to INAMI by e-mail too (CON-08): a mail is about a threshold, or about a version of
-- such a list.
ALTER TABLE insula.mails
    ALTER COLUMN counter DROP NOT NULL,
    ALTER COLUMN year DROP NOT NULL,
    ALTER COLUMN threshold DROP NOT NULL,
    ALTER COLUMN figure DROP NOT NULL,
    -- The version that brought the changes, and the changes as they are told.
    ADD COLUMN list_version integer,
    ADD COLUMN changes jsonb,
    ADD CONSTRAINT about_one_thing CHECK (
        num_nulls(counter, year, threshold, figure) = 0 AND num_nulls(list_version, changes) = 2
        OR num_nulls(counter, year, threshold, figure) = 4 AND num_nulls(list_version, changes) = 0),
    ADD CONSTRAINT one_mail_per_list UNIQUE (hospital, list_version);
-- Written with the list, by whoever states it.
GRANT INSERT (id, list_version, changes, hospital, language, day, written_at, recipients, state, waiting_since, available_at,
    last_error) ON insula.mails TO insula_hospital;
CREATE POLICY own_list ON insula.mails FOR INSERT TO insula_hospital
    WITH CHECK (hospital = insula.organisation() AND list_version IS NOT NULL);
