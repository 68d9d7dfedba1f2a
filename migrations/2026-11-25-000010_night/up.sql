-- Which counter a validated registration feeds, by what its last validation fixed (CNT-01, CNT-05); year 0 for counter A,
-- which has none. The same as `Counter::fed_by` in the domain; a test compares the two.
ALTER TABLE insula.registrations
    ADD COLUMN counter text GENERATED ALWAYS AS (
        CASE WHEN type = 'firstImplantation' AND has_sensor THEN
            CASE pair WHEN '174370-174381' THEN 'A' WHEN '174495-174506' THEN 'B' END END) STORED,
    ADD COLUMN counter_year integer GENERATED ALWAYS AS (
        CASE WHEN type = 'firstImplantation' AND has_sensor THEN
            CASE pair WHEN '174370-174381' THEN 0 WHEN '174495-174506' THEN extract(year FROM event_date)::integer END END) STORED,
    -- The place it holds in that counter (CNT-04).
    ADD COLUMN place integer,
    -- The night that decided about its last validation.
    ADD COLUMN decided_on date,
    -- The 401st and the 61st place are impossible, a tombstone holds none, and what no counter counts neither (CNT-03, CNT-08).
    ADD CONSTRAINT place_within_limit CHECK (
        place IS NULL OR place >= 1 AND status <> 'deleted'
        AND coalesce(place <= CASE counter WHEN 'A' THEN 400 WHEN 'B' THEN 60 END, false));
-- Places are distinct (CNT-08).
CREATE UNIQUE INDEX one_holder_per_place ON insula.registrations (counter, counter_year, place) INCLUDE (id)
    WHERE place IS NOT NULL;
-- What waits for the night, in the order of validation (CNT-02, CNT-04); a hundred years of decided ones are not in it.
CREATE INDEX awaiting_night ON insula.registrations (validation_number)
    WHERE status = 'submitted' AND counter IS NOT NULL AND decided_on IS NULL;
-- What is ahead of a registration in its counter (CNT-09).
CREATE INDEX ahead_in_counter ON insula.registrations (counter, counter_year, validation_number)
    WHERE status IN ('sending', 'submitted') AND decided_on IS NULL AND place IS NULL;
GRANT UPDATE (place, decided_on) ON insula.registrations TO insula_worker;
GRANT SELECT (counter, counter_year, place, decided_on) ON insula.registrations TO insula_insurer;

-- One row a night; two replicas cannot both write it (CNT-07).
CREATE TABLE insula.counter_runs (
    day date CONSTRAINT night_already_run PRIMARY KEY,
    -- Midnight ending the day: what was acknowledged before it was decided.
    arrivals_before timestamptz NOT NULL,
    run_at timestamptz NOT NULL,
    trace_id uuid NOT NULL UNIQUE,
    -- What was committed when the places were read, so that the night can be replayed.
    snapshot pg_snapshot NOT NULL,
    kept integer NOT NULL CHECK (kept >= 0),
    taken integer NOT NULL CHECK (taken >= 0),
    exceeded integer NOT NULL CHECK (exceeded >= 0),
    -- SHA-256 over the decisions in their order; the trail has it too.
    digest bytea CHECK (length(digest) = 32),
    CHECK (arrivals_before <= run_at)
);
GRANT SELECT, INSERT ON insula.counter_runs TO insula_worker;
GRANT UPDATE (kept, taken, exceeded, digest) ON insula.counter_runs TO insula_worker;
GRANT SELECT ON insula.counter_runs TO insula_authority;

-- What was decided about whom (CNT-03). Position is that in the order of validation of that night.
CREATE TABLE insula.night_decisions (
    day date NOT NULL,
    validation_number bigint NOT NULL,
    registration_id uuid NOT NULL,
    hospital text NOT NULL,
    -- As it was when it was decided about.
    version integer NOT NULL,
    counter text NOT NULL,
    year integer NOT NULL,
    verdict text NOT NULL,
    place integer,
    PRIMARY KEY (day, validation_number),
    CHECK (verdict IN ('keeps', 'takes', 'exceeded') AND (verdict = 'exceeded') = (place IS NULL))
);
ALTER TABLE insula.night_decisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.night_decisions TO insula_worker;
GRANT SELECT ON insula.night_decisions TO insula_authority;
CREATE POLICY all_decisions ON insula.night_decisions TO insula_worker, insula_authority USING (true) WITH CHECK (true);

