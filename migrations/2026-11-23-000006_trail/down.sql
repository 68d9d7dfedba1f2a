DROP TABLE trail.seals, trail.events;
