ALTER TABLE insula.invoices DROP COLUMN merged_record;
ALTER TABLE insula.invoice_files
    DROP COLUMN merged_at,
    DROP COLUMN merged_records,
    DROP COLUMN merged_lines,
    DROP COLUMN merged_sha256;
