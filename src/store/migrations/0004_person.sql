-- Who was erased, as a hash under a key of this installation, so that what an older backup brings back is erased again.
CREATE TABLE tombstones (
    hash TEXT NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL,
    -- 0 while it came with a restored backup and is still to be applied.
    applied BIGINT NOT NULL
);

-- Who is told when what changes. `address` is a hash of the mail address under our key: links that end all of them carry it.
CREATE TABLE follows (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    address TEXT NOT NULL,
    lang TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- What he may read, and when that was last known.
    audience BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    -- The state of the subject that he knows, and since when.
    mark TEXT NOT NULL,
    told_at BIGINT,
    -- A later state that was seen, and since when: it is told of when it has settled.
    fresh TEXT NOT NULL,
    fresh_at BIGINT,
    UNIQUE (email_key, subject)
);
CREATE INDEX follows_by_address ON follows (address);
CREATE INDEX follows_by_time ON follows (created_at);

-- What signed-in customers read, each address once. The holder is the customer's id.
CREATE TABLE readings (
    holder TEXT NOT NULL,
    target TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (holder, target)
);
CREATE INDEX readings_by_time ON readings (at);

-- Customers who do not want that.
CREATE TABLE unrecorded (
    holder TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
