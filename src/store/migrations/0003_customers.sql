-- Customers who are signed in. What is known of them stands in the session, as the company's site or a mailed code said it.

CREATE TABLE customer_sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT REFERENCES people (id),
    subject TEXT NOT NULL,
    name TEXT,
    email TEXT,
    audience TEXT NOT NULL,
    tier TEXT,
    products TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX customer_sessions_by_person ON customer_sessions (person_id);
CREATE INDEX customer_sessions_by_expiry ON customer_sessions (expires_at);

-- Codes that were mailed: by the hash of a secret that only the browser has which asked for it.
CREATE TABLE sign_in_codes (
    flow_hash TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_codes_by_expiry ON sign_in_codes (expires_at);
