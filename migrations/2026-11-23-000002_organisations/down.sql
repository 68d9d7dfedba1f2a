DROP FUNCTION insula.enter(text, text, text);
DROP TABLE insula.registry_grants, insula.nomenclature_pairs, insula.insurers, insula.hospitals;
