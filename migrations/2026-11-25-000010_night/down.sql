DROP TRIGGER only_the_night_gives_places ON insula.registrations;
DROP FUNCTION insula.only_the_night_gives_places();
DROP FUNCTION insula.counter_ahead(uuid, text, integer, bigint);
DROP FUNCTION insula.counters_now();
REVOKE INSERT, DELETE ON insula.closed_counters FROM insula_worker;
REVOKE SELECT ON insula.closed_counters FROM insula_authority;
DROP TABLE insula.thresholds_reached;
DROP TABLE insula.counter_figures;
DROP TABLE insula.night_decisions;
DROP TABLE insula.counter_runs;
REVOKE SELECT (counter, counter_year, place, decided_on) ON insula.registrations FROM insula_insurer;
REVOKE UPDATE (place, decided_on) ON insula.registrations FROM insula_worker;
DROP INDEX insula.ahead_in_counter;
DROP INDEX insula.awaiting_night;
DROP INDEX insula.one_holder_per_place;
ALTER TABLE insula.registrations
    DROP CONSTRAINT place_within_limit,
    DROP COLUMN decided_on,
    DROP COLUMN place,
    DROP COLUMN counter_year,
    DROP COLUMN counter;
