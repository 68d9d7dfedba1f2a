-- Documents attached to applications (COV-01, COV-12), encrypted: the signed form, reports. None is changed; those of a draft
-- go with it.
CREATE TABLE vault.coverage_attachments (
    application_id uuid NOT NULL REFERENCES insula.coverage_applications ON DELETE CASCADE,
    number integer NOT NULL CHECK (number BETWEEN 1 AND 50),
    hospital text NOT NULL,
    -- As its first bytes say.
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png', 'image/tiff')),
    size integer NOT NULL CHECK (size BETWEEN 1 AND 10 * 1024 * 1024),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    -- Its name may name somebody.
    name bytea NOT NULL,
    name_key_version integer NOT NULL,
    document bytea NOT NULL,
    key_version integer NOT NULL,
    attached_by text NOT NULL,
    attached_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, number)
);
ALTER TABLE vault.coverage_attachments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Encrypted bytes do not compress.
ALTER TABLE vault.coverage_attachments ALTER document SET STORAGE EXTERNAL;
GRANT SELECT, INSERT ON vault.coverage_attachments TO insula_hospital;
CREATE POLICY own_applications ON vault.coverage_attachments TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON vault.coverage_attachments TO insula_insurer;
CREATE POLICY own_members ON vault.coverage_attachments FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.coverage_applications a WHERE a.id = application_id));