-- A counter's figure after each night that changed it (CNT-08); year 0 for counter A.
CREATE TABLE insula.counter_figures (
    counter text NOT NULL CHECK (counter IN ('A', 'B')),
    year integer NOT NULL CHECK ((counter = 'A') = (year = 0)),
    day date NOT NULL REFERENCES insula.counter_runs,
    figure integer NOT NULL CHECK (figure BETWEEN 0 AND CASE counter WHEN 'A' THEN 400 ELSE 60 END),
    PRIMARY KEY (counter, year, day)
);
GRANT SELECT, INSERT ON insula.counter_figures TO insula_worker;
GRANT SELECT ON insula.counter_figures TO insula_hospital, insula_authority;

-- The thresholds that were reached, each once for ever (NOT-01).
CREATE TABLE insula.thresholds_reached (
    counter text NOT NULL CHECK (counter IN ('A', 'B')),
    year integer NOT NULL CHECK ((counter = 'A') = (year = 0)),
    threshold integer NOT NULL,
    day date NOT NULL REFERENCES insula.counter_runs,
    figure integer NOT NULL,
    CONSTRAINT each_threshold_once PRIMARY KEY (counter, year, threshold),
    CHECK (threshold <= figure),
    CHECK (CASE counter WHEN 'A' THEN threshold BETWEEN 350 AND 400 AND threshold % 10 = 0
                        ELSE threshold BETWEEN 40 AND 60 AND threshold % 5 = 0 END)
);
GRANT SELECT, INSERT ON insula.thresholds_reached TO insula_worker;
GRANT SELECT ON insula.thresholds_reached TO insula_hospital, insula_authority;

GRANT INSERT, DELETE ON insula.closed_counters TO insula_worker;
GRANT SELECT ON insula.closed_counters TO insula_authority;

-- The figures as they are, over all hospitals, and nothing of whom they count (CNT-08).
CREATE FUNCTION insula.counters_now() RETURNS TABLE (counter text, year integer, figure bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT r.counter, r.counter_year, count(*) FROM insula.registrations r
    WHERE r.place IS NOT NULL GROUP BY r.counter, r.counter_year
$$;
-- What a registration meets in a counter tonight: the places held by others, and how many without a place are before it in
-- the order of validation, those still on their way included (CNT-09).
CREATE FUNCTION insula.counter_ahead(this uuid, of_counter text, of_year integer, before bigint)
RETURNS TABLE (held integer[], ahead bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT array(SELECT r.place FROM insula.registrations r
                 WHERE r.place IS NOT NULL AND r.counter = of_counter AND r.counter_year = of_year AND r.id <> this),
        -- More than a counter has places make no difference.
        (SELECT count(*) FROM (SELECT FROM insula.registrations r
            WHERE r.status IN ('sending', 'submitted') AND r.decided_on IS NULL AND r.place IS NULL
              AND r.counter = of_counter AND r.counter_year = of_year AND r.id <> this
              AND (before IS NULL OR r.validation_number < before) LIMIT 401) AS others)
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['counters_now()', 'counter_ahead(uuid,text,integer,bigint)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION insula.%s TO insula_hospital, insula_authority', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.counters_now() TO insula_worker;

-- Only the night gives places: a hospital's change keeps the one it holds or frees it (CNT-04).
CREATE FUNCTION insula.only_the_night_gives_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'insula_hospital' AND NEW.place IS NOT NULL AND NEW.place IS DISTINCT FROM OLD.place THEN
        RAISE EXCEPTION 'only the night gives places' USING CONSTRAINT = 'only_the_night_gives_places';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_the_night_gives_places BEFORE UPDATE OF place ON insula.registrations
    FOR EACH ROW WHEN (NEW.place IS DISTINCT FROM OLD.place) EXECUTE FUNCTION insula.only_the_night_gives_places();
