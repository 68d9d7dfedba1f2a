DROP FUNCTION coded.groups(text, text, integer, integer, text[], double precision, double precision);
DROP FUNCTION coded.dimension(text, coded.deliveries);
DROP FUNCTION coded.is_latest(uuid, integer, xid8);
DROP POLICY definer ON coded.deliveries;
DROP POLICY all_for_inami ON coded.deliveries;
DROP POLICY own_deliveries ON coded.deliveries;
DROP POLICY written_by_deliveries ON coded.deliveries;
ALTER TABLE coded.deliveries NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON coded.deliveries FROM insula_hospital, insula_definer;
REVOKE USAGE ON SCHEMA coded FROM insula_hospital, insula_definer;
DROP FUNCTION coded.enter(date);
DROP FUNCTION coded.reader();
CREATE INDEX deliveries_by_pseudonym ON coded.deliveries (pseudonym);
DROP INDEX coded.deliveries_by_receipt, coded.deliveries_by_event, coded.deliveries_of_pseudonym,
    coded.deliveries_of_pair, coded.deliveries_of_type, coded.deliveries_of_hospital, coded.deliveries_in_order;
ALTER TABLE coded.deliveries DROP COLUMN seq, DROP COLUMN xid;
