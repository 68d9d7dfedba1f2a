-- What stands behind many codes at once, for an invoice file: for the insurer of the members, and for the hospital that
-- registered, whose billing does not see registrations (CGM-02). Any other code has no row, as if it were nobody's
-- (TRA-02, SYS-02). Who asks learns whether the person they name is the registered one, and of nobody else.
CREATE FUNCTION insula.behind_codes(codes text[], indexes bytea[], identification_codes text[])
RETURNS TABLE (ordinal bigint, status text, nomenclature_code text, event_date date, same_beneficiary boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT asked.ordinal, r.status::text, r.nomenclature_code, r.event_date,
        coalesce(p.niss_index = asked.index OR p.identification_code = asked.identification, false)
    FROM unnest(codes, indexes, identification_codes) WITH ORDINALITY AS asked (code, index, identification, ordinal)
    JOIN insula.registrations r ON r.code = asked.code
    JOIN vault.persons p ON p.id = r.person_id
    WHERE insula.organisation() IN (r.hospital, r.insurer, r.insurer_union)
$$;
DO $$
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    ALTER FUNCTION insula.behind_codes(text[], bytea[], text[]) OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION insula.behind_codes(text[], bytea[], text[]) FROM PUBLIC;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.behind_codes(text[], bytea[], text[]) TO insula_hospital, insula_insurer;
