DROP TRIGGER tell_subscribers ON insula.registration_versions;
DROP FUNCTION insula.tell_subscribers();
DROP FUNCTION insula.webhook_event_id(text);
DROP TABLE insula.webhook_deliveries;
DROP TABLE insula.webhook_subscriptions;
