-- Imports of registrations: files of rows, each of which goes the way of the single operations (CGM-04, CGM-06).
CREATE TABLE insula.registration_imports (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    -- In whose name the rows are done: person and roles as the token of the request said. The grant is asked for again
    -- with every row (CGM-02).
    person text NOT NULL,
    roles text[] NOT NULL,
    mode text NOT NULL CHECK (mode IN ('draft', 'submit')),
    atomic boolean NOT NULL,
    dry_run boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    -- The code of the problem that made it fail.
    problem text,
    total integer NOT NULL CHECK (total >= 1),
    created integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    submitted integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    faulty integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    not_done integer NOT NULL DEFAULT 0,
    -- Which worker has it in hand, and until when nobody else may take it; `turn_at` lets imports take turns.
    lease uuid,
    lease_until timestamptz,
    turn_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    UNIQUE (id, hospital),
    CONSTRAINT ended_when_ended CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT failed_for_a_reason CHECK ((state = 'failed') = (problem IS NOT NULL)),
    -- Nothing is counted twice, and at the end every row.
    CONSTRAINT rows_counted CHECK (
        created + changed + submitted + unchanged + faulty + refused + not_done <= total
        AND (ended_at IS NULL OR created + changed + submitted + unchanged + faulty + refused + not_done = total)),
    CHECK ((lease IS NULL) = (lease_until IS NULL))
);
CREATE INDEX registration_imports_of_hospital ON insula.registration_imports (hospital, id DESC);
CREATE INDEX registration_imports_due ON insula.registration_imports (turn_at, id) WHERE ended_at IS NULL;
CREATE INDEX registration_imports_by_age ON insula.registration_imports (ended_at) WHERE ended_at IS NOT NULL;
ALTER TABLE insula.registration_imports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.registration_imports TO insula_hospital;
GRANT UPDATE (state, problem, created, changed, submitted, unchanged, faulty, refused, not_done, lease, lease_until, ended_at)
    ON insula.registration_imports TO insula_hospital;
-- A person's own, and those of the authors whose registrations they see.
CREATE POLICY own_imports ON insula.registration_imports TO insula_hospital
    USING (hospital = insula.organisation() AND (person = insula.person() OR insula.sees_author(person)))
    WITH CHECK (hospital = insula.organisation() AND (person = insula.person() OR insula.sees_author(person)));
-- The worker finds what is due and tidies up; the rows it reads and does in the name of whoever posted them.
GRANT SELECT, DELETE ON insula.registration_imports TO insula_worker;
GRANT UPDATE (state, lease, lease_until, turn_at, started_at) ON insula.registration_imports TO insula_worker;
CREATE POLICY all_imports ON insula.registration_imports TO insula_worker USING (true) WITH CHECK (true);

CREATE TABLE insula.registration_import_rows (
    import_id uuid NOT NULL,
    hospital text NOT NULL,
    -- The line of the file.
    number integer NOT NULL CHECK (number >= 1),
    -- Keyed hash of the caller's own reference: what a caller puts there is not kept.
    row_key bytea NOT NULL CHECK (length(row_key) = 32),
    -- What the row says, encrypted, for as long as it has to be done (BEN-04).
    payload bytea,
    key_version integer,
    outcome text CHECK (outcome IN ('created', 'changed', 'submitted', 'unchanged', 'faulty', 'refused', 'notDone')),
    registration_id uuid,
    code text,
    -- Fields, reasons and rules; never a value of the row.
    faults jsonb,
    refusal jsonb,
    warnings jsonb,
    PRIMARY KEY (import_id, number),
    UNIQUE (import_id, row_key),
    CONSTRAINT import_of_hospital FOREIGN KEY (import_id, hospital)
        REFERENCES insula.registration_imports (id, hospital) ON DELETE CASCADE,
    CONSTRAINT nothing_kept_once_done CHECK ((outcome IS NULL) = (payload IS NOT NULL)),
    CHECK ((payload IS NULL) = (key_version IS NULL)),
    CHECK (registration_id IS NULL OR outcome IN ('created', 'changed', 'submitted', 'unchanged'))
);
CREATE INDEX registration_import_rows_to_do ON insula.registration_import_rows (import_id, number) WHERE outcome IS NULL;
ALTER TABLE insula.registration_import_rows ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.registration_import_rows TO insula_hospital;
GRANT UPDATE (payload, key_version, outcome, registration_id, code, faults, refusal, warnings)
    ON insula.registration_import_rows TO insula_hospital;
-- Whoever may see the import.
CREATE POLICY own_rows ON insula.registration_import_rows TO insula_hospital
    USING (hospital = insula.organisation() AND import_id IN (SELECT id FROM insula.registration_imports))
    WITH CHECK (hospital = insula.organisation() AND import_id IN (SELECT id FROM insula.registration_imports));

-- What imports made, by the caller's own reference: so a row that comes again is the same registration (SYS-03). Kept for
-- as long as the registration is, which is for ever.
CREATE TABLE insula.imported_registrations (
    hospital text NOT NULL REFERENCES insula.hospitals,
    row_key bytea NOT NULL CHECK (length(row_key) = 32),
    registration_id uuid NOT NULL UNIQUE REFERENCES insula.registrations,
    -- The version the last import of the row left.
    version integer NOT NULL CHECK (version >= 1),
    -- Keyed hashes of what the row said, and of what it said of the beneficiary.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    beneficiary_digest bytea NOT NULL CHECK (length(beneficiary_digest) = 32),
    CONSTRAINT imported_once PRIMARY KEY (hospital, row_key)
);
ALTER TABLE insula.imported_registrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.imported_registrations TO insula_hospital;
GRANT UPDATE (version, digest, beneficiary_digest) ON insula.imported_registrations TO insula_hospital;
CREATE POLICY own_imported ON insula.imported_registrations TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
