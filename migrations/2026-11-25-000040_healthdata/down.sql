DROP TABLE insula.breakers, coded.acknowledgements;
