DROP TABLE insula.tariffs;
