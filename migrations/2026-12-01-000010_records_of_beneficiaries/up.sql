-- What an establishment keeps of one beneficiary is its own: no kind of record opens it to INAMI or to a visit by default
-- (SYS-02, REG-02).
ALTER POLICY all_records ON insula.records USING (beneficiary IS NULL);
ALTER POLICY on_a_visit ON insula.records USING (insula.visits() AND beneficiary IS NULL);
