-- An agreement survives a change of insurer (COV-15): the new insurer's adviser sees the file and may decide, the former
-- one reads nothing of what happened after. Today is that of the transaction, which may be a rehearsal's.
CREATE FUNCTION insula.today() RETURNS date LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT nullif(current_setting('insula.today', true), '')::date
$$;
-- The insurer of a beneficiary on a day; that of the file for somebody without affiliation on it.
CREATE FUNCTION insula.adviser_on(beneficiary uuid, of_file text, day date) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce((SELECT a.insurer FROM vault.affiliations a
        WHERE a.beneficiary_id = beneficiary AND a.replaced_at IS NULL
          AND daterange(a.valid_from, a.valid_to, '[]') @> day), of_file)
$$;
-- Whether the caller is that insurer, or its union.
CREATE FUNCTION insula.insures_on(beneficiary uuid, of_file text, day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT 1 FROM insula.insurers i WHERE i.number = insula.adviser_on(beneficiary, of_file, day)
        AND insula.organisation() IN (i.number, i.union_number))
$$;
CREATE FUNCTION insula.union_of(insurer text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT i.union_number FROM insula.insurers i WHERE i.number = insurer $$;
GRANT SELECT (beneficiary_id, insurer, valid_from, valid_to, replaced_at) ON vault.affiliations TO insula_definer;
CREATE POLICY definer ON vault.affiliations FOR SELECT TO insula_definer USING (true);
GRANT SELECT (number, union_number) ON insula.insurers TO insula_definer;

CREATE POLICY new_insurer ON insula.coverage_applications FOR SELECT TO insula_insurer
    USING (status <> 'draft' AND insula.insures_on(beneficiary_id, insurer, insula.today()));
DROP POLICY decided_by_own ON insula.coverage_applications;
CREATE POLICY decided_by_own ON insula.coverage_applications FOR UPDATE TO insula_insurer
    USING (status <> 'draft' AND insula.insures_on(beneficiary_id, insurer, insula.today()))
    WITH CHECK (insula.insures_on(beneficiary_id, insurer, insula.today()));
CREATE POLICY new_insurer ON insula.coverage_decisions FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.coverage_applications a
        WHERE a.id = application_id AND insula.insures_on(a.beneficiary_id, a.insurer, insula.today())));
DROP POLICY own_members ON insula.granted_periods;
CREATE POLICY own_members ON insula.granted_periods FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union) OR insula.insures_on(beneficiary_id, insurer, insula.today()));
CREATE POLICY granted_by_own ON insula.granted_periods FOR INSERT TO insula_insurer
    WITH CHECK (insula.organisation() IN (insurer, insurer_union));
CREATE POLICY noted_by_own ON insula.granted_periods FOR UPDATE TO insula_insurer
    USING (insula.insures_on(beneficiary_id, insurer, insula.today()))
    WITH CHECK (insula.insures_on(beneficiary_id, insurer, insula.today()));
-- What became of a period is for the insurer of today, and for the one that granted it as long as it was that.
DROP POLICY own_members ON insula.granted_period_ends;
CREATE POLICY own_members ON insula.granted_period_ends FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.granted_periods p WHERE p.id = period_id
        AND (insula.insures_on(p.beneficiary_id, p.insurer, insula.today())
            OR insula.insures_on(p.beneficiary_id, p.insurer, (known_at AT TIME ZONE 'Europe/Brussels')::date))));
DROP POLICY own_members ON insula.met_conditions;
CREATE POLICY own_members ON insula.met_conditions FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.granted_periods p WHERE p.id = period_id
        AND (insula.insures_on(p.beneficiary_id, p.insurer, insula.today())
            OR insula.insures_on(p.beneficiary_id, p.insurer, (noted_at AT TIME ZONE 'Europe/Brussels')::date))));
CREATE POLICY noted_by_own ON insula.met_conditions FOR INSERT TO insula_insurer
    WITH CHECK (EXISTS (SELECT 1 FROM insula.granted_periods p WHERE p.id = period_id
        AND insula.insures_on(p.beneficiary_id, p.insurer, insula.today())));

-- An application that waits goes to the new insurer with the beneficiary; what was decided stays where it was.
CREATE OR REPLACE FUNCTION insula.keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'submitted_for_ever';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.hospital, NEW.beneficiary_id, NEW.person_id) IS DISTINCT FROM (OLD.id, OLD.hospital, OLD.beneficiary_id, OLD.person_id)
        OR OLD.status <> 'draft' AND (NEW.status = 'draft'
            OR (NEW.content_version, NEW.application_date, NEW.wanted_from, NEW.convention_number, NEW.submitted_at)
            IS DISTINCT FROM (OLD.content_version, OLD.application_date, OLD.wanted_from, OLD.convention_number,
                OLD.submitted_at))
        OR OLD.status NOT IN ('draft', 'submitted', 'informationAsked')
            AND (NEW.insurer, NEW.insurer_union) IS DISTINCT FROM (OLD.insurer, OLD.insurer_union)
        OR OLD.status IN ('withdrawn', 'closed')
        OR OLD.status = 'decided' AND NEW.status <> 'decided'
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'submitted_for_ever';
    END IF;
    RETURN NEW;
