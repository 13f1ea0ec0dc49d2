-- Version 1. Times are milliseconds since 1970 in UTC; '' stands for no thread and no user.

-- What is counted over all openings.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each source was read.
CREATE TABLE source (
    network  TEXT NOT NULL,
    account  TEXT NOT NULL,
    part     INTEGER NOT NULL,
    position INTEGER,
    session  TEXT,
    sequence INTEGER,
    resume   TEXT,
    PRIMARY KEY (network, account, part)
) STRICT, WITHOUT ROWID;

-- The ids of events, to recognize a second delivery.
CREATE TABLE seen (
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    event   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (network, account, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

-- The unit of order. `owner` holds it (an opening of the file), `fence` is the right to commit, `tail` the number of
-- its newest event. Ready ones are taken by `ready_at`, then by `line`. What came while it is held may not be claimed
-- before `wait_until`. `alone` marks one whose last attempt is due.
CREATE TABLE conversation (
    id         INTEGER PRIMARY KEY,
    network    TEXT NOT NULL,
    account    TEXT NOT NULL,
    chat       TEXT NOT NULL,
    thread     TEXT NOT NULL,
    user       TEXT NOT NULL,
    tail       INTEGER NOT NULL,
    ready_at   INTEGER,
    line       INTEGER NOT NULL,
    owner      TEXT,
    fence      INTEGER NOT NULL DEFAULT 0,
    alone      INTEGER NOT NULL DEFAULT 0,
    touched    INTEGER NOT NULL,
    wait_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (network, account, chat, thread, user)
) STRICT;
CREATE INDEX conversation_ready ON conversation (network, account, alone, ready_at, line)
    WHERE ready_at IS NOT NULL AND owner IS NULL;
CREATE INDEX conversation_held ON conversation (alone) WHERE owner IS NOT NULL;

-- Events that wait for their turn.
CREATE TABLE inbox (
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    number       INTEGER NOT NULL,
    event        TEXT NOT NULL,
    user         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    received     INTEGER NOT NULL,
    sent         INTEGER,
    attempts     INTEGER NOT NULL,
    body         BLOB NOT NULL,
    PRIMARY KEY (conversation, number)
) STRICT;

-- Events that were given up.
CREATE TABLE dead (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    network     TEXT NOT NULL,
    account     TEXT NOT NULL,
    chat        TEXT NOT NULL,
    thread      TEXT NOT NULL,
    person      TEXT NOT NULL,
    number      INTEGER NOT NULL,
    event       TEXT NOT NULL,
    user        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    received    INTEGER NOT NULL,
    sent        INTEGER,
    attempts    INTEGER NOT NULL,
    body        BLOB NOT NULL,
    error       TEXT NOT NULL,
    died        INTEGER NOT NULL
) STRICT;

-- What goes out. `state`: 0 new, 1 sending, 2 sent, 3 unknown, 4 failed. `front` marks the first of its chat and lane
-- that has not left. `messages` is the receipt: a JSON list of message ids.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    network    TEXT NOT NULL,
    account    TEXT NOT NULL,
    chat       TEXT NOT NULL,
    thread     TEXT NOT NULL,
    user       TEXT NOT NULL,
    lane       INTEGER NOT NULL,
    policy     INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    front      INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    doubtful   INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    settled    INTEGER,
    messages   TEXT NOT NULL,
    error      TEXT NOT NULL,
    body       BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_line ON outbox (network, account, chat, thread, lane, id) WHERE state < 2;
CREATE INDEX outbox_front ON outbox (network, account, lane, not_before, id) WHERE state = 0 AND front = 1;
CREATE INDEX outbox_sending ON outbox (network, account, chat, thread) WHERE state = 1;
CREATE INDEX outbox_settled ON outbox (state, settled) WHERE state >= 2;

-- Typed state. `scope`: 0 bot, 1 user, 2 person, 3 chat, 4 user in a chat. A body of NULL marks one that was taken
-- away, so that its version goes on.
CREATE TABLE state (
    scope   INTEGER NOT NULL,
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    chat    TEXT NOT NULL,
    thread  TEXT NOT NULL,
    user    TEXT NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER NOT NULL,
    body    BLOB,
    at      INTEGER NOT NULL,
    PRIMARY KEY (scope, network, account, chat, thread, user, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_gone ON state (at) WHERE body IS NULL;

-- Work that is due later. `person_kind`: 0 a user, 1 a chat. `missed`: 0 once, 1 skip, 2 each. `origin` is what made it,
-- so that it is made once.
CREATE TABLE job (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    network        TEXT NOT NULL,
    account        TEXT NOT NULL,
    chat           TEXT NOT NULL,
    thread         TEXT NOT NULL,
    person_kind    INTEGER NOT NULL,
    person_network TEXT NOT NULL,
    person         TEXT NOT NULL,
    name           TEXT NOT NULL,
    due            INTEGER NOT NULL,
    repeat         TEXT,
    missed         INTEGER NOT NULL,
    created        INTEGER NOT NULL,
    body           BLOB NOT NULL,
    origin         TEXT
) STRICT;
CREATE INDEX job_due ON job (network, account, due, id);
CREATE INDEX job_chat ON job (network, account, chat, thread, due);
CREATE INDEX job_person ON job (person_kind, person_network, person, due);
CREATE UNIQUE INDEX job_origin ON job (origin) WHERE origin IS NOT NULL;

-- Tasks that have not ended. `state`: 0 waiting, 1 running, 2 its result is being sent.
CREATE TABLE task (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL,
    network        TEXT NOT NULL,
    account        TEXT NOT NULL,
    chat           TEXT NOT NULL,
    thread         TEXT NOT NULL,
    person_kind    INTEGER NOT NULL,
    person_network TEXT NOT NULL,
    person         TEXT NOT NULL,
    card_network   TEXT,
    card_account   TEXT,
    card_chat      TEXT,
    card_thread    TEXT,
    card           TEXT,
    state          INTEGER NOT NULL,
    place          INTEGER NOT NULL,
    body           BLOB NOT NULL,
    checkpoint     BLOB
) STRICT;

-- Accounts that are one person's.
CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;
CREATE TABLE account (
    network TEXT NOT NULL,
    user    TEXT NOT NULL,
    person  INTEGER NOT NULL REFERENCES person (id),
    PRIMARY KEY (network, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_person ON account (person);

-- Link codes, hashed, and wrong guesses.
CREATE TABLE link_code (
    hash    BLOB PRIMARY KEY,
    network TEXT NOT NULL,
    user    TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_code_account ON link_code (network, user);
CREATE TABLE link_guess (
    network TEXT NOT NULL,
    user    TEXT NOT NULL,
    since   INTEGER NOT NULL,
    wrong   INTEGER NOT NULL,
    PRIMARY KEY (network, user)
) STRICT, WITHOUT ROWID;

-- Small values by name, those with an end until then.
CREATE TABLE value (
    key   TEXT PRIMARY KEY,
    body  BLOB NOT NULL,
    until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX value_until ON value (until) WHERE until IS NOT NULL;
