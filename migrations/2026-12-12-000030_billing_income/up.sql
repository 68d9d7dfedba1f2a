-- What the days of programme bring in, by establishment, insurer and month of the days (BIL-02, BIL-05): for the hospital
-- itself, the insurer that is asked, its union, and INAMI. It names nobody.
CREATE FUNCTION insula.billing_income(first_day date, last_day date, of_hospital text)
RETURNS TABLE (hospital text, insurer text, month date, days bigint, invoiced bigint, credited bigint, accepted bigint,
    refused bigint, pending bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT i.hospital, i.insurer, date_trunc('month', l.first_day)::date,
        coalesce(sum(l.units) FILTER (WHERE l.state <> 'refused'), 0),
        coalesce(sum(l.amount) FILTER (WHERE l.credits IS NULL), 0) * 100,
        coalesce(-sum(l.amount) FILTER (WHERE l.credits IS NOT NULL), 0) * 100,
        coalesce(sum(l.amount) FILTER (WHERE l.accepted), 0) * 100,
        coalesce(sum(l.amount) FILTER (WHERE l.state = 'refused'), 0) * 100,
        coalesce(sum(l.amount) FILTER (WHERE NOT l.accepted AND l.state <> 'refused'), 0) * 100
    FROM insula.invoices i JOIN insula.invoice_lines l ON l.invoice_id = i.id
    WHERE insula.organisation() IN (i.hospital, i.insurer, i.destination, 'inami')
      AND l.first_day BETWEEN billing_income.first_day AND billing_income.last_day
      AND (of_hospital IS NULL OR i.hospital = of_hospital)
    GROUP BY 1, 2, 3
$$;
DO $$
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    ALTER FUNCTION insula.billing_income(date, date, text) OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION insula.billing_income(date, date, text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION insula.billing_income(date, date, text) TO insula_hospital, insula_insurer, insula_authority;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
