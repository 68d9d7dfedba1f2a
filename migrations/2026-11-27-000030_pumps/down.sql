DROP POLICY every_offer ON insula.establishment_sheets;
DROP POLICY every_convention ON insula.conventions;
DROP POLICY every_holder ON insula.convention_holders;
DROP POLICY of_holders ON insula.mergers;
REVOKE SELECT ON insula.establishment_sheets, insula.conventions, insula.convention_holders, insula.mergers FROM insula_worker;
DELETE FROM insula.establishment_sheets WHERE kind = 'pumps';
ALTER TABLE insula.establishment_sheets
    DROP CONSTRAINT establishment_sheets_kind_check,
    ADD CONSTRAINT establishment_sheets_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability'));
