-- The billing identity of a hospital: a record with one version at a time (BEN-05, BIL-05).
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity')),
    ADD CONSTRAINT billing_identity CHECK (kind <> 'billingIdentity'
        OR key = '' AND num_nonnulls(beneficiary, day, member, quantity, year) = 0
        AND coalesce(content ->> 'enterpriseNumber' ~ '^[01][0-9]{9}$', false)
        AND coalesce(content ->> 'iban' ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$', false)
        AND coalesce((content ->> 'firstInvoiceNumber')::bigint >= 1, false)
        AND coalesce((content ->> 'lastInvoiceNumber')::bigint
            BETWEEN (content ->> 'firstInvoiceNumber')::bigint AND 999999999999, false));

-- What the public sources leave open about the invoice file, as INAMI enters it (BIL-05). Of two rows of one day and name
-- the later one counts.
CREATE TABLE insula.billing_settings (
    id uuid PRIMARY KEY,
    valid_from date NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    value text NOT NULL CHECK (length(value) <= 200),
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL
);
GRANT SELECT ON insula.billing_settings TO insula_hospital, insula_insurer, insula_authority, insula_worker;
GRANT INSERT ON insula.billing_settings TO insula_authority;

-- Invoice files (BIL-05). What was made never changes; only what becomes of it does.
CREATE TABLE insula.invoice_files (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    year integer NOT NULL,
    sending integer NOT NULL CHECK (sending BETWEEN 1 AND 999),
    month date NOT NULL CHECK (date_part('day', month) = 1),
    invoices integer NOT NULL CHECK (invoices >= 1),
    records integer NOT NULL CHECK (records BETWEEN 5 AND 999999),
    invoiced numeric(13, 2) NOT NULL CHECK (invoiced >= 0),
    credited numeric(13, 2) NOT NULL CHECK (credited >= 0),
    -- Records 10 and 90; they name nobody.
    header bytea NOT NULL CHECK (length(header) = 350),
    footer bytea NOT NULL CHECK (length(footer) = 350),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('made', 'handedOver', 'received', 'settled', 'partlyRefused', 'refused')),
    handed_over_on date,
    version integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    UNIQUE (id, hospital),
    -- A sending number is used once a year, also when the file is refused.
    CONSTRAINT sending_once UNIQUE (hospital, year, sending)
);
-- Invoices: one beneficiary, one agreement, one destination (BIL-10). The records, which name the beneficiary, are in the vault.
CREATE TABLE insula.invoices (
    id uuid PRIMARY KEY,
    file_id uuid NOT NULL,
    hospital text NOT NULL,
    number bigint NOT NULL CHECK (number BETWEEN 1 AND 999999999999),
    destination text NOT NULL REFERENCES insula.insurers,
    insurer text NOT NULL REFERENCES insula.insurers,
    beneficiary_id uuid NOT NULL,
    period_id uuid NOT NULL REFERENCES insula.granted_periods,
    agreed_on date NOT NULL,
    convention_number text NOT NULL,
    ct1 text CHECK (ct1 ~ '^[0-9]{3}$'),
    ct2 text CHECK (ct2 ~ '^[0-9]{3}$'),
    credit boolean NOT NULL,
    -- The invoice that it credits or corrects.
    refers_to uuid REFERENCES insula.invoices,
    records integer NOT NULL CHECK (records >= 3),
    cents bigint NOT NULL,
    codes bigint NOT NULL,
    UNIQUE (id, hospital),
    CONSTRAINT of_file FOREIGN KEY (file_id, hospital) REFERENCES insula.invoice_files (id, hospital)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    CONSTRAINT invoice_number_once UNIQUE (hospital, number),
    CONSTRAINT credit_of_something CHECK (NOT credit OR refers_to IS NOT NULL)
);
CREATE INDEX invoices_of_file ON insula.invoices (file_id, destination, number);
CREATE TABLE vault.invoice_records (
    invoice_id uuid PRIMARY KEY,
    hospital text NOT NULL,
    records bytea NOT NULL,
    key_version integer NOT NULL,
    FOREIGN KEY (invoice_id, hospital) REFERENCES insula.invoices (id, hospital)
);
-- Lines: consecutive days at one price; a credit is the opposite of the line that it credits, once (BIL-05, BIL-10).
CREATE TABLE insula.invoice_lines (
    id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    hospital text NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal >= 1),
    first_day date NOT NULL,
    last_day date NOT NULL,
    units integer NOT NULL,
    price numeric(11, 2) NOT NULL CHECK (price >= 0),
    amount numeric(13, 2) NOT NULL,
    -- The row of the tariff: one that bears a line stays (BIL-03).
    tariff date NOT NULL REFERENCES insula.tariffs,
    credits uuid CONSTRAINT credited_once UNIQUE REFERENCES insula.invoice_lines,
    state text NOT NULL CHECK (state IN ('stands', 'credited', 'refused')),
    accepted boolean NOT NULL DEFAULT false,
    codes text[] NOT NULL DEFAULT '{}',
    -- The insurer's own reference, from its answer (203810).
    reference text CHECK (length(reference) BETWEEN 1 AND 25),
    answered_on date,
    contested_on date,
    contested_by text,
    updated_at timestamptz NOT NULL,
    UNIQUE (invoice_id, ordinal),
    UNIQUE (id, hospital),
    FOREIGN KEY (invoice_id, hospital) REFERENCES insula.invoices (id, hospital),
    CONSTRAINT line_adds_up CHECK (amount = units * price AND abs(units) = last_day - first_day + 1
        AND (units < 0) = (credits IS NOT NULL)),
    CONSTRAINT answered_whole CHECK ((answered_on IS NULL) = (NOT accepted AND codes = '{}' AND state <> 'refused')
        OR state = 'credited'),
    CONSTRAINT contested_whole CHECK (num_nulls(contested_on, contested_by) IN (0, 2))
);
CREATE INDEX lines_of_hospital ON insula.invoice_lines (hospital, id);
-- On which line a day is: once and for ever; a day that is billed anew is recorded anew.
ALTER TABLE insula.pump_days
    ADD COLUMN line_id uuid,
    ADD CONSTRAINT of_line FOREIGN KEY (line_id, hospital) REFERENCES insula.invoice_lines (id, hospital),
    ADD CONSTRAINT billed_on_a_line CHECK (CASE WHEN state IN ('recorded', 'withdrawn') THEN line_id IS NULL
        WHEN state = 'undue' THEN true ELSE line_id IS NOT NULL END);
