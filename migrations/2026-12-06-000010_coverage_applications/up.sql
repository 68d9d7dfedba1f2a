-- The versions of the application form, each in use until the next one is (COV-14).
CREATE TABLE insula.coverage_forms (
    version integer PRIMARY KEY CHECK (version >= 1),
    valid_from date NOT NULL UNIQUE,
    source text NOT NULL
);
INSERT INTO insula.coverage_forms VALUES (1, '2021-01-01', 'C Annex 1');
GRANT SELECT ON insula.coverage_forms TO insula_hospital, insula_insurer, insula_authority;

-- Applications for coverage (COV-01). What one holds stands in the vault, because it names the mandatary, other
-- physicians and whom to contact; here is what it is found and refused by.
CREATE TABLE insula.coverage_applications (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    beneficiary_id uuid NOT NULL,
    person_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'submitted', 'informationAsked', 'decided', 'withdrawn', 'closed')),
    version integer NOT NULL CHECK (version >= 1),
    -- The version of its content, and so of what was submitted.
    content_version integer NOT NULL CHECK (content_version BETWEEN 1 AND version),
    -- As submitted: whose adviser decides, and what limits the period (COV-03, COV-05, CON-03).
    insurer text REFERENCES insula.insurers,
    insurer_union text REFERENCES insula.insurers,
    application_date date,
    wanted_from date,
    convention_number text,
    submitted_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Another hospital's beneficiary is as unknown as nobody's (SYS-02).
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    CONSTRAINT submitted_whole CHECK (
        num_nulls(insurer, application_date, wanted_from, convention_number, submitted_at)
            = CASE status WHEN 'draft' THEN 5 ELSE 0 END)
);
-- One application of an establishment waits for a decision about a person at a time (COV-01).
CREATE UNIQUE INDEX one_open_application ON insula.coverage_applications (hospital, person_id)
    WHERE status IN ('submitted', 'informationAsked');
CREATE INDEX coverage_applications_of_hospital ON insula.coverage_applications (hospital, id DESC);
CREATE INDEX coverage_applications_of_beneficiary ON insula.coverage_applications (beneficiary_id);
CREATE INDEX coverage_applications_of_person ON insula.coverage_applications (person_id);
CREATE INDEX coverage_applications_of_insurer ON insula.coverage_applications (insurer, submitted_at, id)
    WHERE status <> 'draft';
CREATE INDEX coverage_applications_of_union ON insula.coverage_applications (insurer_union, submitted_at, id)
    WHERE status <> 'draft';
ALTER TABLE insula.coverage_applications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON insula.coverage_applications TO insula_hospital;
CREATE POLICY own_applications ON insula.coverage_applications TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
-- Advisers read what was submitted about their members (COV-10).
GRANT SELECT ON insula.coverage_applications TO insula_insurer;
CREATE POLICY own_members ON insula.coverage_applications FOR SELECT TO insula_insurer
    USING (status <> 'draft' AND insula.organisation() IN (insurer, insurer_union));

-- Only a draft is deleted; what identifies an application, and what was submitted, stays as it is.
CREATE FUNCTION insula.keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'submitted_for_ever';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.hospital, NEW.beneficiary_id, NEW.person_id) IS DISTINCT FROM (OLD.id, OLD.hospital, OLD.beneficiary_id, OLD.person_id)
        OR OLD.status <> 'draft' AND (NEW.status = 'draft'
            OR (NEW.content_version, NEW.insurer, NEW.insurer_union, NEW.application_date, NEW.wanted_from, NEW.convention_number,
                NEW.submitted_at)
            IS DISTINCT FROM (OLD.content_version, OLD.insurer, OLD.insurer_union, OLD.application_date, OLD.wanted_from,
                OLD.convention_number, OLD.submitted_at))
        OR OLD.status IN ('withdrawn', 'closed')
        OR OLD.status = 'decided' AND NEW.status <> 'decided'
    THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'submitted_for_ever';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_application BEFORE UPDATE OR DELETE ON insula.coverage_applications
    FOR EACH ROW EXECUTE FUNCTION insula.keep_application();

-- What applications hold, each version, encrypted; with what was known of the beneficiary when it was submitted.
CREATE TABLE vault.coverage_contents (
    application_id uuid NOT NULL REFERENCES insula.coverage_applications ON DELETE CASCADE,
    version integer NOT NULL CHECK (version >= 1),
    hospital text NOT NULL,
    content bytea NOT NULL,
    key_version integer NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, version)
);
ALTER TABLE vault.coverage_contents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON vault.coverage_contents TO insula_hospital;
CREATE POLICY own_contents ON vault.coverage_contents TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON vault.coverage_contents TO insula_insurer;
-- The version that was submitted, and no draft before it.
CREATE POLICY own_members ON vault.coverage_contents FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.coverage_applications a
                   WHERE a.id = application_id AND a.content_version = coverage_contents.version));
