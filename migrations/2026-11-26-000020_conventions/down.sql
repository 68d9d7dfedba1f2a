DROP TABLE insula.conventions;
