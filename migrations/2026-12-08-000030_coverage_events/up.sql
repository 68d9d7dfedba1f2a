-- Warnings that a beneficiary applies elsewhere (COV-08): whom, and the day; not where.
CREATE TABLE insula.coverage_warnings (
    id uuid PRIMARY KEY,
    hospital text NOT NULL,
    beneficiary_id uuid NOT NULL,
    introduced_on date NOT NULL,
    -- The application, as a hash: the establishment that is warned learns nothing of another's.
    cause uuid NOT NULL,
    warned_at timestamptz NOT NULL,
    CONSTRAINT warned_once UNIQUE (hospital, cause),
    FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital)
);
CREATE INDEX coverage_warnings_of_hospital ON insula.coverage_warnings (hospital, id DESC);
ALTER TABLE insula.coverage_warnings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.coverage_warnings TO insula_hospital;
CREATE POLICY own_warnings ON insula.coverage_warnings FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation());
GRANT INSERT ON insula.coverage_warnings TO insula_definer;
CREATE POLICY definer ON insula.coverage_warnings FOR INSERT TO insula_definer WITH CHECK (true);

-- What happens to applications and periods, for the establishment and the adviser (COV-03, COV-07, COV-08, COV-12): the feed
-- of both, read as that of codes is (xid, seq), and what subscribers are told. No identity stands in it.
CREATE TABLE insula.coverage_events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    hospital text NOT NULL,
    -- None when only the establishment is told.
    insurer text,
    insurer_union text,
    application_id uuid,
    period_id uuid,
    -- The version of it that the event made.
    version integer,
    occurred_at timestamptz NOT NULL,
    CHECK (num_nonnulls(application_id, period_id) <= 1)
);
CREATE INDEX coverage_events_of_hospital ON insula.coverage_events (hospital, xid, seq);
CREATE INDEX coverage_events_of_insurer ON insula.coverage_events (insurer, xid, seq);
CREATE INDEX coverage_events_of_union ON insula.coverage_events (insurer_union, xid, seq);
ALTER TABLE insula.coverage_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON insula.coverage_events TO insula_hospital, insula_insurer;
CREATE POLICY own_establishment ON insula.coverage_events FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation());
CREATE POLICY own_members ON insula.coverage_events FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union));
GRANT INSERT ON insula.coverage_events TO insula_definer;
GRANT SELECT (event_id) ON insula.coverage_events TO insula_definer;
CREATE POLICY definer_writes ON insula.coverage_events FOR INSERT TO insula_definer WITH CHECK (true);
CREATE POLICY definer_reads ON insula.coverage_events FOR SELECT TO insula_definer USING (true);

-- An application was submitted, asked about, answered, decided, withdrawn or closed.
CREATE FUNCTION insula.tell_of_application() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
-- A period ended early, or an end of its convention was taken back.
CREATE FUNCTION insula.tell_of_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO insula.coverage_events (event_id, type, hospital, insurer, insurer_union, period_id, version, occurred_at)
    VALUES (insula.webhook_event_id(NEW.period_id || '.' || NEW.version),
        'be.insula.coverage.' || CASE WHEN NEW.because IS NULL THEN 'periodRestored' ELSE 'periodEnded' END,
        NEW.hospital, NEW.insurer, NEW.insurer_union, NEW.period_id, NEW.version, NEW.known_at);
    RETURN NULL;
END $$;
-- An establishment was warned; nobody else is told.
CREATE FUNCTION insula.tell_of_warning() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO insula.coverage_events (event_id, type, hospital, occurred_at)
    VALUES (insula.webhook_event_id('warning.' || NEW.id), 'be.insula.coverage.warned', NEW.hospital, NEW.warned_at);
    RETURN NULL;
END $$;
-- Whatever is told in the feed, is told to the establishment's subscribers.
CREATE FUNCTION insula.tell_subscribers_of_coverage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO insula.webhook_deliveries
        (subscription_id, hospital, event_id, type, subject, data, occurred_at, available_at)
    SELECT s.id, s.hospital, e.event_id, e.type, coalesce(e.application_id, e.period_id, e.event_id)::text,
        jsonb_strip_nulls(jsonb_build_object('coverageApplicationId', e.application_id, 'grantedPeriodId', e.period_id,
            'version', e.version)),
        e.occurred_at, e.occurred_at
    FROM told e JOIN insula.webhook_subscriptions s
        ON s.hospital = e.hospital AND s.active AND s.deleted_at IS NULL AND e.type = ANY (s.event_types)
    ORDER BY e.seq;
    RETURN NULL;
END $$;

-- Warns the establishments of these periods of an application of the caller, each once (COV-08).
CREATE FUNCTION insula.warn(application uuid, ids uuid[], periods uuid[], day date, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO insula.coverage_warnings (id, hospital, beneficiary_id, introduced_on, cause, warned_at)
    SELECT DISTINCT ON (p.hospital) w.id, p.hospital, p.beneficiary_id, day, insula.webhook_event_id('warns.' || a.id), at
    FROM unnest(ids, periods) AS w (id, period)
    JOIN insula.granted_periods p ON p.id = w.period
    JOIN insula.coverage_applications a ON a.id = application AND a.hospital = insula.organisation()
        AND a.person_id = p.person_id
    ORDER BY p.hospital, upper(p.granted) DESC
    ON CONFLICT DO NOTHING
$$;

-- Tells of periods that end in 60 and in 30 days, unless another one of the person follows, and of those that ended
-- (COV-04), each once; whatever was missed in the last month is made up for. Returns how many events there are.
CREATE FUNCTION insula.tell_of_endings(today date, days integer[], at timestamptz) RETURNS bigint
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
CREATE INDEX granted_periods_by_end ON insula.granted_periods (upper(effective));
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['tell_of_application()', 'tell_of_end()', 'tell_of_warning()', 'tell_subscribers_of_coverage()',
        'warn(uuid,uuid[],uuid[],date,timestamptz)', 'tell_of_endings(date,integer[],timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.warn(uuid, uuid[], uuid[], date, timestamptz) TO insula_hospital;
GRANT EXECUTE ON FUNCTION insula.tell_of_endings(date, integer[], timestamptz) TO insula_worker;
CREATE TRIGGER tell_of_application AFTER UPDATE ON insula.coverage_applications FOR EACH ROW
    WHEN (NEW.status <> 'draft' AND NEW.version > OLD.version) EXECUTE FUNCTION insula.tell_of_application();
CREATE TRIGGER tell_of_end AFTER INSERT ON insula.granted_period_ends FOR EACH ROW EXECUTE FUNCTION insula.tell_of_end();
CREATE TRIGGER tell_of_warning AFTER INSERT ON insula.coverage_warnings FOR EACH ROW
    EXECUTE FUNCTION insula.tell_of_warning();
CREATE TRIGGER tell_subscribers AFTER INSERT ON insula.coverage_events
    REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION insula.tell_subscribers_of_coverage();