CREATE INDEX pump_days_of_line ON insula.pump_days (line_id);
CREATE INDEX pump_days_to_bill ON insula.pump_days (hospital, beneficiary_id) WHERE state = 'recorded';
GRANT UPDATE (line_id) ON insula.pump_days TO insula_hospital;
CREATE FUNCTION insula.line_of_day_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING MESSAGE = 'a day stays on its line', CONSTRAINT = 'line_of_day_stays';
END $$;
CREATE TRIGGER line_of_day_stays BEFORE UPDATE OF line_id ON insula.pump_days
    FOR EACH ROW WHEN (OLD.line_id IS NOT NULL AND NEW.line_id IS DISTINCT FROM OLD.line_id)
    EXECUTE FUNCTION insula.line_of_day_stays();

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['insula.invoice_files', 'insula.invoices', 'insula.invoice_lines', 'vault.invoice_records']
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('GRANT SELECT, INSERT ON %s TO insula_hospital', t);
        EXECUTE format('CREATE POLICY own_files ON %s TO insula_hospital USING (hospital = insula.organisation())
            WITH CHECK (hospital = insula.organisation())', t);
    END LOOP;
END $$;
GRANT UPDATE (state, handed_over_on, version, updated_at) ON insula.invoice_files TO insula_hospital;
GRANT UPDATE (state, accepted, codes, reference, answered_on, contested_on, contested_by, updated_at) ON insula.invoice_lines
    TO insula_hospital;

-- Whether the accounts agree (BIL-05): the lines with their days, the credits with what they credit, the invoices with their
-- lines, the file with its invoices. Every row is something that does not.
CREATE FUNCTION insula.billing_imbalances(of_file uuid) RETURNS TABLE (what text, which uuid)
LANGUAGE sql STABLE AS $$
    SELECT 'file', f.id FROM insula.invoice_files f
    WHERE f.id = of_file AND NOT coalesce((f.invoices, f.records - 2, f.invoiced, f.credited) =
        (SELECT count(*), sum(i.records), coalesce(sum(i.cents) FILTER (WHERE NOT i.credit), 0) / 100.0,
            coalesce(-sum(i.cents) FILTER (WHERE i.credit), 0) / 100.0
         FROM insula.invoices i WHERE i.file_id = f.id), false)
    UNION ALL
    SELECT 'invoice', i.id FROM insula.invoices i
    WHERE i.file_id = of_file AND NOT coalesce((i.records - 2, i.cents / 100.0, true) =
        (SELECT count(*), sum(l.amount), bool_and((l.credits IS NOT NULL) = i.credit)
         FROM insula.invoice_lines l WHERE l.invoice_id = i.id), false)
    UNION ALL
    SELECT 'line', l.id FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
    WHERE i.file_id = of_file AND l.credits IS NULL
      AND NOT coalesce(l.price = (SELECT t.indexable + t.fixed FROM insula.tariffs t WHERE t.valid_from = l.tariff)
        AND (l.units, l.first_day, l.last_day, true) =
            (SELECT count(DISTINCT d.day), min(d.day), max(d.day),
                bool_and(d.beneficiary_id = i.beneficiary_id AND d.period_id = i.period_id)
             FROM insula.pump_days d WHERE d.line_id = l.id), false)
    UNION ALL
    SELECT 'credit', c.id FROM insula.invoice_lines c JOIN insula.invoices i ON i.id = c.invoice_id
    JOIN insula.invoice_lines l ON l.id = c.credits
    WHERE i.file_id = of_file
      AND NOT ((c.first_day, c.last_day, c.units, c.price, c.amount, c.tariff, l.state, i.refers_to) =
           (l.first_day, l.last_day, -l.units, l.price, -l.amount, l.tariff, 'credited', l.invoice_id)
        AND l.credits IS NULL)
$$;
REVOKE ALL ON FUNCTION insula.billing_imbalances(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insula.billing_imbalances(uuid) TO insula_hospital;
-- No file is made whose accounts do not agree, whoever makes it.
CREATE FUNCTION insula.file_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM insula.billing_imbalances(NEW.id)) THEN
        RAISE check_violation USING MESSAGE = 'the accounts of the file do not agree', CONSTRAINT = 'file_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER file_adds_up AFTER INSERT ON insula.invoice_files DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION insula.file_adds_up();

-- What invoices say of the periods of these beneficiaries (BIL-10): the day of the decision, or of the period itself under the
-- earlier convention, and the number of the convention.
CREATE FUNCTION insula.agreements(beneficiaries uuid[]) RETURNS TABLE (beneficiary_id uuid, period_id uuid, agreed_on date, convention_number text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT b.id, p.id, coalesce((d.decided_at AT TIME ZONE 'Europe/Brussels')::date, lower(p.granted)), p.convention_number
    FROM vault.beneficiaries b JOIN insula.granted_periods p ON p.person_id = b.person_id
    LEFT JOIN insula.coverage_decisions d ON d.id = p.decision_id
    WHERE b.id = ANY(beneficiaries) AND b.hospital = insula.organisation()
      AND (p.hospital = b.hospital OR EXISTS (SELECT 1 FROM insula.convention_holders h
          WHERE h.number = p.convention_number AND h.hospital = b.hospital))
$$;
-- The days of these persons that another establishment billed, that are undue there and not credited yet (BIL-07): when, not where.
CREATE FUNCTION insula.undue_elsewhere(beneficiaries uuid[]) RETURNS TABLE (beneficiary_id uuid, day date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT b.id, d.day FROM vault.beneficiaries b JOIN insula.pump_days d ON d.person_id = b.person_id
    WHERE b.id = ANY(beneficiaries) AND b.hospital = insula.organisation()
      AND d.hospital <> b.hospital AND d.state = 'undue' AND d.line_id IS NOT NULL
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['agreements(uuid[])', 'undue_elsewhere(uuid[])']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION insula.%s TO insula_hospital', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
-- How much of it all does not agree, for `doctor`.
CREATE FUNCTION insula.count_billing_imbalances() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT count(*) FROM insula.invoice_files f CROSS JOIN LATERAL insula.billing_imbalances(f.id)
$$;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['invoice_files', 'invoices', 'invoice_lines']
    LOOP
        EXECUTE format('GRANT SELECT ON insula.%I TO insula_definer', t);
        EXECUTE format('CREATE POLICY definer ON insula.%I FOR SELECT TO insula_definer USING (true)', t);
    END LOOP;
    GRANT SELECT ON insula.tariffs TO insula_definer;
    GRANT EXECUTE ON FUNCTION insula.billing_imbalances(uuid) TO insula_definer;
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    ALTER FUNCTION insula.count_billing_imbalances() OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION insula.count_billing_imbalances() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION insula.count_billing_imbalances() TO insula_worker;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
