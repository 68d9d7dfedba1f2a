-- With which insurer a beneficiary is affiliated, from when to when (BEN-05), as their hospital states it. Nothing is
-- overwritten: the rows that nothing replaced are what is said now.
CREATE TABLE vault.affiliations (
    beneficiary_id uuid NOT NULL,
    hospital text NOT NULL,
    -- The version of the beneficiary that states the list, and the position in it. Who changed it stands with that
    -- version.
    version integer NOT NULL CHECK (version >= 1),
    ordinal integer NOT NULL CHECK (ordinal >= 0),
    insurer text NOT NULL CONSTRAINT insurer_known REFERENCES insula.insurers,
    -- Empty for "from the beginning" and "without end".
    valid_from date,
    valid_to date,
    ct1 text CHECK (ct1 ~ '^[0-9]{3}$'),
    ct2 text CHECK (ct2 ~ '^[0-9]{3}$'),
    -- The insurer's own number for somebody without national number, encrypted like an identity.
    own_number bytea,
    key_version integer,
    -- When something else was said.
    replaced_at timestamptz,
    PRIMARY KEY (beneficiary_id, version, ordinal),
    FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    CHECK (valid_to >= valid_from),
    CHECK ((own_number IS NULL) = (key_version IS NULL)),
    CONSTRAINT one_insurer_at_a_time
        EXCLUDE USING gist (beneficiary_id WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        WHERE (replaced_at IS NULL)
);
ALTER TABLE vault.affiliations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (replaced_at) ON vault.affiliations TO insula_hospital;
CREATE POLICY own_affiliations ON vault.affiliations TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());

-- The insurer of a day (BEN-05, BIL-12), among the affiliations that the caller may see; empty on a day without one.
CREATE FUNCTION vault.insurer_on(beneficiary uuid, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT a.insurer FROM vault.affiliations a
    WHERE a.beneficiary_id = beneficiary AND a.replaced_at IS NULL
      AND daterange(a.valid_from, a.valid_to, '[]') OPERATOR(pg_catalog.@>) day
$$;
REVOKE ALL ON FUNCTION vault.insurer_on(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.insurer_on(uuid, date) TO insula_hospital;

-- The insurer stated until now was that of every day.
INSERT INTO vault.affiliations (beneficiary_id, hospital, version, ordinal, insurer, replaced_at)
    SELECT beneficiary_id, hospital, version, 0, insurer, replaced_at
    FROM (SELECT *, lead(changed_at) OVER (PARTITION BY beneficiary_id ORDER BY version) AS replaced_at
          FROM (SELECT *, lag(insurer) OVER (PARTITION BY beneficiary_id ORDER BY version) AS former
                FROM vault.beneficiary_versions) AS said
          WHERE insurer IS DISTINCT FROM former) AS changed
    WHERE insurer IS NOT NULL;
ALTER TABLE vault.beneficiaries DROP COLUMN insurer;
ALTER TABLE vault.beneficiary_versions DROP COLUMN insurer;
