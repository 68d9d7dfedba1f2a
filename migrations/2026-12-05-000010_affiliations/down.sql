-- One insurer of all days again: of dated ones, that of the day of each version.
ALTER TABLE vault.beneficiaries ADD COLUMN insurer text CONSTRAINT insurer_known REFERENCES insula.insurers;
ALTER TABLE vault.beneficiary_versions ADD COLUMN insurer text;
UPDATE vault.beneficiaries SET insurer = vault.insurer_on(id, (updated_at AT TIME ZONE 'Europe/Brussels')::date);
UPDATE vault.beneficiary_versions v SET insurer = a.insurer FROM vault.affiliations a
    WHERE a.beneficiary_id = v.beneficiary_id AND a.version <= v.version
      AND (a.replaced_at IS NULL OR a.replaced_at > v.changed_at)
      AND daterange(a.valid_from, a.valid_to, '[]') @> (v.changed_at AT TIME ZONE 'Europe/Brussels')::date;
DROP FUNCTION vault.insurer_on(uuid, date);
DROP TABLE vault.affiliations;
