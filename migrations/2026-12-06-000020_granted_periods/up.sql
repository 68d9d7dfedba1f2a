-- What advisers decided (COV-03). Nothing is ever changed: a later decision supersedes the last one, and names it.
CREATE TABLE insula.coverage_decisions (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES insula.coverage_applications,
    hospital text NOT NULL,
    person_id uuid NOT NULL,
    insurer text NOT NULL REFERENCES insula.insurers,
    insurer_union text NOT NULL REFERENCES insula.insurers,
    number integer NOT NULL CHECK (number >= 1),
    verdict text NOT NULL CHECK (verdict IN ('favourable', 'unfavourable', 'other')),
    valid_from date,
    valid_to date,
    conditions jsonb NOT NULL CHECK (jsonb_typeof(conditions) = 'array'),
    words text CHECK (length(words) BETWEEN 1 AND 2000),
    supersedes uuid UNIQUE REFERENCES insula.coverage_decisions,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT one_decision_at_a_time UNIQUE (application_id, number),
    CONSTRAINT supersedes_the_last CHECK ((number = 1) = (supersedes IS NULL)),
    CONSTRAINT decided_whole CHECK (CASE verdict
        WHEN 'favourable' THEN num_nulls(valid_from, valid_to) = 0 AND valid_from <= valid_to
        ELSE words IS NOT NULL AND valid_to IS NULL AND conditions = '[]' AND (valid_from IS NULL OR verdict = 'unfavourable') END)
);
ALTER TABLE insula.coverage_decisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.coverage_decisions TO insula_insurer;
GRANT SELECT ON insula.coverage_decisions TO insula_hospital, insula_definer;
CREATE POLICY own_members ON insula.coverage_decisions TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union)) WITH CHECK (insula.organisation() IN (insurer, insurer_union));
CREATE POLICY own_applications ON insula.coverage_decisions FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation());
CREATE POLICY definer ON insula.coverage_decisions FOR SELECT TO insula_definer USING (true);
-- Deciding changes the status of an application, and nothing else of it.
GRANT UPDATE (status, version, updated_at) ON insula.coverage_applications TO insula_insurer;
CREATE POLICY decided_by_own ON insula.coverage_applications FOR UPDATE TO insula_insurer
    USING (status <> 'draft' AND insula.organisation() IN (insurer, insurer_union))
    WITH CHECK (insula.organisation() IN (insurer, insurer_union));
-- Under which number, and until when, an application comes bears on the decision (CON-03, CON-04).
CREATE POLICY bear_on_decisions ON insula.conventions FOR SELECT TO insula_insurer USING (insula.organisation() IS NOT NULL);
CREATE POLICY bear_on_decisions ON insula.convention_holders FOR SELECT TO insula_insurer
    USING (insula.organisation() IS NOT NULL);

-- The periods that favourable decisions granted (COV-04), and the days that are left of them (COV-07).
CREATE TABLE insula.granted_periods (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    beneficiary_id uuid NOT NULL,
    person_id uuid NOT NULL,
    application_id uuid NOT NULL REFERENCES insula.coverage_applications,
    decision_id uuid NOT NULL UNIQUE REFERENCES insula.coverage_decisions,
    insurer text NOT NULL REFERENCES insula.insurers,
    insurer_union text NOT NULL REFERENCES insula.insurers,
    convention_number text NOT NULL,
    granted daterange NOT NULL,
    effective daterange NOT NULL,
    ended_because text,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    -- From 29 February twelve months end on 28 February (COV-04).
    CONSTRAINT twelve_months CHECK (upper(granted) <= (lower(granted) + interval '1 year')::date
        + CASE to_char(lower(granted), 'MMDD') WHEN '0229' THEN 1 ELSE 0 END),
    CONSTRAINT within_what_was_granted CHECK (effective <@ granted AND NOT isempty(granted)
        AND (isempty(effective) OR lower(effective) = lower(granted))),
    CONSTRAINT ended_for_a_reason CHECK ((effective = granted) = (ended_because IS NULL)
        AND ended_because IN ('takenOnElsewhere', 'childrensConvention', 'establishmentStops', 'givenUp', 'death',
            'conventionEnded', 'superseded')),
    -- No day of a person belongs to two, whoever writes (COV-06).
    CONSTRAINT no_day_of_two EXCLUDE USING gist (person_id WITH =, effective WITH &&)
);
CREATE INDEX granted_periods_of_hospital ON insula.granted_periods (hospital, id DESC);
CREATE INDEX granted_periods_of_insurer ON insula.granted_periods (insurer, id DESC);
CREATE INDEX granted_periods_of_union ON insula.granted_periods (insurer_union, id DESC);
CREATE INDEX granted_periods_of_application ON insula.granted_periods (application_id);
ALTER TABLE insula.granted_periods ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.granted_periods TO insula_hospital;
GRANT UPDATE (effective, ended_because, version, updated_at) ON insula.granted_periods TO insula_hospital;
CREATE POLICY own_periods ON insula.granted_periods TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT, INSERT ON insula.granted_periods TO insula_insurer;
CREATE POLICY own_members ON insula.granted_periods TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union)) WITH CHECK (insula.organisation() IN (insurer, insurer_union));
GRANT SELECT ON insula.granted_periods TO insula_definer;
GRANT UPDATE (effective, ended_because, version, updated_at) ON insula.granted_periods TO insula_definer;
CREATE POLICY definer ON insula.granted_periods TO insula_definer USING (true) WITH CHECK (true);

