-- To whom a hospital's threshold e-mails go (NOT-03): the three of form M-Form-II-01, and whom INAMI added. A hospital
-- without a row has none yet.
CREATE TABLE insula.mail_recipients (
    hospital text PRIMARY KEY CONSTRAINT recipients_of_a_hospital REFERENCES insula.hospitals,
    responsible_specialist text,
    administrative_contact_1 text,
    administrative_contact_2 text,
    others text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    -- Nothing that could end a line or begin another header, whatever the program checks.
    CONSTRAINT recipients_form CHECK (
        concat_ws(',', responsible_specialist, administrative_contact_1, administrative_contact_2,
                nullif(array_to_string(others, ','), ''))
            ~ '^[!-+\--~]+@[!-+\--~]+(,[!-+\--~]+@[!-+\--~]+){0,9}$')
);
ALTER TABLE insula.mail_recipients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.mail_recipients TO insula_hospital, insula_worker, insula_authority;
GRANT INSERT, UPDATE ON insula.mail_recipients TO insula_authority;
CREATE POLICY own_recipients ON insula.mail_recipients TO insula_hospital USING (hospital = insula.organisation());
CREATE POLICY all_recipients ON insula.mail_recipients TO insula_authority, insula_worker USING (true) WITH CHECK (true);

CREATE TYPE insula.mail_state AS ENUM ('waiting', 'sent', 'parked');

-- One e-mail for each threshold that was reached and each adhered hospital (NOT-02): as a threshold is reached once for ever,
-- so is each mail written once (NOT-01). What is sent is written down at the first attempt, so that
-- every further one sends the same bytes (NOT-04).
CREATE TABLE insula.mails (
    id uuid PRIMARY KEY,
    counter text NOT NULL,
    year integer NOT NULL,
    threshold integer NOT NULL,
    hospital text NOT NULL REFERENCES insula.hospitals,
    language text NOT NULL CHECK (language IN ('fr', 'nl', 'de', 'en')),
    figure integer NOT NULL,
    day date NOT NULL,
    written_at timestamptz NOT NULL,
    -- As they were at the night, or when the mail was put in line again; and of them, who has it and who never will.
    recipients text[] NOT NULL,
    accepted text[] NOT NULL DEFAULT '{}',
    refused text[] NOT NULL DEFAULT '{}',
    state insula.mail_state NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    waiting_since timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    claimed_until timestamptz,
    last_error text,
    sent_at timestamptz,
    via text CHECK (via IN ('smtp', 'maildir')),
    message_id text CONSTRAINT message_id_unique UNIQUE,
    subject text,
    body text,
    message bytea,
    CONSTRAINT one_mail_per_hospital UNIQUE (counter, year, threshold, hospital),
    CONSTRAINT of_a_threshold_reached FOREIGN KEY (counter, year, threshold) REFERENCES insula.thresholds_reached,
    CONSTRAINT sent_to_somebody CHECK ((state = 'sent') = (sent_at IS NOT NULL)
        AND (state <> 'sent' OR via IS NOT NULL AND cardinality(accepted) > 0)),
    CONSTRAINT parked_for_a_reason CHECK (state <> 'parked' OR last_error IS NOT NULL),
    CONSTRAINT written_as_a_whole CHECK (num_nulls(subject, body, message) IN (0, 3) AND (subject IS NULL OR message_id IS NOT NULL))
);
CREATE INDEX mails_due ON insula.mails (available_at, id) WHERE state = 'waiting';
CREATE INDEX mails_not_sent ON insula.mails (state) WHERE state <> 'sent';
CREATE INDEX mails_by_state ON insula.mails (state, id);
CREATE INDEX mails_of_hospital ON insula.mails (hospital, id);
CREATE INDEX mails_of_counter ON insula.mails (counter, year, id);
ALTER TABLE insula.mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.mails TO insula_hospital, insula_authority;
GRANT UPDATE (recipients, refused, state, attempts, waiting_since, available_at, claimed_until, last_error, sent_at, subject,
        body, message)
    ON insula.mails TO insula_authority;
GRANT SELECT, INSERT ON insula.mails TO insula_worker;
GRANT UPDATE (accepted, refused, state, attempts, available_at, claimed_until, last_error, sent_at, via, message_id, subject,
        body, message)
    ON insula.mails TO insula_worker;
CREATE POLICY own_mails ON insula.mails FOR SELECT TO insula_hospital USING (hospital = insula.organisation());
CREATE POLICY all_mails ON insula.mails TO insula_authority, insula_worker USING (true) WITH CHECK (true);
