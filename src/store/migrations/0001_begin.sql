-- Texts, whole numbers and bytes only, the same in both databases: ids are UUIDs in order of time, times are milliseconds since
-- 1970, flags are 0 or 1, lists and documents are JSON in TEXT. BLOB is written BYTEA for PostgreSQL.

CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT,
    lang TEXT NOT NULL,
    tier TEXT NOT NULL,
    blocked BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE visits (
    id TEXT NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    lang TEXT NOT NULL,
    case_id TEXT,
    solved BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX visits_by_time ON visits (seen_at);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    lang TEXT NOT NULL,
    on_duty BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    assigned_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE account_groups (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    group_name TEXT NOT NULL,
    PRIMARY KEY (account_id, group_name)
);
CREATE INDEX account_groups_by_group ON account_groups (group_name);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE throttle (
    name TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX throttle_by_time ON throttle (failed_at);

CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    doc BIGINT NOT NULL UNIQUE,
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    priority TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    lang TEXT NOT NULL,
    product TEXT,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    group_name TEXT NOT NULL,
    assignee TEXT REFERENCES accounts (id),
    escalations BIGINT NOT NULL,
    visit_id TEXT,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    answered_at BIGINT,
    solved_at BIGINT,
    closed_at BIGINT,
    first_answer_due BIGINT,
    solution_due BIGINT,
    -- What is due next, far in the future when nothing is: a column without NULL sorts alike in both databases.
    due_at BIGINT NOT NULL,
    follow_up_at BIGINT,
    rating BIGINT,
    question_id TEXT,
    merged_into TEXT,
    events BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX cases_by_state ON cases (state, due_at, id);
CREATE INDEX cases_by_due ON cases (due_at, id);
CREATE INDEX cases_by_group ON cases (group_name, state, due_at, id);
CREATE INDEX cases_by_assignee ON cases (assignee, state, due_at, id);
CREATE INDEX cases_by_person ON cases (person_id, opened_at);
CREATE INDEX cases_by_opening ON cases (opened_at, id);
CREATE INDEX cases_by_update ON cases (updated_at, id);
CREATE INDEX cases_by_follow_up ON cases (follow_up_at);
CREATE INDEX cases_by_solution ON cases (state, solved_at);

CREATE TABLE case_tags (
    tag TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (tag, case_id)
);
CREATE INDEX case_tags_by_case ON case_tags (case_id);

CREATE TABLE case_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX case_links_by_case ON case_links (case_id);

CREATE TABLE events (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    role TEXT NOT NULL,
    account_id TEXT,
    name TEXT NOT NULL,
    reach TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    event BIGINT NOT NULL,
    reach TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX attachments_by_case ON attachments (case_id, event);

-- Apart from their records, so that reading a list never reads a file.
CREATE TABLE attachment_bytes (
    attachment_id TEXT NOT NULL PRIMARY KEY REFERENCES attachments (id),
    bytes BLOB NOT NULL
);

-- Which case has which term of 64 bits: what the desk searches. Made anew at any time from events.
CREATE TABLE case_terms (
    term BIGINT NOT NULL,
    doc BIGINT NOT NULL,
    PRIMARY KEY (term, doc)
) /* SQLITE: WITHOUT ROWID */;
CREATE INDEX case_terms_by_case ON case_terms (doc);

CREATE TABLE drafts (
    case_id TEXT NOT NULL REFERENCES cases (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, account_id)
);

CREATE TABLE presence (
    case_id TEXT NOT NULL REFERENCES cases (id),
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    writing BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, who)
);

CREATE TABLE canned (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    lang TEXT NOT NULL,
    group_name TEXT,
    updated_at BIGINT NOT NULL
);

CREATE TABLE questions (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    shown TEXT NOT NULL,
    audience BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    lang TEXT NOT NULL,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    products TEXT NOT NULL,
    asker TEXT REFERENCES people (id),
    byline TEXT NOT NULL,
    case_id TEXT,
    accepted TEXT,
    answers BIGINT NOT NULL,
    votes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX questions_by_time ON questions (shown, created_at, id);
CREATE INDEX questions_by_votes ON questions (shown, votes, id);
CREATE INDEX questions_by_asker ON questions (asker);

CREATE TABLE answers (
    id TEXT NOT NULL PRIMARY KEY,
    question_id TEXT NOT NULL REFERENCES questions (id),
    shown TEXT NOT NULL,
    account_id TEXT,
    person_id TEXT,
    byline TEXT NOT NULL,
    body TEXT NOT NULL,
    votes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX answers_by_question ON answers (question_id, created_at);
CREATE INDEX answers_by_state ON answers (shown, created_at);

CREATE TABLE votes (
    subject TEXT NOT NULL,
    voter TEXT NOT NULL,
    helpful BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (subject, voter)
);

CREATE TABLE ledger (
    holder TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    points BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (holder, reason, subject)
);

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL,
    dedup TEXT NOT NULL UNIQUE,
    case_id TEXT,
    lane TEXT NOT NULL,
    payload TEXT NOT NULL,
    delivery TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX outbox_by_due ON outbox (delivery, due_at);
CREATE INDEX outbox_by_lane ON outbox (lane, delivery, created_at);
CREATE INDEX outbox_by_time ON outbox (created_at, id);
CREATE INDEX outbox_by_case ON outbox (case_id, created_at);

CREATE TABLE idempotency (
    name TEXT NOT NULL PRIMARY KEY,
    request_hash TEXT NOT NULL,
    response TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

CREATE TABLE seen (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX seen_by_time ON seen (at);

CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);

CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL
);

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
