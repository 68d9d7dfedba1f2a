CREATE TYPE insula.registration_type AS ENUM ('firstImplantation', 'replacement', 'explantation', 'followUp');
CREATE TYPE insula.registration_status AS ENUM ('open', 'sending', 'submitted', 'correctionsNeeded', 'deleted');

-- The order of validation over all hospitals (CNT-04).
CREATE SEQUENCE insula.validation_order;
GRANT USAGE ON SEQUENCE insula.validation_order TO insula_hospital;

CREATE TABLE insula.registrations (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    type insula.registration_type NOT NULL,
    status insula.registration_status NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    author text NOT NULL,
    beneficiary_id uuid,
    dictionary_version integer NOT NULL,
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    -- What Healthdata knows the registration by; random, so that it tells nothing (TRA-01).
    technical_id uuid NOT NULL UNIQUE,
    code text CONSTRAINT code_unique UNIQUE CHECK (code ~ '^[1-9][0-9]{13}$'),
    -- As it stood at the last validation: the person, who insures them, and what is reimbursed.
    person_id uuid,
    insurer text REFERENCES insula.insurers,
    insurer_union text REFERENCES insula.insurers,
    pair text,
    nomenclature_code text,
    event_date date,
    has_sensor boolean NOT NULL DEFAULT false,
    -- The first implantation it refers to (CGM-13).
    earlier_id uuid,
    validated_at timestamptz,
    validation_number bigint UNIQUE,
    acknowledged_at timestamptz,
    corrections jsonb,
    -- The explantation that ended this first implantation (CGM-15).
    explanted_by uuid REFERENCES insula.registrations,
    deleted_at timestamptz,
    deletion_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- A code exists exactly when it was ever validated (CGM-06), and with it all that a validation fixes.
    CONSTRAINT code_since_validation CHECK (
        (code IS NULL) = (validated_at IS NULL)
        AND (code IS NULL) = (validation_number IS NULL)
        AND (code IS NULL) = (person_id IS NULL)
        AND (code IS NOT NULL OR insurer IS NULL)
        -- What is billed has an insurer; an explantation or a follow-up is not billed (TRA-02).
        AND (code IS NULL OR insurer IS NOT NULL OR type IN ('explantation', 'followUp'))
        AND (code IS NULL) = (event_date IS NULL)),
    CONSTRAINT validated_unless_open CHECK (code IS NOT NULL OR status IN ('open', 'deleted')),
    CONSTRAINT acknowledged_when_submitted CHECK (
        CASE status WHEN 'submitted' THEN acknowledged_at IS NOT NULL
                    WHEN 'correctionsNeeded' THEN true ELSE acknowledged_at IS NULL END),
    CONSTRAINT corrections_have_a_cause CHECK (
        CASE status WHEN 'correctionsNeeded' THEN corrections IS NOT NULL
                    WHEN 'open' THEN true ELSE corrections IS NULL END),
    CONSTRAINT tombstone CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
    CONSTRAINT only_first_implantations_are_explanted CHECK (explanted_by IS NULL OR type = 'firstImplantation'),
    -- Another hospital's beneficiary is as unknown as nobody's (SYS-02).
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital)
);
CREATE INDEX registrations_of_hospital ON insula.registrations (hospital, id DESC);
CREATE INDEX registrations_by_change ON insula.registrations (hospital, updated_at);
CREATE INDEX registrations_by_status ON insula.registrations (hospital, status, id DESC);
CREATE INDEX registrations_of_beneficiary ON insula.registrations (beneficiary_id);
CREATE INDEX registrations_of_person ON insula.registrations (person_id) WHERE type = 'firstImplantation';
-- One first implantation per person and hospital that is neither deleted nor explanted (CGM-15).
CREATE UNIQUE INDEX one_first_implantation ON insula.registrations (hospital, person_id)
    WHERE type = 'firstImplantation' AND code IS NOT NULL AND status <> 'deleted' AND explanted_by IS NULL;

ALTER TABLE insula.registrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON insula.registrations TO insula_hospital;
CREATE POLICY own_registrations ON insula.registrations TO insula_hospital
    USING (hospital = insula.organisation() AND insula.sees_author(author))
    WITH CHECK (hospital = insula.organisation() AND insula.sees_author(author));
-- An insurer reads what bears on billing of its own members, never the content (TRA-02).
GRANT SELECT (id, hospital, type, status, version, code, person_id, insurer, insurer_union, pair, nomenclature_code,
    event_date, has_sensor, validated_at, updated_at, deleted_at) ON insula.registrations TO insula_insurer;
CREATE POLICY own_members ON insula.registrations FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union));
GRANT SELECT ON insula.registrations TO insula_worker, insula_definer;
GRANT UPDATE (status, version, acknowledged_at, corrections, updated_at) ON insula.registrations TO insula_worker;
GRANT UPDATE (explanted_by) ON insula.registrations TO insula_definer;
CREATE POLICY all_registrations ON insula.registrations TO insula_worker, insula_definer USING (true) WITH CHECK (true);

-- The code of a registration never changes, its type, hospital and technical id neither (CGM-03, CGM-09).
CREATE FUNCTION insula.keep_what_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.code IS NOT NULL AND NEW.code IS DISTINCT FROM OLD.code
        OR NEW.type <> OLD.type OR NEW.hospital <> OLD.hospital OR NEW.technical_id <> OLD.technical_id
        OR OLD.status = 'deleted' AND NEW.version <> OLD.version
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'fixed_for_ever';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_what_is_fixed BEFORE UPDATE ON insula.registrations
    FOR EACH ROW EXECUTE FUNCTION insula.keep_what_is_fixed();

