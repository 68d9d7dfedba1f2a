-- Periods granted under the convention before 2021 run on to their end (CON-07). Their establishment enters them; no application
-- and no decision stands here.
ALTER TABLE insula.granted_periods ALTER application_id DROP NOT NULL, ALTER decision_id DROP NOT NULL,
    ADD CONSTRAINT granted_by_a_decision CHECK ((application_id IS NULL) = (decision_id IS NULL)
        AND (decision_id IS NOT NULL OR lower(granted) < '2021-01-01' AND upper(granted) > '2021-01-01'));
GRANT INSERT ON insula.granted_periods TO insula_hospital;
CREATE POLICY earlier_only ON insula.granted_periods AS RESTRICTIVE FOR INSERT TO insula_hospital
    WITH CHECK (decision_id IS NULL);
