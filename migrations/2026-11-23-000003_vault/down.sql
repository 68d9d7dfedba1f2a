DROP FUNCTION vault.person_of_niss(uuid, bytea, integer, bytea, timestamptz), vault.add_foreign_person(uuid, text, integer, bytea, timestamptz),
    vault.likely_duplicates(bytea), vault.find_person(bytea, text), vault.identification_code(uuid), vault.is_person(uuid, bytea, text);
DROP TABLE vault.beneficiary_versions, vault.beneficiaries, vault.persons;
REVOKE USAGE ON SCHEMA vault FROM insula_insurer;
