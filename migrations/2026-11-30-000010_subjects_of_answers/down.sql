ALTER TABLE insula.idempotency_keys DROP COLUMN subject;
