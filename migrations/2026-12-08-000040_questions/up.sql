-- What advisers ask about applications, and what establishments answer (COV-12): encrypted, because both are about
-- somebody's health. Nothing is changed.
CREATE TABLE vault.coverage_questions (
    application_id uuid NOT NULL REFERENCES insula.coverage_applications,
    number integer NOT NULL CHECK (number >= 1),
    hospital text NOT NULL,
    insurer text NOT NULL,
    insurer_union text NOT NULL,
    question bytea NOT NULL,
    key_version integer NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, number)
);
CREATE TABLE vault.coverage_answers (
    application_id uuid NOT NULL,
    number integer NOT NULL,
    hospital text NOT NULL,
    answer bytea NOT NULL,
    key_version integer NOT NULL,
    answered_by text NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT answered_once PRIMARY KEY (application_id, number),
    FOREIGN KEY (application_id, number) REFERENCES vault.coverage_questions
);
ALTER TABLE vault.coverage_questions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vault.coverage_answers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON vault.coverage_questions TO insula_insurer;
GRANT SELECT ON vault.coverage_questions TO insula_hospital;
CREATE POLICY asked ON vault.coverage_questions FOR INSERT TO insula_insurer
    WITH CHECK (insula.organisation() IN (insurer, insurer_union));
-- Whoever sees the application sees what was asked and answered about it.
CREATE POLICY own_members ON vault.coverage_questions FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.coverage_applications a WHERE a.id = application_id));
CREATE POLICY own_applications ON vault.coverage_questions FOR SELECT TO insula_hospital
    USING (hospital = insula.organisation());
GRANT SELECT, INSERT ON vault.coverage_answers TO insula_hospital;
GRANT SELECT ON vault.coverage_answers TO insula_insurer;
CREATE POLICY own_applications ON vault.coverage_answers TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
CREATE POLICY own_members ON vault.coverage_answers FOR SELECT TO insula_insurer
    USING (EXISTS (SELECT 1 FROM insula.coverage_applications a WHERE a.id = application_id));
