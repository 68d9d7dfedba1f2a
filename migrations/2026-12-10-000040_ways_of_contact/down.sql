ALTER TABLE insula.records DROP CONSTRAINT way_of_contact;
UPDATE insula.records SET content = content - 'way' WHERE kind = 'contact' AND content ? 'way';
