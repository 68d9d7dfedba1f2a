DROP TABLE insula.clock;
