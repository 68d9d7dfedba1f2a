-- Coded data as hospitals and INAMI read them (TRA-03).

-- The order in which deliveries came about; a reader follows (xid, seq) up to the oldest transaction then still running, so
-- that what commits meanwhile neither shifts a page nor falls between two (as in the insurers' feed).
ALTER TABLE coded.deliveries
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
-- One for each filter, in the order of reading.
CREATE INDEX deliveries_in_order ON coded.deliveries (xid, seq);
CREATE INDEX deliveries_of_hospital ON coded.deliveries (hospital, xid, seq);
CREATE INDEX deliveries_of_type ON coded.deliveries (registration_type, xid, seq);
CREATE INDEX deliveries_of_pair ON coded.deliveries (nomenclature_pair, xid, seq);
CREATE INDEX deliveries_of_pseudonym ON coded.deliveries (pseudonym, xid, seq);
CREATE INDEX deliveries_by_event ON coded.deliveries (event_date);
CREATE INDEX deliveries_by_receipt ON coded.deliveries (received_at);
DROP INDEX coded.deliveries_by_pseudonym;

-- Who reads coded data in this transaction: a hospital's number, or 'inami'; set by coded.enter, unset for everyone else.
CREATE FUNCTION coded.reader() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('insula.coded_reader', true), '') $$;

-- Opens the coded data to the organisation of the transaction: to INAMI, and to a hospital that adheres on that day.
CREATE FUNCTION coded.enter(today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF insula.organisation() IS DISTINCT FROM 'inami' AND NOT EXISTS (SELECT 1 FROM insula.hospitals h
        WHERE h.number = insula.organisation() AND h.adhered_from <= today AND (h.adhered_to IS NULL OR today <= h.adhered_to))
    THEN
        RAISE EXCEPTION 'not adhered' USING CONSTRAINT = 'adhered_today';
    END IF;
    PERFORM set_config('insula.coded_reader', insula.organisation(), true);
    -- Filters are optional: only a plan that knows which are there uses their index.
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
END $$;

-- Whether a version was the last one delivered when a reading began; what was deleted since is gone at once, however old the
-- reading. Beside the fence of row level security, which would
-- tempt the planner away from the one good index.
CREATE FUNCTION coded.is_latest(id uuid, this integer, until xid8) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    RETURN NOT EXISTS (SELECT 1 FROM coded.deliveries d WHERE d.technical_id = id AND d.version > this
        AND (d.xid < until OR d.deleted));
END $$;

-- Row by row a hospital reads what came from its own registrations, INAMI everything (SYS-02).
GRANT USAGE ON SCHEMA coded TO insula_hospital, insula_definer;
GRANT SELECT ON coded.deliveries TO insula_hospital, insula_definer;
ALTER TABLE coded.deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY written_by_deliveries ON coded.deliveries TO insula_worker USING (true) WITH CHECK (true);
CREATE POLICY own_deliveries ON coded.deliveries FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation() AND hospital = coded.reader());
CREATE POLICY all_for_inami ON coded.deliveries FOR SELECT TO insula_authority
    USING (insula.organisation() = 'inami' AND coded.reader() = 'inami');
CREATE POLICY definer ON coded.deliveries FOR SELECT TO insula_definer USING (true);

-- What a registration counts under; none when it has nothing of the kind. Only INAMI tells hospitals apart.
CREATE FUNCTION coded.dimension(name text, d coded.deliveries) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE name
        WHEN 'year' THEN extract(year FROM d.event_date)::text
        WHEN 'type' THEN d.registration_type
        WHEN 'nomenclaturePair' THEN d.nomenclature_pair
        WHEN 'hospital' THEN CASE WHEN coded.reader() = 'inami' THEN d.hospital END
        ELSE d.content ->> name END
$$;

-- Groups of the coded registrations of all hospitals, and all of them together (a row without values): how many
-- beneficiaries, who they are as one number that says nothing of any of them, how many registrations, which they are in the
-- same way, and HbA1c in mmol/mol
-- with each beneficiary weighing the same. A group of fewer than five beneficiaries never leaves the database (TRA-03); what
-- is told of the others is decided by domain/src/registry/transmission/statistics.rs.
CREATE FUNCTION coded.groups(first text, second text, from_year integer, to_year integer, types text[],
    slope double precision, intercept double precision)
RETURNS TABLE (first_value text, second_value text, beneficiaries bigint, members text, registrations bigint, which text,
    measured bigint, hba1c double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH counted AS (
        SELECT d.pseudonym, d.technical_id, coded.dimension(first, d) AS v1, coded.dimension(second, d) AS v2,
            CASE WHEN jsonb_typeof(d.content #> '{hba1c,value}') = 'number' THEN
                CASE d.content #>> '{hba1c,unit}'
                    WHEN 'mmolPerMol' THEN (d.content #>> '{hba1c,value}')::double precision
                    WHEN 'percent' THEN ((d.content #>> '{hba1c,value}')::double precision - intercept) / slope END
            END AS hba1c
        FROM coded.deliveries d
        WHERE coded.reader() = insula.organisation() AND NOT d.deleted
          AND NOT EXISTS (SELECT 1 FROM coded.deliveries l WHERE l.technical_id = d.technical_id AND l.version > d.version)
          AND (from_year IS NULL OR d.event_date >= make_date(from_year, 1, 1))
          AND (to_year IS NULL OR d.event_date <= make_date(to_year, 12, 31))
          AND (types IS NULL OR d.registration_type = ANY (types))),
    persons AS (
        SELECT v1, v2, pseudonym, count(*) AS registrations, sum(hashtextextended(technical_id::text, 0)::numeric) AS which,
            avg(hba1c) AS hba1c
        FROM counted
        WHERE v1 IS NOT NULL AND (second IS NULL OR v2 IS NOT NULL)
        GROUP BY GROUPING SETS ((v1, v2, pseudonym), (pseudonym)))
    SELECT v1, v2, count(*), sum(hashtextextended(pseudonym, 0)::numeric)::text, sum(registrations)::bigint,
        sum(which)::text, count(hba1c), avg(hba1c)
    FROM persons GROUP BY v1, v2 HAVING count(*) >= 5 ORDER BY v1 NULLS LAST, v2
$$;
DO $$
BEGIN
    GRANT CREATE ON SCHEMA coded TO insula_definer;
    ALTER FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision)
        OWNER TO insula_definer;
    ALTER FUNCTION coded.is_latest(uuid, integer, xid8) OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION coded.is_latest(uuid, integer, xid8) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION coded.is_latest(uuid, integer, xid8) TO insula_hospital, insula_authority;
    REVOKE ALL ON FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision)
        FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision)
        TO insula_hospital, insula_authority;
    REVOKE CREATE ON SCHEMA coded FROM insula_definer;
END $$;
