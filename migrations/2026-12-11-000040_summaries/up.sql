-- Consents to be told electronically, and the yearly summaries that beneficiaries got (BIL-06).
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery', 'hospitalStay', 'preventiveExamination',
        'pumpAssignment', 'contact', 'jointMeeting', 'treatingPhysician', 'therapyChange', 'practitionerReport',
        'consultationNotice', 'infrastructureDeclaration', 'consultantFollowUp', 'billingIdentity', 'moveNotice', 'electronicConsent')),
    DROP CONSTRAINT lasts,
    ADD CONSTRAINT lasts CHECK (until IS NULL OR until >= day
        AND kind IN ('hospitalStay', 'pumpAssignment', 'treatingPhysician', 'electronicConsent')),
    DROP CONSTRAINT individual_file,
    ADD CONSTRAINT individual_file CHECK (
        kind NOT IN ('hospitalStay', 'preventiveExamination', 'pumpAssignment', 'contact', 'treatingPhysician',
            'therapyChange', 'practitionerReport', 'consultantFollowUp', 'moveNotice', 'electronicConsent')
        OR num_nulls(beneficiary, day) = 0 AND num_nonnulls(member, quantity, year) = 0
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date);

CREATE TABLE insula.summaries (
    id uuid PRIMARY KEY,
    hospital text NOT NULL,
    beneficiary_id uuid NOT NULL,
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
    number integer NOT NULL CHECK (number >= 1),
    -- What it said: days and amount of each month. It never changes.
    months jsonb NOT NULL CHECK (jsonb_typeof(months) = 'object'),
    way text NOT NULL CHECK (way IN ('electronic', 'paper')),
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    CONSTRAINT beneficiary_known FOREIGN KEY (beneficiary_id, hospital) REFERENCES vault.beneficiaries (id, hospital),
    CONSTRAINT year_over CHECK (year < date_part('year', given_at AT TIME ZONE 'Europe/Brussels')),
    CONSTRAINT summary_number_once UNIQUE (hospital, beneficiary_id, year, number)
);
ALTER TABLE insula.summaries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.summaries TO insula_hospital;
CREATE POLICY own_summaries ON insula.summaries TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