-- Every version there ever was. The content stands where it changed; a version without one has that of the one before.
CREATE TABLE insula.registration_versions (
    registration_id uuid NOT NULL REFERENCES insula.registrations,
    version integer NOT NULL,
    hospital text NOT NULL,
    author text NOT NULL,
    command text NOT NULL,
    status insula.registration_status NOT NULL,
    beneficiary_id uuid,
    content jsonb,
    corrections jsonb,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    trace_id uuid NOT NULL,
    PRIMARY KEY (registration_id, version)
);
ALTER TABLE insula.registration_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.registration_versions TO insula_hospital, insula_worker;
CREATE POLICY own_versions ON insula.registration_versions TO insula_hospital
    USING (hospital = insula.organisation() AND insula.sees_author(author))
    WITH CHECK (hospital = insula.organisation() AND insula.sees_author(author));
CREATE POLICY all_versions ON insula.registration_versions TO insula_worker USING (true) WITH CHECK (true);

-- The counters that the last finished night found full (CNT-06); year 0 for counter A, which has none.
CREATE TABLE insula.closed_counters (
    counter text NOT NULL CHECK (counter IN ('A', 'B')),
    year integer NOT NULL CHECK ((counter = 'A') = (year = 0)),
    found_full_on date NOT NULL,
    PRIMARY KEY (counter, year)
);
GRANT SELECT ON insula.closed_counters TO insula_hospital, insula_worker;

-- What submitting must know of registrations the caller may not see: whether they exist, when, and nothing else of them.
CREATE FUNCTION insula.surroundings(this uuid, its_type insula.registration_type, person uuid, earlier uuid)
RETURNS TABLE (first_here uuid, first_elsewhere boolean, followed_from date, earlier_type text, earlier_person uuid,
    earlier_valid boolean, earlier_date date, earlier_explanted_by uuid, earlier_explanted_on date)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    -- An implantation and what refers to it are submitted one after the other, so that each is judged by what the other left
    -- (CGM-13). What is read below is read after the lock: that is what VOLATILE is for.
    IF its_type = 'firstImplantation' OR earlier IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(coalesce(earlier, this)::text, 3));
    END IF;
    IF its_type = 'firstImplantation' THEN
        -- Another first implantation of the person, neither deleted nor explanted (CGM-15).
        SELECT r.id INTO first_here FROM insula.registrations r
            WHERE r.hospital = insula.organisation() AND r.person_id = person AND r.id <> this
              AND r.type = 'firstImplantation' AND r.code IS NOT NULL AND r.status <> 'deleted' AND r.explanted_by IS NULL
            LIMIT 1;
        first_elsewhere := EXISTS (SELECT 1 FROM insula.registrations r
            WHERE r.hospital <> insula.organisation() AND r.person_id = person
              AND r.type = 'firstImplantation' AND r.code IS NOT NULL AND r.status <> 'deleted' AND r.explanted_by IS NULL);
        -- The earliest event of what refers to this one (CGM-13).
        SELECT min(r.event_date) INTO followed_from FROM insula.registrations r
            WHERE r.earlier_id = this AND r.hospital = insula.organisation() AND r.status <> 'deleted';
    ELSIF earlier IS NOT NULL THEN
        -- The registration the content refers to, also when a colleague is its author (CGM-13).
        SELECT r.type::text, r.person_id, r.code IS NOT NULL AND r.status <> 'deleted', r.event_date, r.explanted_by, x.event_date
            INTO earlier_type, earlier_person, earlier_valid, earlier_date, earlier_explanted_by, earlier_explanted_on
            FROM insula.registrations r LEFT JOIN insula.registrations x ON x.id = r.explanted_by
            WHERE r.id = earlier AND r.hospital = insula.organisation();
    END IF;
    RETURN NEXT;
END $$;
CREATE INDEX registrations_that_refer ON insula.registrations (earlier_id) WHERE earlier_id IS NOT NULL;
-- An explantation ends the first implantation it refers to, and only that one (CGM-15).
CREATE FUNCTION insula.mark_explanted(explantation uuid, first uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE insula.registrations
    SET explanted_by = CASE WHEN id = first THEN explantation END
    WHERE hospital = insula.organisation() AND type = 'firstImplantation'
      AND (explanted_by = explantation AND id IS DISTINCT FROM first OR id = first AND explanted_by IS NULL);
    IF EXISTS (SELECT 1 FROM insula.registrations WHERE id = first AND explanted_by IS DISTINCT FROM explantation) THEN
        RAISE EXCEPTION 'explanted already' USING CONSTRAINT = 'explanted_once';
    END IF;
END $$;
-- Whether a beneficiary stands in a registration that was ever validated; their person is fixed from then on.
CREATE FUNCTION insula.is_registered(beneficiary uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT 1 FROM insula.registrations
    WHERE beneficiary_id = beneficiary AND hospital = insula.organisation() AND code IS NOT NULL)
$$;
CREATE INDEX registrations_explanted_by ON insula.registrations (explanted_by) WHERE explanted_by IS NOT NULL;
DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    FOREACH f IN ARRAY ARRAY['surroundings(uuid,insula.registration_type,uuid,uuid)', 'mark_explanted(uuid,uuid)', 'is_registered(uuid)']
    LOOP
        EXECUTE format('ALTER FUNCTION insula.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION insula.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION insula.%s TO insula_hospital', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
