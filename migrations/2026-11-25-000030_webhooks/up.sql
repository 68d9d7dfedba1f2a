-- Where a hospital's EHR wants to be told what changes, and what of it.
CREATE TABLE insula.webhook_subscriptions (
    id uuid PRIMARY KEY,
    hospital text NOT NULL REFERENCES insula.hospitals,
    -- Each live subscription of a hospital has a place of its own; there are no more than these.
    slot integer NOT NULL CHECK (slot BETWEEN 1 AND 20),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    event_types text[] NOT NULL CHECK (cardinality(event_types) >= 1),
    description text,
    -- Only an active one is told anything. `gone`: its address answered that it no longer exists.
    active boolean NOT NULL,
    inactive_because text CHECK (inactive_because IN ('gone', 'byHospital')),
    -- What signs, encrypted; the one before it signs as well until the overlap ends.
    secret bytea NOT NULL,
    secret_key_version integer NOT NULL,
    earlier_secret bytea,
    earlier_secret_key_version integer,
    earlier_secret_until timestamptz,
    -- Failures since the last success; those that fail do not take the turns of those that work.
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- The last of them: of those that fail, the one that failed longest ago has the next turn.
    failed_at timestamptz,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK (active = (inactive_because IS NULL)),
    CHECK ((earlier_secret IS NULL) = (earlier_secret_key_version IS NULL)
        AND (earlier_secret IS NULL) = (earlier_secret_until IS NULL)),
    -- So that a delivery belongs to a subscription of its own hospital only (SYS-02).
    UNIQUE (id, hospital)
);
CREATE UNIQUE INDEX one_subscription_per_slot ON insula.webhook_subscriptions (hospital, slot) WHERE deleted_at IS NULL;
ALTER TABLE insula.webhook_subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.webhook_subscriptions TO insula_hospital;
GRANT UPDATE (url, event_types, description, active, inactive_because, secret, secret_key_version, earlier_secret,
    earlier_secret_key_version, earlier_secret_until, failures, version, updated_at, deleted_at)
    ON insula.webhook_subscriptions TO insula_hospital;
CREATE POLICY own_subscriptions ON insula.webhook_subscriptions TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT ON insula.webhook_subscriptions TO insula_worker;
GRANT UPDATE (active, inactive_because, failures, failed_at, version, updated_at) ON insula.webhook_subscriptions TO insula_worker;
GRANT SELECT (id, hospital, event_types, active, deleted_at) ON insula.webhook_subscriptions TO insula_definer;
CREATE POLICY all_subscriptions ON insula.webhook_subscriptions TO insula_worker USING (true) WITH CHECK (true);
CREATE POLICY who_is_told ON insula.webhook_subscriptions FOR SELECT TO insula_definer USING (true);

-- What has to be told to whom: written with the change, sent after it, in order for each registration, kept until it has
-- arrived. No identity and no content stands in it (BEN-04).
CREATE TABLE insula.webhook_deliveries (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id uuid NOT NULL,
    hospital text NOT NULL,
    -- The same at every attempt and for every subscription: by it a receiver knows a repetition.
    event_id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    registration_id uuid,
    version integer,
    data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    occurred_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'parked')),
    -- When it is due; while it is being sent, when the claim runs out.
    available_at timestamptz NOT NULL,
    claimed_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    -- Since when it is tried, and how often it failed since.
    tried_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz,
    last_status integer,
    last_failure text,
    -- Delivered or parked.
    settled_at timestamptz,
    CONSTRAINT each_event_once UNIQUE (subscription_id, event_id),
    FOREIGN KEY (subscription_id, hospital) REFERENCES insula.webhook_subscriptions (id, hospital),
    CHECK ((state = 'waiting') = (settled_at IS NULL)),
    CHECK (state = 'waiting' OR claimed_until IS NULL),
    CHECK ((registration_id IS NULL) = (version IS NULL))
);
CREATE INDEX webhook_deliveries_listed ON insula.webhook_deliveries (subscription_id, seq);
CREATE INDEX webhook_deliveries_due ON insula.webhook_deliveries (subscription_id, available_at, seq) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_in_order ON insula.webhook_deliveries (subscription_id, registration_id, version)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_in_hand ON insula.webhook_deliveries (subscription_id) WHERE claimed_until IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age ON insula.webhook_deliveries (settled_at) WHERE state = 'delivered';
ALTER TABLE insula.webhook_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON insula.webhook_deliveries TO insula_hospital;
GRANT UPDATE (state, available_at, tried_since, failures, settled_at) ON insula.webhook_deliveries TO insula_hospital;
CREATE POLICY own_deliveries ON insula.webhook_deliveries TO insula_hospital
    USING (hospital = insula.organisation()) WITH CHECK (hospital = insula.organisation());
