-- Identities live here and nowhere else, encrypted, found by keyed hash (BEN-04). The keys are not in the database.
CREATE TABLE vault.persons (
    id uuid PRIMARY KEY,
    -- Keyed hash of the national number, or, without one, a code of the person's own (BEN-02).
    niss_index bytea UNIQUE CHECK (length(niss_index) = 32),
    identification_code text UNIQUE,
    index_key_version integer NOT NULL,
    -- What pseudonyms are made of (TRA-01).
    pseudonym_seed bytea NOT NULL CHECK (length(pseudonym_seed) = 32),
    created_at timestamptz NOT NULL,
    CHECK ((niss_index IS NULL) <> (identification_code IS NULL))
);
ALTER TABLE vault.persons ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON vault.persons TO insula_definer;
CREATE POLICY definer ON vault.persons TO insula_definer USING (true) WITH CHECK (true);
-- The worker needs the seed of a person to make a pseudonym, and nothing else of them.
GRANT SELECT (id, pseudonym_seed) ON vault.persons TO insula_worker;
CREATE POLICY seeds ON vault.persons FOR SELECT TO insula_worker USING (true);

-- A beneficiary: a person as one hospital knows them.
CREATE TABLE vault.beneficiaries (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    person_id uuid NOT NULL REFERENCES vault.persons,
    insurer text CONSTRAINT insurer_known REFERENCES insula.insurers,
    version integer NOT NULL CHECK (version >= 1),
    -- Keyed hash of normalised name, birth date and sex of someone without national number, as last stated: by it they
    -- are found, and a likely duplicate is (BEN-03).
    search_key bytea CHECK (length(search_key) = 32),
    search_key_version integer,
    identity bytea NOT NULL,
    key_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT one_beneficiary_per_person UNIQUE (hospital, person_id),
    -- So that a registration can refer to a beneficiary of its own hospital only (SYS-02).
    UNIQUE (id, hospital),
    CHECK ((search_key IS NULL) = (search_key_version IS NULL))
);
CREATE INDEX beneficiaries_by_search_key ON vault.beneficiaries (search_key) WHERE search_key IS NOT NULL;
ALTER TABLE vault.beneficiaries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON vault.beneficiaries TO insula_hospital;
CREATE POLICY own_beneficiaries ON vault.beneficiaries TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT (person_id, search_key) ON vault.beneficiaries TO insula_definer;
CREATE POLICY definer ON vault.beneficiaries FOR SELECT TO insula_definer USING (true);

-- What a beneficiary's identity was before each change; the trail refers to it (SYS-01).
CREATE TABLE vault.beneficiary_versions (
    beneficiary_id uuid NOT NULL REFERENCES vault.beneficiaries,
    version integer NOT NULL,
    hospital text NOT NULL,
    person_id uuid NOT NULL,
    insurer text,
    identity bytea NOT NULL,
    key_version integer NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (beneficiary_id, version)
);
ALTER TABLE vault.beneficiary_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON vault.beneficiary_versions TO insula_hospital;
CREATE POLICY own_versions ON vault.beneficiary_versions TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());

-- The person of a national number: the one there is, or a new one. Two callers at once get the same (BEN-03).
CREATE FUNCTION vault.person_of_niss(new_id uuid, index bytea, key_version integer, seed bytea, at timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found_id uuid;
BEGIN
    SELECT id INTO found_id FROM vault.persons WHERE niss_index = index;
    IF found_id IS NULL THEN
        INSERT INTO vault.persons (id, niss_index, index_key_version, pseudonym_seed, created_at)
            VALUES (new_id, index, key_version, seed, at)
            ON CONFLICT (niss_index) DO NOTHING RETURNING id INTO found_id;
        IF found_id IS NULL THEN
            SELECT id INTO found_id FROM vault.persons WHERE niss_index = index;
        END IF;
    END IF;
    RETURN found_id;
END $$;

-- A new person without national number.
CREATE FUNCTION vault.add_foreign_person(new_id uuid, code text, key_version integer, seed bytea, at timestamptz)
RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO vault.persons (id, identification_code, index_key_version, pseudonym_seed, created_at)
    VALUES (new_id, code, key_version, seed, at) RETURNING id
$$;

-- Persons a new foreign beneficiary may be identical with, as any hospital knows them (BEN-03): their codes, and nothing
-- else of them. The lock on the search key makes two callers at once see each other.
CREATE FUNCTION vault.likely_duplicates(search bytea)
RETURNS TABLE (person_id uuid, identification_code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(search, 'hex'), 2));
    RETURN QUERY SELECT p.id, p.identification_code FROM vault.persons p
        WHERE p.id IN (SELECT b.person_id FROM vault.beneficiaries b WHERE b.search_key = search) ORDER BY p.created_at, p.id;
END $$;

CREATE FUNCTION vault.find_person(index bytea, code text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT id FROM vault.persons WHERE niss_index = index OR identification_code = code $$;

CREATE FUNCTION vault.identification_code(person uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT identification_code FROM vault.persons WHERE id = person $$;

-- For an insurer that names a beneficiary: is it this person? (TRA-02)
CREATE FUNCTION vault.is_person(person uuid, index bytea, code text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT EXISTS (SELECT 1 FROM vault.persons WHERE id = person AND (niss_index = index OR identification_code = code)) $$;

DO $$
DECLARE f text;
BEGIN
    GRANT CREATE ON SCHEMA vault TO insula_definer;
    FOREACH f IN ARRAY ARRAY['person_of_niss(uuid,bytea,integer,bytea,timestamptz)',
        'add_foreign_person(uuid,text,integer,bytea,timestamptz)', 'likely_duplicates(bytea)',
        'find_person(bytea,text)', 'identification_code(uuid)', 'is_person(uuid,bytea,text)']
    LOOP
        EXECUTE format('ALTER FUNCTION vault.%s OWNER TO insula_definer', f);
        EXECUTE format('REVOKE ALL ON FUNCTION vault.%s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION vault.%s TO insula_hospital', f);
    END LOOP;
    REVOKE CREATE ON SCHEMA vault FROM insula_definer;
END $$;
GRANT USAGE ON SCHEMA vault TO insula_insurer;
GRANT EXECUTE ON FUNCTION vault.is_person(uuid, bytea, text) TO insula_insurer;
