-- The days of programme that establishments recorded, and what became of them (BIL-01).
CREATE TABLE insula.pump_days (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    beneficiary_id uuid NOT NULL,
    person_id uuid NOT NULL,
    period_id uuid NOT NULL REFERENCES insula.granted_periods,
    day date NOT NULL,
    state text NOT NULL CHECK (state IN ('recorded', 'claimed', 'accepted', 'refused', 'contested', 'undue', 'credited',
        'withdrawn')),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    CONSTRAINT day_over CHECK (day < (recorded_at AT TIME ZONE 'Europe/Brussels')::date)
);
-- Once for a person and a day, whoever writes (BIL-01). A day that is refused, undue, credited or withdrawn is free.
CREATE UNIQUE INDEX one_due_day ON insula.pump_days (person_id, day)
    WHERE state IN ('recorded', 'claimed', 'accepted', 'contested');
CREATE INDEX pump_days_of_hospital ON insula.pump_days (hospital, id);
CREATE INDEX pump_days_of_beneficiary ON insula.pump_days (beneficiary_id, day);
CREATE INDEX pump_days_of_period ON insula.pump_days (period_id);
ALTER TABLE insula.pump_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Nothing but its state changes.
GRANT SELECT, INSERT, UPDATE (state, updated_at) ON insula.pump_days TO insula_hospital;
CREATE POLICY own_days ON insula.pump_days TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT, UPDATE (state, updated_at) ON insula.pump_days TO insula_definer;
CREATE POLICY definer ON insula.pump_days TO insula_definer USING (true) WITH CHECK (true);

-- Days are recorded in a period of the person and the establishment, while they are left of it (BIL-01). The lock makes
-- whoever shortens the period wait, so that no day is recorded behind its back.
CREATE FUNCTION insula.days_in_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM FROM insula.granted_periods p WHERE p.id IN (SELECT n.period_id FROM new_days n) ORDER BY p.id FOR SHARE;
    IF EXISTS (SELECT 1 FROM new_days n WHERE NOT EXISTS (
        SELECT 1 FROM insula.granted_periods p
        WHERE p.id = n.period_id AND p.person_id = n.person_id AND p.effective @> n.day
          AND (p.hospital = n.hospital OR EXISTS (SELECT 1 FROM insula.convention_holders h
              WHERE h.number = p.convention_number AND h.hospital = n.hospital))))
    THEN
        RAISE EXCEPTION 'outside the period' USING CONSTRAINT = 'day_in_period';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER days_in_period AFTER INSERT ON insula.pump_days
    REFERENCING NEW TABLE AS new_days FOR EACH STATEMENT EXECUTE FUNCTION insula.days_in_period();

-- Days that a period loses are undue and free at once, so that the rightful establishment need not wait (BIL-07).
CREATE FUNCTION insula.free_undue_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE insula.pump_days d
    SET state = CASE d.state WHEN 'contested' THEN 'refused' ELSE 'undue' END, updated_at = NEW.updated_at
    WHERE d.period_id = NEW.id AND d.state IN ('recorded', 'claimed', 'accepted', 'contested') AND NOT NEW.effective @> d.day;
    RETURN NULL;
END $$;
CREATE TRIGGER free_undue_days AFTER UPDATE OF effective ON insula.granted_periods
    FOR EACH ROW WHEN (NEW.effective <> OLD.effective) EXECUTE FUNCTION insula.free_undue_days();

-- The periods of the persons behind the hospital's beneficiaries, of all establishments, for rules and for no reader.
CREATE FUNCTION insula.periods_of_beneficiaries(beneficiaries uuid[])
RETURNS TABLE (beneficiary_id uuid, id uuid, own boolean, granted_from date, granted_to date, last_day date, because text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT b.id, p.id,
        p.hospital = b.hospital OR EXISTS (SELECT 1 FROM insula.convention_holders h
            WHERE h.number = p.convention_number AND h.hospital = b.hospital),
        lower(p.granted), upper(p.granted) - 1,
        CASE WHEN p.ended_because IS NULL THEN NULL
             WHEN isempty(p.effective) THEN lower(p.granted) - 1 ELSE upper(p.effective) - 1 END,
        p.ended_because
    FROM vault.beneficiaries b JOIN insula.granted_periods p ON p.person_id = b.person_id
    WHERE b.id = ANY(beneficiaries) AND b.hospital = insula.organisation()
    ORDER BY lower(p.granted), p.id
$$;
-- The days that are due for those persons, at whichever establishment (BIL-01).
CREATE FUNCTION insula.due_days(beneficiaries uuid[], first date, last date) RETURNS TABLE (beneficiary_id uuid, day date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT b.id, d.day FROM vault.beneficiaries b JOIN insula.pump_days d ON d.person_id = b.person_id
    WHERE b.id = ANY(beneficiaries) AND b.hospital = insula.organisation() AND d.day BETWEEN first AND last
      AND d.state IN ('recorded', 'claimed', 'accepted', 'contested')
$$;
GRANT SELECT (id) ON vault.beneficiaries TO insula_definer;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['days_in_period()', 'free_undue_days()', 'periods_of_beneficiaries(uuid[])', 'due_days(uuid[],date,date)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
GRANT EXECUTE ON FUNCTION insula.periods_of_beneficiaries(uuid[]) TO insula_hospital;
GRANT EXECUTE ON FUNCTION insula.due_days(uuid[], date, date) TO insula_hospital;
