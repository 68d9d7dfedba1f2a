DROP FUNCTION insula.feed_of(bytea);
DROP TABLE insula.obligation_feeds;
