DROP FUNCTION insula.hand_over_applications(date, timestamptz);
REVOKE UPDATE (insurer, insurer_union) ON insula.coverage_applications FROM insula_definer;
CREATE OR REPLACE FUNCTION insula.tell_of_application() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO insula.coverage_events
        (event_id, type, hospital, insurer, insurer_union, application_id, version, occurred_at)
    VALUES (insula.webhook_event_id(NEW.id || '.' || NEW.version),
        'be.insula.coverage.' || CASE
            WHEN NEW.status = 'submitted' AND OLD.status = 'informationAsked' THEN 'answered'
            WHEN NEW.status = 'informationAsked' THEN 'questionAsked'
            ELSE NEW.status END,
        NEW.hospital, NEW.insurer, NEW.insurer_union, NEW.id, NEW.version, NEW.updated_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION insula.tell_of_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO insula.coverage_events (event_id, type, hospital, insurer, insurer_union, period_id, version, occurred_at)
    VALUES (insula.webhook_event_id(NEW.period_id || '.' || NEW.version),
        'be.insula.coverage.' || CASE WHEN NEW.because IS NULL THEN 'periodRestored' ELSE 'periodEnded' END,
        NEW.hospital, NEW.insurer, NEW.insurer_union, NEW.period_id, NEW.version, NEW.known_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION insula.tell_of_endings(today date, days integer[], at timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH due AS (
        SELECT p.id, p.hospital, p.insurer, p.insurer_union, 'periodEnding' AS type,
            insula.webhook_event_id(p.id || '.' || upper(p.effective) || '.' || d.before) AS event_id
        FROM insula.granted_periods p JOIN unnest(days) AS d (before)
            ON today BETWEEN upper(p.effective) - 1 - d.before AND upper(p.effective) - 1
        WHERE upper(p.effective) > today AND upper(p.effective) <= today + 1 + (SELECT max(n) FROM unnest(days) AS all_days (n))
          AND NOT EXISTS (SELECT 1 FROM insula.granted_periods n
              WHERE n.person_id = p.person_id AND lower(n.effective) >= upper(p.effective))
          -- Of two that are due, the nearer one tells both.
          AND d.before = (SELECT min(n) FROM unnest(days) AS all_days (n) WHERE today >= upper(p.effective) - 1 - n)
        UNION ALL
        SELECT p.id, p.hospital, p.insurer, p.insurer_union, 'periodEnded',
            insula.webhook_event_id(p.id || '.' || upper(p.effective) || '.over')
        FROM insula.granted_periods p
        WHERE upper(p.effective) BETWEEN today - 31 AND today AND p.ended_because IS NULL),
    told AS (
        INSERT INTO insula.coverage_events (event_id, type, hospital, insurer, insurer_union, period_id, occurred_at)
        SELECT event_id, 'be.insula.coverage.' || type, hospital, insurer, insurer_union, id, at FROM due ORDER BY id
        ON CONFLICT (event_id) DO NOTHING RETURNING 1)
    SELECT count(*) FROM told
$$;
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
            OR (NEW.content_version, NEW.insurer, NEW.insurer_union, NEW.application_date, NEW.wanted_from, NEW.convention_number,
                NEW.submitted_at)
            IS DISTINCT FROM (OLD.content_version, OLD.insurer, OLD.insurer_union, OLD.application_date, OLD.wanted_from,
                OLD.convention_number, OLD.submitted_at))
        OR OLD.status IN ('withdrawn', 'closed')
        OR OLD.status = 'decided' AND NEW.status <> 'decided'
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'submitted_for_ever';
    END IF;
    RETURN NEW;
END $$;
DROP POLICY new_insurer ON insula.coverage_applications;
DROP POLICY decided_by_own ON insula.coverage_applications;
CREATE POLICY decided_by_own ON insula.coverage_applications FOR UPDATE TO insula_insurer
    USING (status <> 'draft' AND insula.organisation() IN (insurer, insurer_union))
    WITH CHECK (insula.organisation() IN (insurer, insurer_union));
DROP POLICY new_insurer ON insula.coverage_decisions;
DROP POLICY own_members ON insula.granted_periods;
DROP POLICY granted_by_own ON insula.granted_periods;
DROP POLICY noted_by_own ON insula.granted_periods;
CREATE POLICY own_members ON insula.granted_periods TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union)) WITH CHECK (insula.organisation() IN (insurer, insurer_union));
DROP POLICY own_members ON insula.granted_period_ends;
CREATE POLICY own_members ON insula.granted_period_ends FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union));
DROP POLICY own_members ON insula.met_conditions;
DROP POLICY noted_by_own ON insula.met_conditions;
CREATE POLICY own_members ON insula.met_conditions TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union)) WITH CHECK (insula.organisation() IN (insurer, insurer_union));
REVOKE SELECT (number, union_number) ON insula.insurers FROM insula_definer;
DROP POLICY definer ON vault.affiliations;
REVOKE SELECT (beneficiary_id, insurer, valid_from, valid_to, replaced_at) ON vault.affiliations FROM insula_definer;
DROP FUNCTION insula.insures_on(uuid, text, date);
DROP FUNCTION insula.adviser_on(uuid, text, date);
DROP FUNCTION insula.union_of(text);
DROP FUNCTION insula.today();
