-- The accounts of an establishment (REG-08, REG-11): what is bought, rebated, given for free, paid and spent; and the other
-- conventions that its funds may serve.
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity', 'moveNotice',
        'electronicConsent', 'accountEntry', 'otherConventions')),
    DROP CONSTRAINT sheet,
    ADD CONSTRAINT sheet CHECK (kind NOT IN ('prescribers', 'sites', 'availability', 'pumps', 'otherConventions')
        OR key = '' AND jsonb_typeof(content) = 'array' AND num_nonnulls(beneficiary, day, member, quantity, year) = 0),
    ADD CONSTRAINT account_entry CHECK (kind <> 'accountEntry'
        OR day IS NOT NULL AND num_nonnulls(beneficiary, member, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date
        AND CASE content ->> 'kind'
            WHEN 'freeGoods' THEN coalesce(quantity BETWEEN 1 AND 1000000, false) AND NOT content ? 'amount'
                AND coalesce(length(content ->> 'goods') BETWEEN 1 AND 100, false)
                AND coalesce(length(content ->> 'unit') BETWEEN 1 AND 100, false)
            ELSE quantity IS NULL AND coalesce((content ->> 'amount')::numeric BETWEEN 0.01 AND 999999999.99, false) END
        AND CASE content ->> 'kind'
            WHEN 'spending' THEN NOT content ? 'convention' AND coalesce(content ->> 'purpose', '') IN ('pump',
                'selfManagement', 'childrensSelfManagement', 'advancedTechnologies', 'other')
            WHEN 'rebate' THEN coalesce(content ->> 'tie', '') IN ('direct', 'otherProducts')
            ELSE coalesce(content ->> 'kind', '') IN ('purchase', 'freeGoods', 'salary') END
        AND (content ->> 'kind' = 'spending' OR coalesce(content ->> 'convention', '') IN ('pump', 'selfManagement')));

-- What an establishment buys, pays and spends is asked for by INAMI (C 17), not on a visit of insurers.
ALTER POLICY on_a_visit ON insula.records
    USING (insula.visits() AND beneficiary IS NULL AND kind <> 'accountEntry');

-- The lines of a hospital for days of a year that insurers did not refuse, and the credits, as known now or at an instant:
-- amounts, and nobody they are about. For its own people and for INAMI.
CREATE FUNCTION insula.accounted_lines(of_hospital text, of_year integer, known timestamptz)
RETURNS TABLE (id uuid, first_day date, days integer, price numeric, is_credit boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT l.id, l.first_day, abs(l.units), l.price, l.credits IS NOT NULL
    FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
    JOIN insula.invoice_files f ON f.id = i.file_id
    WHERE insula.has_reports_of(of_hospital) AND l.hospital = of_hospital
      AND l.first_day BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 31)
      AND (known IS NULL OR f.made_at <= known)
      AND NOT (l.state = 'refused' AND (known IS NULL OR l.updated_at <= known))
    ORDER BY l.first_day, l.id
$$;
-- The days of programme that are due, invoiced or not: how many beneficiaries on each. A day that was freed later was due before.
CREATE FUNCTION insula.accounted_days(of_hospital text, of_year integer, known timestamptz)
RETURNS TABLE (day date, beneficiaries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT d.day, count(*) FROM insula.pump_days d
    WHERE insula.has_reports_of(of_hospital) AND d.hospital = of_hospital
      AND d.day BETWEEN make_date(of_year, 1, 1) AND make_date(of_year, 12, 31)
      AND (known IS NULL OR d.recorded_at <= known)
      AND (d.state IN ('recorded', 'claimed', 'accepted', 'contested') OR known IS NOT NULL AND d.updated_at > known)
    GROUP BY d.day ORDER BY d.day
$$;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['accounted_lines(text,integer,timestamptz)', 'accounted_days(text,integer,timestamptz)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION insula.%s TO insula_hospital, insula_authority', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
