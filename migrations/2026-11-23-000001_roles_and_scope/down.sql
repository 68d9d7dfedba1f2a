DROP SCHEMA insula, vault, coded, trail CASCADE;
-- The roles stay: they belong to the whole cluster, and another database may use them.
