-- Which types of pump an establishment offers (PMP-05), stated as the other sheets are.
ALTER TABLE insula.establishment_sheets
    DROP CONSTRAINT establishment_sheets_kind_check,
    ADD CONSTRAINT establishment_sheets_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps'));
-- Where a beneficiary can be referred to for another type is asked in Insula's own scope, of all establishments.
GRANT SELECT ON insula.establishment_sheets, insula.conventions, insula.convention_holders, insula.mergers TO insula_worker;
CREATE POLICY every_offer ON insula.establishment_sheets FOR SELECT TO insula_worker USING (kind = 'pumps');
CREATE POLICY every_convention ON insula.conventions FOR SELECT TO insula_worker USING (true);
CREATE POLICY every_holder ON insula.convention_holders FOR SELECT TO insula_worker USING (true);
CREATE POLICY of_holders ON insula.mergers FOR SELECT TO insula_worker USING (true);