END $$;
-- Returns how many went to another insurer.
CREATE FUNCTION insula.hand_over_applications(day date, at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH moved AS (
        UPDATE insula.coverage_applications a
        SET insurer = i.number, insurer_union = i.union_number, version = a.version + 1, updated_at = at
        FROM vault.affiliations f JOIN insula.insurers i ON i.number = f.insurer
        WHERE a.status IN ('submitted', 'informationAsked') AND f.beneficiary_id = a.beneficiary_id AND f.replaced_at IS NULL
          AND daterange(f.valid_from, f.valid_to, '[]') @> day AND f.insurer <> a.insurer
        RETURNING 1)
    SELECT count(*) FROM moved
$$;
GRANT UPDATE (insurer, insurer_union) ON insula.coverage_applications TO insula_definer;

-- Events are for the insurer of their day.
CREATE OR REPLACE FUNCTION insula.tell_of_application() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
DECLARE of_day text := insula.adviser_on(NEW.beneficiary_id, NEW.insurer, (NEW.updated_at AT TIME ZONE 'Europe/Brussels')::date);
BEGIN
    INSERT INTO insula.coverage_events
        (event_id, type, hospital, insurer, insurer_union, application_id, version, occurred_at)
    VALUES (insula.webhook_event_id(NEW.id || '.' || NEW.version),
        'be.insula.coverage.' || CASE
            WHEN NEW.status = 'submitted' AND OLD.status = 'informationAsked' THEN 'answered'
            -- One answer of several, which leaves questions, is written by the establishment.
            WHEN NEW.status = 'informationAsked' AND NEW.hospital = insula.organisation() THEN 'answered'
            WHEN NEW.status = 'informationAsked' THEN 'questionAsked'
            ELSE NEW.status END,
        NEW.hospital, of_day, insula.union_of(of_day), NEW.id, NEW.version, NEW.updated_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION insula.tell_of_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE of_day text;
BEGIN
    SELECT insula.adviser_on(p.beneficiary_id, p.insurer, (NEW.known_at AT TIME ZONE 'Europe/Brussels')::date) INTO of_day
    FROM insula.granted_periods p WHERE p.id = NEW.period_id;
    INSERT INTO insula.coverage_events (event_id, type, hospital, insurer, insurer_union, period_id, version, occurred_at)
    VALUES (insula.webhook_event_id(NEW.period_id || '.' || NEW.version),
        'be.insula.coverage.' || CASE WHEN NEW.because IS NULL THEN 'periodRestored' ELSE 'periodEnded' END,
        NEW.hospital, of_day, insula.union_of(of_day), NEW.period_id, NEW.version, NEW.known_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION insula.tell_of_endings(today date, days integer[], at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH due AS (
        SELECT p.id, p.hospital, p.beneficiary_id, p.insurer, 'periodEnding' AS type,
            insula.webhook_event_id(p.id || '.' || upper(p.effective) || '.' || d.before) AS event_id
        FROM insula.granted_periods p JOIN unnest(days) AS d (before)
            ON today BETWEEN upper(p.effective) - 1 - d.before AND upper(p.effective) - 1
        WHERE upper(p.effective) > today AND upper(p.effective) <= today + 1 + (SELECT max(n) FROM unnest(days) AS all_days (n))
          AND NOT EXISTS (SELECT 1 FROM insula.granted_periods n
              WHERE n.person_id = p.person_id AND lower(n.effective) >= upper(p.effective))
          -- Of two that are due, the nearer one tells both.
          AND d.before = (SELECT min(n) FROM unnest(days) AS all_days (n) WHERE today >= upper(p.effective) - 1 - n)
        UNION ALL
        SELECT p.id, p.hospital, p.beneficiary_id, p.insurer, 'periodEnded',
            insula.webhook_event_id(p.id || '.' || upper(p.effective) || '.over')
        FROM insula.granted_periods p
        WHERE upper(p.effective) BETWEEN today - 31 AND today AND p.ended_because IS NULL),
    told AS (
        INSERT INTO insula.coverage_events (event_id, type, hospital, insurer, insurer_union, period_id, occurred_at)
        SELECT event_id, 'be.insula.coverage.' || type, hospital, of_day, insula.union_of(of_day), id, at
        FROM due CROSS JOIN LATERAL (SELECT insula.adviser_on(due.beneficiary_id, due.insurer, today) AS of_day) AS o
        ORDER BY id
        ON CONFLICT (event_id) DO NOTHING RETURNING 1)
    SELECT count(*) FROM told
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['adviser_on(uuid,text,date)', 'insures_on(uuid,text,date)', 'union_of(text)',
        'hand_over_applications(date,timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.insures_on(uuid, text, date) TO insula_insurer;
GRANT EXECUTE ON FUNCTION insula.adviser_on(uuid, text, date) TO insula_insurer;
GRANT EXECUTE ON FUNCTION insula.union_of(text) TO insula_insurer;
GRANT EXECUTE ON FUNCTION insula.hand_over_applications(date, timestamptz) TO insula_worker;
