-- How many visits opened a page on a day (of UTC, counted since 1970): what is opened most, without who.
CREATE TABLE openings (
    target TEXT NOT NULL,
    day BIGINT NOT NULL,
    visits BIGINT NOT NULL,
    PRIMARY KEY (target, day)
);
CREATE INDEX openings_by_day ON openings (day);
