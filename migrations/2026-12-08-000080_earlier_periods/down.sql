DROP POLICY earlier_only ON insula.granted_periods;
REVOKE INSERT ON insula.granted_periods FROM insula_hospital;
DELETE FROM insula.granted_period_ends WHERE period_id IN (SELECT id FROM insula.granted_periods WHERE decision_id IS NULL);
DELETE FROM insula.granted_periods WHERE decision_id IS NULL;
ALTER TABLE insula.granted_periods DROP CONSTRAINT granted_by_a_decision, ALTER application_id SET NOT NULL,
    ALTER decision_id SET NOT NULL;
