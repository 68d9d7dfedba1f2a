-- What the end of a convention cut of the periods granted under it, as it was carried out (CON-03, CON-04).
ALTER TABLE insula.mergers ADD cut_periods jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(cut_periods) = 'array');

-- An end without a day takes back that of a convention which was entered in error: the period is as it was granted.
ALTER TABLE insula.granted_period_ends ALTER last_day DROP NOT NULL, ALTER because DROP NOT NULL,
    ADD CONSTRAINT ended_whole CHECK ((last_day IS NULL) = (because IS NULL));

-- What was granted stays; what is left of it only gets shorter (COV-07), but for the end of a convention that is taken
-- back.
CREATE OR REPLACE FUNCTION insula.keep_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.hospital, NEW.beneficiary_id, NEW.person_id, NEW.application_id, NEW.decision_id, NEW.insurer,
            NEW.insurer_union, NEW.convention_number, NEW.granted)
        IS DISTINCT FROM (OLD.id, OLD.hospital, OLD.beneficiary_id, OLD.person_id, OLD.application_id, OLD.decision_id,
            OLD.insurer, OLD.insurer_union, OLD.convention_number, OLD.granted)
        OR NOT NEW.effective <@ OLD.effective AND OLD.ended_because IS DISTINCT FROM 'conventionEnded'
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'granted_for_ever';
    END IF;
    RETURN NEW;
END $$;

-- The periods granted under these numbers: first day, last day but for the end of the convention, and last day because
-- of it. For INAMI, who changes conventions, and without saying whose they are.
CREATE FUNCTION insula.periods_under(numbers text[])
RETURNS TABLE (id uuid, number text, first_day date, last_day date, cut_to date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT p.id, p.convention_number, lower(p.granted), coalesce(e.last_day, upper(p.granted) - 1),
        CASE WHEN p.ended_because IS DISTINCT FROM 'conventionEnded' THEN NULL
             WHEN isempty(p.effective) THEN lower(p.granted) - 1 ELSE upper(p.effective) - 1 END
    FROM insula.granted_periods p
    LEFT JOIN LATERAL (SELECT x.last_day FROM insula.granted_period_ends x
        WHERE x.period_id = p.id AND x.because IS DISTINCT FROM 'conventionEnded' ORDER BY x.version DESC LIMIT 1) e ON true
    WHERE p.convention_number = ANY (numbers) ORDER BY lower(p.granted), p.id
$$;
CREATE INDEX granted_periods_under_number ON insula.granted_periods (convention_number);

-- Gives these periods their last day because of their conventions (CON-03 to CON-06): that of the convention, or their
-- own when the convention lasts longer after all; unless their days were granted anew meanwhile.
CREATE FUNCTION insula.end_with_conventions(periods uuid[], days date[], at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH stated AS (
        SELECT p.id, d.day, daterange(lower(p.granted), greatest(d.day + 1, lower(p.granted))) AS effective,
            e.last_day, e.because, e.told_on, d.day >= coalesce(e.last_day, upper(p.granted) - 1) AS is_own
        FROM unnest(periods, days) AS d (period, day)
        JOIN insula.granted_periods p ON p.id = d.period
        LEFT JOIN LATERAL (SELECT x.last_day, x.because, x.told_on FROM insula.granted_period_ends x
            WHERE x.period_id = p.id AND x.because IS DISTINCT FROM 'conventionEnded' ORDER BY x.version DESC LIMIT 1) e ON true),
    ended AS (
        UPDATE insula.granted_periods p
        SET effective = s.effective, ended_because = CASE WHEN s.is_own THEN s.because ELSE 'conventionEnded' END,
            version = p.version + 1, updated_at = at
        FROM stated s
        WHERE p.id = s.id AND NOT EXISTS (SELECT 1 FROM insula.granted_periods o
            WHERE o.person_id = p.person_id AND o.id <> p.id AND o.effective && s.effective)
        RETURNING p.id, p.version, p.hospital, p.insurer, p.insurer_union, p.ended_because, s.day, s.is_own, s.last_day, s.told_on)
    INSERT INTO insula.granted_period_ends
        (period_id, version, hospital, insurer, insurer_union, last_day, because, told_on, known_at)
    SELECT id, version, hospital, insurer, insurer_union, CASE WHEN is_own THEN last_day ELSE day END, ended_because,
        CASE WHEN is_own THEN told_on END, at
    FROM ended
$$;

-- As before; whoever decides also waits until INAMI has changed the conventions, and INAMI waits for them, so that no
-- period outlasts its convention.
CREATE OR REPLACE FUNCTION insula.periods_of_person(person uuid, of_hospital text)
RETURNS TABLE (id uuid, own boolean, granted_from date, granted_to date, last_day date, because text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('insula.conventions'));
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
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['periods_under(text[])', 'end_with_conventions(uuid[],date[],timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.periods_under(text[]) TO insula_authority;
GRANT EXECUTE ON FUNCTION insula.end_with_conventions(uuid[], date[], timestamptz) TO insula_authority;
