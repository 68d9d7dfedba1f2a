REVOKE UPDATE (version, updated_at) ON insula.granted_periods FROM insula_insurer;
DROP TABLE insula.met_conditions;
