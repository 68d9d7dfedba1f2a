-- What an answer is about, as the event of its effect names it: an answer given again is read again, and its event names the same
-- (SYS-01, SYS-03). Of the answers that are kept already only the operation is known: they are encrypted.
ALTER TABLE insula.idempotency_keys ADD COLUMN subject text;
UPDATE insula.idempotency_keys SET subject = operation;
ALTER TABLE insula.idempotency_keys ALTER COLUMN subject SET NOT NULL;
