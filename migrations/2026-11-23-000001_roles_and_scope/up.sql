-- Four roles log in, one for each kind of caller; none owns a table, none bypasses row security (SYS-02).
-- `insula_definer` logs in nowhere: it owns the few functions that may look beyond the caller's organisation.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['insula_hospital', 'insula_insurer', 'insula_authority', 'insula_worker', 'insula_definer']
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
    -- So that the owner, who need not be a superuser, can hand functions over.
    EXECUTE format('GRANT insula_definer TO %I', current_user);
END $$;

CREATE SCHEMA insula;
CREATE SCHEMA vault;
CREATE SCHEMA coded;
CREATE SCHEMA trail;
GRANT USAGE ON SCHEMA insula, vault TO insula_hospital, insula_worker, insula_definer;
GRANT USAGE ON SCHEMA insula TO insula_insurer, insula_authority;
GRANT USAGE ON SCHEMA trail TO insula_hospital, insula_insurer, insula_authority, insula_worker;
GRANT USAGE ON SCHEMA coded TO insula_worker, insula_authority;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- The scope of a transaction, set by insula.enter and read by every policy. Unset or left empty: no row at all.
CREATE FUNCTION insula.organisation() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('insula.organisation', true), '') $$;
CREATE FUNCTION insula.person() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('insula.person', true), '') $$;

-- The authors whose registrations the caller sees: '*' for all, else one a line.
CREATE FUNCTION insula.sees_author(author text) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT current_setting('insula.authors', true) = '*'
              OR author = ANY (string_to_array(current_setting('insula.authors', true), E'\n')) $$;
