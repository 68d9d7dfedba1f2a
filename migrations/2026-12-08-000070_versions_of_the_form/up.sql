-- INAMI enters versions of the form to come (COV-14).
GRANT INSERT, DELETE ON insula.coverage_forms TO insula_authority;
-- One that is in use stays, so that an application can be printed again as it was.
CREATE FUNCTION insula.keep_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_from <= insula.today() THEN
        RAISE EXCEPTION 'fixed for ever' USING CONSTRAINT = 'forms_in_use_stay';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep_form BEFORE UPDATE OR DELETE ON insula.coverage_forms FOR EACH ROW EXECUTE FUNCTION insula.keep_form();
