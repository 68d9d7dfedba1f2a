-- Calendar feeds of an establishment's obligations (REG-17): who has the token reads what is due, and nobody's identity. The
-- token itself is not kept, only its keyed hash; a feed that is revoked opens nothing any more.
CREATE TABLE insula.obligation_feeds (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    language text NOT NULL CHECK (language IN ('fr', 'nl', 'de', 'en')),
    token_hash bytea NOT NULL CONSTRAINT feed_token_once UNIQUE CHECK (length(token_hash) = 32),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz CHECK (revoked_at >= created_at)
);
CREATE INDEX obligation_feeds_of_hospital ON insula.obligation_feeds (hospital, id DESC);
ALTER TABLE insula.obligation_feeds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON insula.obligation_feeds TO insula_hospital;
CREATE POLICY own_feeds ON insula.obligation_feeds TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());

-- The feed that a token opens, by its hash; for Insula itself, which then reads in the scope of that hospital.
CREATE FUNCTION insula.feed_of(hash bytea) RETURNS TABLE (id uuid, hospital text, language text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT f.id, f.hospital, f.language FROM insula.obligation_feeds f
    WHERE f.token_hash = hash AND f.revoked_at IS NULL
$$;
GRANT SELECT ON insula.obligation_feeds TO insula_definer;
CREATE POLICY definer ON insula.obligation_feeds FOR SELECT TO insula_definer USING (true);
DO $$
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    ALTER FUNCTION insula.feed_of(bytea) OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION insula.feed_of(bytea) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION insula.feed_of(bytea) TO insula_worker;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
