DROP FUNCTION insula.first_here(uuid, uuid), insula.first_elsewhere(uuid), insula.earlier(uuid), insula.mark_explanted(uuid, uuid),
    insula.is_registered(uuid), insula.followed_from(uuid);
DROP TABLE insula.closed_counters, insula.registration_versions, insula.registrations;
DROP FUNCTION insula.keep_what_is_fixed();
DROP SEQUENCE insula.validation_order;
DROP TYPE insula.registration_status, insula.registration_type;
