-- What a file became when its invoices were put into the hospital's own file (BIL-05): insurers name the records of that one.
ALTER TABLE insula.invoice_files
    ADD COLUMN merged_at timestamptz,
    ADD COLUMN merged_records integer CHECK (merged_records BETWEEN records AND 999999),
    ADD COLUMN merged_lines integer CHECK (merged_lines BETWEEN 1 AND merged_records),
    ADD COLUMN merged_sha256 bytea CHECK (length(merged_sha256) = 32),
    ADD CONSTRAINT merged_whole CHECK (num_nulls(merged_at, merged_records, merged_lines, merged_sha256) IN (0, 4));
-- The number of the invoice's first record in that file.
ALTER TABLE insula.invoices ADD COLUMN merged_record integer CHECK (merged_record >= 2);
GRANT UPDATE (merged_at, merged_records, merged_lines, merged_sha256) ON insula.invoice_files TO insula_hospital;
GRANT UPDATE (merged_record) ON insula.invoices TO insula_hospital;
