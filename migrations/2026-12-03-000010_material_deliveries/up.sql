-- Material delivered to a beneficiary (REG-01): of what kind, how many, on which day. Sensors and strips are no part of
-- it (PMP-06). The day of a death is encrypted in the vault, so that only the program refuses a later delivery.
ALTER TABLE insula.records
    DROP CONSTRAINT records_kind_check,
    ADD CONSTRAINT records_kind_check CHECK (kind IN ('prescribers', 'sites', 'availability', 'pumps',
        'staffingStatement', 'teamMember', 'materialDelivery')),
    ADD CONSTRAINT material_delivery CHECK (kind <> 'materialDelivery'
        OR num_nulls(beneficiary, day, quantity) = 0 AND num_nonnulls(member, year) = 0
        AND coalesce(content ->> 'kind', '') IN ('pump', 'controlDevice', 'catheter', 'cannula', 'reservoir', 'battery',
            'fixing', 'transmitter', 'other')
        AND (content ->> 'kind' <> 'other' OR content ->> 'model' IS NOT NULL)
        AND coalesce(length(content ->> 'model') BETWEEN 1 AND 100, true)
        AND coalesce(length(content ->> 'serial') BETWEEN 1 AND 100, true)
        AND quantity BETWEEN 1 AND 10000 AND quantity = trunc(quantity)
        AND day <= (recorded_at AT TIME ZONE 'Europe/Brussels')::date);
-- By what a page of a register is filtered.
CREATE INDEX records_of_beneficiary ON insula.records (beneficiary, kind, key) WHERE beneficiary IS NOT NULL;
CREATE INDEX records_of_day ON insula.records (hospital, kind, day) WHERE day IS NOT NULL;
