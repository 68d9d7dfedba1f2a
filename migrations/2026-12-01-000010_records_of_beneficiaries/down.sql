ALTER POLICY all_records ON insula.records USING (true);
ALTER POLICY on_a_visit ON insula.records USING (insula.visits());
