-- The form of an application names the establishment's sites to the adviser too (COV-01): Insula reads them for it.
ALTER POLICY every_offer ON insula.records USING (kind IN ('pumps', 'sites'));
