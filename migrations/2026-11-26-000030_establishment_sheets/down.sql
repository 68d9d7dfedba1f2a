DROP TABLE insula.prescriber_changes, insula.establishment_sheets;