-- How periods ended, each time one was cut, so that it is known what was known at an instant. Nothing is changed. By
-- whom, and by which decision, stands in the trail: that may have been elsewhere.
CREATE TABLE insula.granted_period_ends (
    period_id uuid NOT NULL REFERENCES insula.granted_periods,
    -- The version of the period that it made.
    version integer NOT NULL CHECK (version >= 2),
    hospital text NOT NULL,
    insurer text NOT NULL,
    insurer_union text NOT NULL,
    last_day date NOT NULL,
    because text NOT NULL,
    told_on date,
    known_at timestamptz NOT NULL,
    PRIMARY KEY (period_id, version),
    CONSTRAINT told_when_stopped CHECK ((because = 'establishmentStops') = (told_on IS NOT NULL))
);
ALTER TABLE insula.granted_period_ends ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.granted_period_ends TO insula_hospital, insula_definer;
GRANT SELECT ON insula.granted_period_ends TO insula_insurer;
CREATE POLICY own_periods ON insula.granted_period_ends TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY own_members ON insula.granted_period_ends FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union));
CREATE POLICY definer ON insula.granted_period_ends TO insula_definer USING (true) WITH CHECK (true);

-- What was granted stays; what is left of it only gets shorter (COV-07).
CREATE FUNCTION insula.keep_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.hospital, NEW.beneficiary_id, NEW.person_id, NEW.application_id, NEW.decision_id, NEW.insurer,
            NEW.insurer_union, NEW.convention_number, NEW.granted)
        IS DISTINCT FROM (OLD.id, OLD.hospital, OLD.beneficiary_id, OLD.person_id, OLD.application_id, OLD.decision_id,
            OLD.insurer, OLD.insurer_union, OLD.convention_number, OLD.granted)
        OR NOT NEW.effective <@ OLD.effective
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'granted_for_ever';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_period BEFORE UPDATE ON insula.granted_periods FOR EACH ROW EXECUTE FUNCTION insula.keep_period();

-- The periods of a person, of all establishments, for rules and for no reader: their days, and whether they are of the
-- hospital, which holds the convention under whose number they were granted (CON-03). The lock makes whoever decides
-- about a person wait for the other; what is read below is read after it.
CREATE FUNCTION insula.periods_of_person(person uuid, of_hospital text)
RETURNS TABLE (id uuid, own boolean, granted_from date, granted_to date, last_day date, because text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(person::text, 6));
    RETURN QUERY SELECT p.id,
        p.hospital = of_hospital OR EXISTS (SELECT 1 FROM insula.convention_holders h
            WHERE h.number = p.convention_number AND h.hospital = of_hospital),
        lower(p.granted), upper(p.granted) - 1,
        CASE WHEN p.ended_because IS NULL THEN NULL
             WHEN isempty(p.effective) THEN lower(p.granted) - 1 ELSE upper(p.effective) - 1 END,
        p.ended_because
    FROM insula.granted_periods p WHERE p.person_id = person ORDER BY lower(p.granted), p.id;
END $$;
GRANT SELECT ON insula.convention_holders TO insula_definer;
CREATE POLICY definer ON insula.convention_holders FOR SELECT TO insula_definer USING (true);

