DROP FUNCTION insula.behind_codes(text[], bytea[], text[]);