GRANT SELECT, INSERT, DELETE ON insula.webhook_deliveries TO insula_worker;
GRANT UPDATE (state, available_at, claimed_until, attempts, tried_since, failures, last_attempt_at, last_status, last_failure,
    settled_at) ON insula.webhook_deliveries TO insula_worker;
GRANT INSERT ON insula.webhook_deliveries TO insula_definer;
CREATE POLICY all_deliveries ON insula.webhook_deliveries TO insula_worker USING (true) WITH CHECK (true);
CREATE POLICY written_with_the_change ON insula.webhook_deliveries FOR INSERT TO insula_definer WITH CHECK (true);

-- The identifier of an event is made of what it tells, so that it is the same whoever writes it.
CREATE FUNCTION insula.webhook_event_id(what text) RETURNS uuid LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
    AS $$ SELECT left(encode(sha256(convert_to(what, 'UTF8')), 'hex'), 32)::uuid $$;

-- Whatever writes a version of a registration, tells it in the same transaction (CGM-07 to CGM-11): one row for each
-- subscription of the hospital that wants to know.
CREATE FUNCTION insula.tell_subscribers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    -- While nobody subscribes, this look is all that a night with a million versions pays.
    IF NOT EXISTS (SELECT 1 FROM insula.webhook_subscriptions WHERE active AND deleted_at IS NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO insula.webhook_deliveries
        (subscription_id, hospital, event_id, type, subject, registration_id, version, data, occurred_at, available_at)
    SELECT s.id, s.hospital, insula.webhook_event_id(v.registration_id || '.' || v.version), told.type,
        v.registration_id::text, v.registration_id, v.version,
        jsonb_strip_nulls(jsonb_build_object('registrationId', v.registration_id, 'version', v.version, 'status', v.status,
            'code', r.code,
            -- The reasons that Healthdata gives are texts about a person's data; whoever may read them asks for them.
            'corrections', CASE WHEN v.status = 'correctionsNeeded' THEN
                CASE WHEN v.corrections ->> 'because' = 'counterExceeded' THEN v.corrections
                     ELSE jsonb_build_object('because', v.corrections ->> 'because') END END)),
        v.changed_at, v.changed_at
    FROM arrived v
    CROSS JOIN LATERAL (SELECT 'be.insula.registration.' || CASE v.command
        WHEN 'acknowledge' THEN 'submitted'
        WHEN 'refuse' THEN 'correctionsNeeded'
        WHEN 'exceed' THEN 'correctionsNeeded'
        WHEN 'reopen' THEN 'reopened'
        WHEN 'delete' THEN 'deleted' END AS type) AS told
    JOIN insula.webhook_subscriptions s ON s.hospital = v.hospital AND s.active AND s.deleted_at IS NULL
        AND told.type = ANY (s.event_types)
    JOIN insula.registrations r ON r.id = v.registration_id
    ORDER BY v.registration_id, v.version;
    RETURN NULL;
END $$;
DO $$
BEGIN
    GRANT CREATE ON SCHEMA insula TO insula_definer;
    ALTER FUNCTION insula.tell_subscribers() OWNER TO insula_definer;
    REVOKE ALL ON FUNCTION insula.tell_subscribers() FROM PUBLIC;
    REVOKE CREATE ON SCHEMA insula FROM insula_definer;
END $$;
CREATE TRIGGER tell_subscribers AFTER INSERT ON insula.registration_versions
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION insula.tell_subscribers();
