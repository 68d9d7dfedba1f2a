DROP TABLE insula.imported_registrations, insula.registration_import_rows, insula.registration_imports;
