DROP TABLE insula.staffing_statements, insula.team_assignments, insula.team_members;
DROP EXTENSION btree_gist;
