DROP FUNCTION insula.end_with_conventions(uuid[], date[], timestamptz);
DROP FUNCTION insula.periods_under(text[]);
DROP INDEX insula.granted_periods_under_number;
CREATE OR REPLACE FUNCTION insula.periods_of_person(person uuid, of_hospital text)
RETURNS TABLE (id uuid, own boolean, granted_from date, granted_to date, last_day date, because text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(person::text, 6));
    RETURN QUERY SELECT p.id,
        p.hospital = of_hospital OR EXISTS (SELECT 1 FROM insula.convention_holders h
            WHERE h.number = p.convention_number AND h.hospital = of_hospital),
        lower(p.granted), upper(p.granted) - 1,
        CASE WHEN p.ended_because IS NULL THEN NULL
             WHEN isempty(p.effective) THEN lower(p.granted) - 1 ELSE upper(p.effective) - 1 END,
        p.ended_because
    FROM insula.granted_periods p WHERE p.person_id = person ORDER BY lower(p.granted), p.id;
END $$;
CREATE OR REPLACE FUNCTION insula.keep_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.hospital, NEW.beneficiary_id, NEW.person_id, NEW.application_id, NEW.decision_id, NEW.insurer,
            NEW.insurer_union, NEW.convention_number, NEW.granted)
        IS DISTINCT FROM (OLD.id, OLD.hospital, OLD.beneficiary_id, OLD.person_id, OLD.application_id, OLD.decision_id,
            OLD.insurer, OLD.insurer_union, OLD.convention_number, OLD.granted)
        OR NOT NEW.effective <@ OLD.effective
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'granted_for_ever';
    END IF;
    RETURN NEW;
END $$;
-- Ends that were taken back have no place before.
DELETE FROM insula.granted_period_ends WHERE last_day IS NULL;
ALTER TABLE insula.granted_period_ends DROP CONSTRAINT ended_whole, ALTER last_day SET NOT NULL, ALTER because SET NOT NULL;
ALTER TABLE insula.mergers DROP cut_periods;