-- Ends a period because of a decision about the same person, at whichever establishment it is (COV-06, COV-07).
CREATE FUNCTION insula.end_by_decision(period uuid, day date, reason text, decision uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM insula.coverage_decisions d JOIN insula.granted_periods p ON p.person_id = d.person_id
        WHERE d.id = decision AND p.id = period AND insula.organisation() IN (d.insurer, d.insurer_union))
    THEN
        RAISE EXCEPTION 'decided elsewhere' USING CONSTRAINT = 'decided_about_the_person';
    END IF;
    WITH ended AS (UPDATE insula.granted_periods p
        SET effective = CASE WHEN day < lower(p.granted) THEN 'empty'::daterange
                             ELSE daterange(lower(p.granted), day, '[]') END,
            ended_because = reason, version = p.version + 1, updated_at = at
        WHERE p.id = period RETURNING p.*)
    INSERT INTO insula.granted_period_ends
        (period_id, version, hospital, insurer, insurer_union, last_day, because, known_at)
    SELECT e.id, e.version, e.hospital, e.insurer, e.insurer_union, day, reason, at FROM ended e;
END $$;
-- Ends a period with the death of a beneficiary whom the hospital knows, at whichever establishment it is (COV-07).
CREATE FUNCTION insula.end_by_death(period uuid, day date, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    WITH ended AS (UPDATE insula.granted_periods p
        SET effective = CASE WHEN day < lower(p.granted) THEN 'empty'::daterange
                             ELSE daterange(lower(p.granted), day, '[]') END,
            ended_because = 'death', version = p.version + 1, updated_at = at
        WHERE p.id = period AND EXISTS (SELECT 1 FROM vault.beneficiaries b
            WHERE b.person_id = p.person_id AND b.hospital = insula.organisation())
        RETURNING p.*)
    INSERT INTO insula.granted_period_ends
        (period_id, version, hospital, insurer, insurer_union, last_day, because, known_at)
    SELECT e.id, e.version, e.hospital, e.insurer, e.insurer_union, day, 'death', at FROM ended e;
END $$;
-- Closes what waits for a decision about such a beneficiary.
CREATE FUNCTION insula.close_applications(person uuid, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    UPDATE insula.coverage_applications a SET status = 'closed', version = a.version + 1, updated_at = at
    WHERE a.person_id = person AND a.status IN ('submitted', 'informationAsked')
      AND EXISTS (SELECT 1 FROM vault.beneficiaries b WHERE b.person_id = person AND b.hospital = insula.organisation())
$$;
GRANT SELECT (hospital) ON vault.beneficiaries TO insula_definer;
GRANT SELECT, UPDATE (status, version, updated_at) ON insula.coverage_applications TO insula_definer;
CREATE POLICY definer ON insula.coverage_applications TO insula_definer USING (true) WITH CHECK (true);
-- Whether a hospital has the pump convention on a day: asked of the hospital of a stay, which can be any (PMP-04).
CREATE FUNCTION insula.offers_programme(at_hospital text, day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT 1 FROM insula.convention_holders h WHERE h.hospital = at_hospital AND h.kind = 'pump'
        AND h.held_from <= day AND (h.held_to IS NULL OR day <= h.held_to))
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['periods_of_person(uuid,text)', 'offers_programme(text,date)', 'end_by_decision(uuid,date,text,uuid,timestamptz)',
        'end_by_death(uuid,date,timestamptz)', 'close_applications(uuid,timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.offers_programme(text, date) TO insula_hospital;
GRANT EXECUTE ON FUNCTION insula.end_by_death(uuid, date, timestamptz) TO insula_hospital;
GRANT EXECUTE ON FUNCTION insula.close_applications(uuid, timestamptz) TO insula_hospital;
GRANT EXECUTE ON FUNCTION insula.periods_of_person(uuid, text) TO insula_hospital, insula_insurer;
GRANT EXECUTE ON FUNCTION insula.end_by_decision(uuid, date, text, uuid, timestamptz) TO insula_insurer;

-- A decision is safe to repeat (SYS-03).
GRANT SELECT, INSERT ON insula.idempotency_keys TO insula_insurer;
CREATE POLICY own_keys_of_insurers ON insula.idempotency_keys TO insula_insurer
    USING (organisation = insula.organisation() AND person = insula.person())
    WITH CHECK (organisation = insula.organisation() AND person = insula.person());
