-- The models that INAMI imposes for reports (REG-06, C 13 §3): each is in use from its day on until the next one of its kind is, and
-- never changes.
CREATE TABLE insula.report_models (
    kind text NOT NULL CHECK (kind IN ('annualReport', 'managementData', 'accountStatement')),
    version integer NOT NULL CHECK (version >= 1),
    valid_from date NOT NULL,
    -- Where it is published.
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    -- Empty for what the convention itself asks for.
    entered_at timestamptz,
    PRIMARY KEY (kind, version),
    CONSTRAINT one_model_at_a_time UNIQUE (kind, valid_from)
);
GRANT SELECT ON insula.report_models TO insula_hospital, insula_insurer, insula_authority;
GRANT INSERT ON insula.report_models TO insula_authority;
INSERT INTO insula.report_models (kind, version, valid_from, source)
    VALUES ('annualReport', 1, '2021-01-01', 'Convention for insulin pump therapy, article 13 § 1');

-- The yearly reports that were sent (REG-06): each version as it was, to the byte. Nobody may change or delete one.
CREATE TABLE insula.annual_reports (
    hospital text NOT NULL REFERENCES insula.hospitals,
    year integer NOT NULL CHECK (year BETWEEN 2021 AND 2999),
    version integer NOT NULL CHECK (version >= 1),
    -- The version before, so that none is left out.
    previous integer GENERATED ALWAYS AS (nullif(version - 1, 0)) STORED,
    model_kind text GENERATED ALWAYS AS ('annualReport') STORED,
    model integer NOT NULL,
    sent_at timestamptz NOT NULL,
    sent_by text NOT NULL,
    -- The report as JSON and as CSV.
    document text NOT NULL,
    csv text NOT NULL,
    PRIMARY KEY (hospital, year, version),
    FOREIGN KEY (hospital, year, previous) REFERENCES insula.annual_reports (hospital, year, version),
    FOREIGN KEY (model_kind, model) REFERENCES insula.report_models (kind, version),
    CONSTRAINT sent_after_its_first_day CHECK ((sent_at AT TIME ZONE 'Europe/Brussels')::date > make_date(year, 1, 1)),
    CONSTRAINT says_what_it_is CHECK (document::jsonb @> jsonb_build_object('hospitalNumber', hospital,
        'version', version, 'model', model, 'report', jsonb_build_object('year', year)))
);
ALTER TABLE insula.annual_reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.annual_reports TO insula_hospital;
GRANT SELECT ON insula.annual_reports TO insula_authority;
CREATE POLICY own_reports ON insula.annual_reports TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
-- They are made for INAMI.
CREATE POLICY all_reports ON insula.annual_reports FOR SELECT TO insula_authority USING (true);

-- Whether the caller may have the reports of a hospital: its own people, and INAMI.
CREATE FUNCTION insula.has_reports_of(of_hospital text) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT insula.organisation() IN (of_hospital, 'inami') $$;

-- What the yearly report of a hospital counts: the periods granted under conventions of it on these days, and the pumps
-- in the files of the hospitals that hold or held one of them, as known now or at an instant. Persons have their
-- identifier, which leads to no identity.
CREATE FUNCTION insula.reported_periods(of_hospital text, numbers text[], first date, last date, known timestamptz)
RETURNS TABLE (person_id uuid, beneficiary_id uuid, number text, first_day date, last_day date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT p.person_id, p.beneficiary_id, p.convention_number, lower(p.granted), least(upper(p.granted) - 1, e.last_day)
    FROM insula.granted_periods p
    LEFT JOIN LATERAL (SELECT x.last_day FROM insula.granted_period_ends x
        WHERE x.period_id = p.id AND (known IS NULL OR x.known_at <= known) ORDER BY x.version DESC LIMIT 1) e ON true
    WHERE insula.has_reports_of(of_hospital) AND p.convention_number = ANY (numbers)
      AND p.granted && daterange(first, last, '[]') AND (known IS NULL OR p.created_at <= known)
      AND EXISTS (SELECT 1 FROM insula.convention_holders h
          WHERE h.number = p.convention_number AND h.hospital = of_hospital)
    ORDER BY p.person_id, lower(p.granted), p.id
$$;
CREATE FUNCTION insula.reported_pumps(of_hospital text, numbers text[], first date, last date, known timestamptz)
RETURNS TABLE (person_id uuid, beneficiary_id uuid, first_day date, last_day date, manufacturer text, model text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT b.person_id, b.id, r.day, r.until, r.content ->> 'manufacturer', r.content ->> 'model'
    FROM insula.records r JOIN vault.beneficiaries b ON b.id = r.beneficiary AND b.hospital = r.hospital
    WHERE insula.has_reports_of(of_hospital) AND r.kind = 'pumpAssignment'
      AND r.hospital IN (SELECT h.hospital FROM insula.convention_holders h WHERE h.number = ANY (numbers)
          AND EXISTS (SELECT 1 FROM insula.convention_holders o WHERE o.number = h.number AND o.hospital = of_hospital))
      AND r.day <= last AND (r.until IS NULL OR r.until >= first) AND NOT r.withdrawn
      AND CASE WHEN known IS NULL THEN r.replaced_at IS NULL
               ELSE r.recorded_at <= known AND (r.replaced_at IS NULL OR r.replaced_at > known) END
    ORDER BY b.person_id, r.day, r.key
$$;
GRANT SELECT ON insula.records TO insula_definer;
CREATE POLICY pumps_of_reports ON insula.records FOR SELECT TO insula_definer USING (kind = 'pumpAssignment');
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['reported_periods(text,text[],date,date,timestamptz)',
        'reported_pumps(text,text[],date,date,timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION insula.%s TO insula_hospital, insula_authority', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
