ALTER POLICY every_offer ON insula.records USING (kind = 'pumps');
