-- How a contact with a beneficiary took place (REG-02), where it is said.
ALTER TABLE insula.records ADD CONSTRAINT way_of_contact CHECK (kind <> 'contact'
    OR coalesce(content ->> 'way' IN ('inPerson', 'phone', 'video', 'writing', 'remote'), true));
