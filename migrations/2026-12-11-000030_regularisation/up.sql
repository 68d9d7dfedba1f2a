-- What was billed at which price, over all hospitals, for INAMI, who enters prices (BIL-03): days and numbers of lines, nobody's.
CREATE FUNCTION insula.billed_days()
RETURNS TABLE (first_day date, last_day date, price text, tariff date, stand boolean, lines bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT l.first_day, l.last_day, l.price::text, l.tariff, l.state = 'stands', count(*)
    FROM insula.invoice_lines l WHERE l.credits IS NULL
    GROUP BY l.first_day, l.last_day, l.price, l.tariff, l.state = 'stands'
$$;
-- How many days of programme of a hospital are due, year by year (STF-03): for itself, INAMI, and an insurer on a visit.
CREATE FUNCTION insula.patient_days(of_hospital text) RETURNS TABLE (year integer, days bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT date_part('year', d.day)::integer, count(*)
    FROM insula.pump_days d
    WHERE d.hospital = of_hospital AND d.state IN ('recorded', 'claimed', 'accepted', 'contested')
      AND (insula.organisation() IN (d.hospital, 'inami') OR current_setting('insula.visit', true) = 'on')
    GROUP BY 1
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['billed_days()', 'patient_days(text)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    GRANT EXECUTE ON FUNCTION insula.billed_days() TO insula_authority;
    GRANT EXECUTE ON FUNCTION insula.patient_days(text) TO insula_hospital, insula_insurer, insula_authority;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
