DROP VIEW coded.registrations;
DROP TABLE insula.idempotency_keys, insula.code_changes, coded.deliveries, insula.outbox;
