DROP FUNCTION insula.surroundings(uuid, insula.registration_type, uuid, uuid), insula.mark_explanted(uuid, uuid),
    insula.is_registered(uuid);
DROP TABLE insula.closed_counters, insula.registration_versions, insula.registrations;
DROP FUNCTION insula.keep_what_is_fixed();
DROP SEQUENCE insula.validation_order;
DROP TYPE insula.registration_status, insula.registration_type;
