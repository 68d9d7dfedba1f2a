-- How far the clock of a rehearsal stands from the real one, for all processes on this database. Development mode only: a
-- service in production does not start on a database whose clock was moved.
CREATE TABLE insula.clock (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    ahead_by_us bigint NOT NULL
);
INSERT INTO insula.clock (ahead_by_us) VALUES (0);
GRANT SELECT, UPDATE ON insula.clock TO insula_worker;
