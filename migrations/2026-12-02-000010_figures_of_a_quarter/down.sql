DROP FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision, timestamptz);

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
    ALTER FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision) OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision)
        TO insula_hospital, insula_authority;
    REVOKE CREATE ON SCHEMA coded FROM insula_definer;
END $$;
