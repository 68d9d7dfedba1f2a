DROP INDEX insula.records_of_beneficiary, insula.records_of_day;
DELETE FROM insula.records WHERE kind = 'materialDelivery';
ALTER TABLE insula.records
    DROP CONSTRAINT material_delivery,
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember'));
