-- What Healthdata acknowledged when it is a service outside (CGM-07): the first word stands for ever. A later one under
-- another name for the same version changes nothing but is noted.
CREATE TABLE coded.acknowledgements (
    technical_id uuid NOT NULL,
    version integer NOT NULL,
    acknowledgement_id text NOT NULL,
    -- At its word.
    received_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL,
    contradicted_at timestamptz,
    CONSTRAINT acknowledged_once PRIMARY KEY (technical_id, version)
);
ALTER TABLE coded.acknowledgements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (contradicted_at) ON coded.acknowledgements TO insula_worker;
CREATE POLICY kept_by_the_worker ON coded.acknowledgements TO insula_worker USING (true) WITH CHECK (true);

-- Whether a recipient that does not answer is left alone, for all processes together. No row: it never failed.
CREATE TABLE insula.breakers (
    recipient text PRIMARY KEY,
    failures integer NOT NULL,
    opened_at timestamptz,
    probe_at timestamptz,
    pause_seconds integer,
    CONSTRAINT open_as_a_whole CHECK (num_nulls(opened_at, probe_at, pause_seconds) IN (0, 3))
);
ALTER TABLE insula.breakers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON insula.breakers TO insula_worker;
CREATE POLICY kept_by_the_worker ON insula.breakers TO insula_worker USING (true) WITH CHECK (true);
