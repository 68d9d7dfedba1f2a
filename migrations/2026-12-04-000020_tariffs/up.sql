-- The price of a day of programme (BIL-02, BIL-03): a row is in force until the next one begins. Rows that have begun
-- bear the price of days and never change; the program replaces rows to come only.
CREATE TABLE insula.tariffs (
    valid_from date PRIMARY KEY,
    indexable numeric(11, 2) NOT NULL CHECK (indexable >= 0),
    fixed numeric(11, 2) NOT NULL CHECK (fixed >= 0),
    -- Where it is published.
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    -- Empty for the row of the convention itself.
    entered_at timestamptz
);
GRANT SELECT ON insula.tariffs TO insula_hospital, insula_insurer, insula_authority;
GRANT INSERT, DELETE ON insula.tariffs TO insula_authority;
INSERT INTO insula.tariffs (valid_from, indexable, fixed, source)
    VALUES ('2021-01-01', 1.22, 8.78, 'Convention for insulin pump therapy, article 10 § 2');
