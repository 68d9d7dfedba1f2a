-- What has to leave: written with the change, delivered after it, in order per registration, never dropped (TRA-04).
CREATE TABLE insula.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    aggregate uuid NOT NULL,
    version integer NOT NULL,
    enqueued_at timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    claimed_until timestamptz,
    last_error text,
    delivered_at timestamptz,
    CONSTRAINT each_version_once UNIQUE (topic, aggregate, version)
);
CREATE INDEX outbox_due ON insula.outbox (topic, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_in_order ON insula.outbox (topic, aggregate, version) WHERE delivered_at IS NULL;
GRANT INSERT ON insula.outbox TO insula_hospital;
GRANT SELECT, UPDATE ON insula.outbox TO insula_worker;
GRANT SELECT ON insula.outbox TO insula_authority;

-- The coded store: what Healthdata holds. No identity, no identifier that a hospital knows (TRA-01).
-- One row per delivery; the key makes a repeated delivery the same one (TRA-04).
CREATE TABLE coded.deliveries (
    technical_id uuid NOT NULL,
    version integer NOT NULL,
    pseudonym text NOT NULL,
    hospital text NOT NULL,
    registration_type text NOT NULL,
    event_date date,
    nomenclature_pair text,
    dictionary_version integer NOT NULL,
    content jsonb NOT NULL,
    deleted boolean NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (technical_id, version)
);
CREATE INDEX deliveries_by_pseudonym ON coded.deliveries (pseudonym);
GRANT SELECT, INSERT ON coded.deliveries TO insula_worker;
GRANT SELECT ON coded.deliveries TO insula_authority;
-- Each registration as last delivered, deletions left out.
CREATE VIEW coded.registrations WITH (security_invoker = true) AS
    SELECT * FROM (SELECT DISTINCT ON (technical_id) * FROM coded.deliveries ORDER BY technical_id, version DESC) AS latest
    WHERE NOT deleted;
GRANT SELECT ON coded.registrations TO insula_worker, insula_authority;

-- The insurers' feed (TRA-02). A reader follows (xid, seq) and stops before the oldest transaction still running, so it
-- never misses a change that commits late, nor sees one twice.
CREATE TABLE insula.code_changes (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    insurer text NOT NULL,
    insurer_union text NOT NULL,
    code text NOT NULL,
    status insula.registration_status NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX code_changes_of_insurer ON insula.code_changes (insurer, xid, seq);
CREATE INDEX code_changes_of_union ON insula.code_changes (insurer_union, xid, seq);
ALTER TABLE insula.code_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT INSERT ON insula.code_changes TO insula_hospital, insula_worker;
GRANT SELECT ON insula.code_changes TO insula_insurer;
CREATE POLICY written_by_all ON insula.code_changes FOR INSERT TO insula_hospital, insula_worker WITH CHECK (true);
CREATE POLICY own_members ON insula.code_changes FOR SELECT TO insula_insurer
    USING (insula.organisation() IN (insurer, insurer_union));

-- Answers already given, so that a repeated request gets the same one and happens once (SYS-03). Written with the effect.
CREATE TABLE insula.idempotency_keys (
    organisation text NOT NULL,
    person text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    -- Encrypted: an answer can hold an identity.
    answer bytea NOT NULL,
    key_version integer NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT idempotency_key_used PRIMARY KEY (organisation, person, operation, key)
);
CREATE INDEX idempotency_keys_by_age ON insula.idempotency_keys (answered_at);
ALTER TABLE insula.idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.idempotency_keys TO insula_hospital, insula_authority;
GRANT SELECT (answered_at), DELETE ON insula.idempotency_keys TO insula_worker;
CREATE POLICY own_keys ON insula.idempotency_keys TO insula_hospital, insula_authority
    USING (organisation = insula.organisation() AND person = insula.person())
    WITH CHECK (organisation = insula.organisation() AND person = insula.person());
CREATE POLICY old_keys ON insula.idempotency_keys TO insula_worker USING (true);
