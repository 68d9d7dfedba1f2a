-- Delegates of insurers visit establishments as those of INAMI do (C 5 §3, 14; REG-10). In the scope of a visit, and in no other, an
-- insurer reads what a visit may ask for.
CREATE OR REPLACE FUNCTION insula.enter(organisation text, person text, registry text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    supported text[];
BEGIN
    PERFORM set_config('insula.organisation', organisation, true), set_config('insula.person', person, true),
        set_config('insula.visit', CASE registry WHEN 'visit' THEN 'on' ELSE '' END, true);
    IF registry IN ('', 'visit') THEN
        PERFORM set_config('insula.authors', '', true);
        RETURN;
    END IF;
    SELECT g.supports INTO supported FROM insula.registry_grants g
        WHERE g.hospital = organisation AND g.person = enter.person AND g.withdrawn_at IS NULL;
    IF supported IS NULL THEN
        RAISE EXCEPTION 'registry not granted' USING CONSTRAINT = 'registry_granted';
    END IF;
    PERFORM set_config('insula.authors', CASE registry
        WHEN 'all' THEN '*'
        WHEN 'own' THEN person
        WHEN 'supported' THEN array_to_string(supported, E'\n')
        ELSE array_to_string(person || supported, E'\n') END, true);
END $$;
CREATE FUNCTION insula.visits() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('insula.visit', true), '') = 'on' AND insula.organisation() IS NOT NULL $$;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['hospitals', 'conventions', 'convention_holders', 'establishment_sheets', 'team_members',
        'team_assignments', 'staffing_statements']
    LOOP
        EXECUTE format('GRANT SELECT ON insula.%I TO insula_insurer', name);
        EXECUTE format('CREATE POLICY on_a_visit ON insula.%I FOR SELECT TO insula_insurer USING (insula.visits())', name);
    END LOOP;
END $$;
