-- Who did what, when, to what (SYS-01). `body` is the event exactly as it was signed; the columns beside it are read
-- from it. No role may change or delete a row; the seals chain the rows in the order in which they were committed.
CREATE TABLE trail.events (
    id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    body text NOT NULL,
    mac bytea NOT NULL CHECK (length(mac) = 32),
    organisation text GENERATED ALWAYS AS (body::jsonb ->> 'organisation') STORED,
    action text GENERATED ALWAYS AS (body::jsonb ->> 'action') STORED,
    subject text GENERATED ALWAYS AS (body::jsonb ->> 'subject') STORED
);
CREATE UNIQUE INDEX events_in_order ON trail.events (xid, seq);
CREATE INDEX events_of_subject ON trail.events (subject, xid, seq);
CREATE INDEX events_of_organisation ON trail.events (organisation, xid, seq);
GRANT INSERT ON trail.events TO insula_hospital, insula_insurer, insula_authority, insula_worker;
GRANT SELECT ON trail.events TO insula_authority, insula_worker;

CREATE TABLE trail.seals (
    position bigint PRIMARY KEY CHECK (position >= 1),
    event_id uuid NOT NULL UNIQUE,
    xid xid8 NOT NULL,
    seq bigint NOT NULL,
    chain bytea NOT NULL CHECK (length(chain) = 32)
);
GRANT SELECT, INSERT ON trail.seals TO insula_worker;
GRANT SELECT ON trail.seals TO insula_authority;
