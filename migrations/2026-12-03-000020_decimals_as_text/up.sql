-- Numbers with decimals are text (SYS-04): the fields of a registration that have decimals, wherever a content is kept.
CREATE FUNCTION pg_temp.with_text(content jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE path text;
BEGIN
    FOREACH path IN ARRAY ARRAY['{hba1c,value}', '{timeInRange}', '{timeBelowRange}', '{daysWorn}'] LOOP
        IF jsonb_typeof(content #> path::text[]) = 'number' THEN
            content := jsonb_set(content, path::text[], to_jsonb(content #>> path::text[]));
        END IF;
    END LOOP;
    RETURN content;
END $$;
UPDATE insula.registrations SET content = pg_temp.with_text(content) WHERE content <> pg_temp.with_text(content);
UPDATE insula.registration_versions SET content = pg_temp.with_text(content) WHERE content <> pg_temp.with_text(content);
UPDATE coded.deliveries SET content = pg_temp.with_text(content) WHERE content <> pg_temp.with_text(content);
DROP FUNCTION pg_temp.with_text(jsonb);

-- The mean HbA1c is taken from a text now.
CREATE OR REPLACE FUNCTION coded.groups(first text, second text, from_year integer, to_year integer, types text[],
    slope double precision, intercept double precision, before timestamptz)
RETURNS TABLE (first_value text, second_value text, beneficiaries bigint, registrations bigint, cells text[],
    registration_cells text[], own_beneficiaries bigint, own_registrations bigint, measured bigint, hba1c double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH counted AS (
        SELECT d.pseudonym, d.technical_id, coded.dimension(first, d) AS v1, coded.dimension(second, d) AS v2,
            extract(year FROM d.event_date) AS year, d.registration_type AS type, d.hospital = coded.reader() AS own,
            CASE WHEN d.content #>> '{hba1c,value}' ~ '^[0-9]+(\.[0-9]+)?$' THEN
                CASE d.content #>> '{hba1c,unit}'
                    WHEN 'mmolPerMol' THEN (d.content #>> '{hba1c,value}')::double precision
                    WHEN 'percent' THEN ((d.content #>> '{hba1c,value}')::double precision - intercept) / slope END
            END AS hba1c
        FROM coded.deliveries d
        WHERE coded.reader() = insula.organisation() AND NOT d.deleted AND d.received_at < before
          AND NOT EXISTS (SELECT 1 FROM coded.deliveries l
              WHERE l.technical_id = d.technical_id AND l.version > d.version AND l.received_at < before)
          AND (from_year IS NULL OR d.event_date >= make_date(from_year, 1, 1))
          AND (to_year IS NULL OR d.event_date <= make_date(to_year, 12, 31))
          AND (types IS NULL OR d.registration_type = ANY (types))),
    grouped AS (SELECT * FROM counted WHERE v1 IS NOT NULL AND (second IS NULL OR v2 IS NOT NULL)),
    cell_members AS (
        SELECT v1, v2, year, type, pseudonym, sum(hashtextextended(technical_id::text, 0)::numeric) AS which
        FROM grouped WHERE NOT own
        GROUP BY GROUPING SETS ((v1, v2, year, type, pseudonym), (year, type, pseudonym))),
    cells AS (
        SELECT v1, v2, year, type,
            encode(sha256(concat_ws(' ', count(*), sum(hashtextextended(pseudonym, 0)::numeric))::bytea), 'hex') AS members,
            encode(sha256(concat_ws(' ', 'registrations', sum(which))::bytea), 'hex') AS which
        FROM cell_members GROUP BY v1, v2, year, type),
    noise AS (SELECT v1, v2, array_agg(members) AS members, array_agg(which) AS which FROM cells GROUP BY v1, v2),
    persons AS (
        SELECT v1, v2, pseudonym, own, count(*) AS registrations, avg(hba1c) AS hba1c
        FROM grouped GROUP BY GROUPING SETS ((v1, v2, pseudonym, own), (pseudonym, own))),
    groups AS (
        SELECT v1, v2, count(*) FILTER (WHERE NOT own) AS others, sum(registrations) FILTER (WHERE NOT own) AS registrations,
            count(*) FILTER (WHERE own) AS own, coalesce(sum(registrations) FILTER (WHERE own), 0) AS own_registrations,
            count(hba1c) FILTER (WHERE NOT own) AS measured, avg(hba1c) FILTER (WHERE NOT own) AS hba1c
        FROM persons GROUP BY v1, v2 HAVING count(*) FILTER (WHERE NOT own) >= 5)
    SELECT g.v1, g.v2, g.others, g.registrations::bigint, n.members,
        CASE WHEN g.registrations = g.others THEN n.members ELSE n.which END,
        g.own, g.own_registrations::bigint, g.measured, g.hba1c
    FROM groups g JOIN noise n ON n.v1 IS NOT DISTINCT FROM g.v1 AND n.v2 IS NOT DISTINCT FROM g.v2
    ORDER BY g.v1 NULLS LAST, g.v2
$$;
