-- Version 2: what is under way is kept in the journal, and goes into the tables when it has come to rest there. See the
-- module `live`.

-- What changed since the tables were written last, one entry for each commit: a list of changes as `live::change` has it.
CREATE TABLE journal (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- The ids of events that are numbers, to recognize a second delivery: those of one moment together, in order, eight
-- bytes each. The others are in `seen`.
CREATE TABLE seen_number (
    id      INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    numbers BLOB NOT NULL
) STRICT;
CREATE INDEX seen_number_range ON seen_number (network, account, last, first);
CREATE INDEX seen_number_at ON seen_number (at);

-- The unit of order, as long as events wait in it or somebody holds it. `owner` is the right to commit its turns, where
-- it is held. Others are taken by `ready_at`, then by `line`. What came while it is held may not be claimed before
-- `wait_until`. `alone` marks one whose last attempt is due.
CREATE TABLE conversation_2 (
    id         INTEGER PRIMARY KEY,
    network    TEXT NOT NULL,
    account    TEXT NOT NULL,
    chat       TEXT NOT NULL,
    thread     TEXT NOT NULL,
    user       TEXT NOT NULL,
    ready_at   INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    owner      INTEGER,
    wait_until INTEGER NOT NULL,
    alone      INTEGER NOT NULL
) STRICT;
INSERT INTO conversation_2
    SELECT id, network, account, chat, thread, user, coalesce(ready_at, touched), line,
        CASE WHEN owner IS NOT NULL THEN fence END, wait_until, alone
    FROM conversation AS c WHERE EXISTS (SELECT 1 FROM inbox WHERE conversation = c.id);

-- Events that wait for their turn. Numbers rise over all conversations.
CREATE TABLE inbox_2 (
    number       INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation_2 (id),
    event        TEXT NOT NULL,
    user         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    received     INTEGER NOT NULL,
    sent         INTEGER,
    attempts     INTEGER NOT NULL,
    body         BLOB NOT NULL
) STRICT;
INSERT INTO inbox_2
    SELECT row_number() OVER (ORDER BY conversation, number), conversation, event, user, kind, received, sent, attempts,
        body
    FROM inbox;
DROP TABLE inbox;
DROP TABLE conversation;
ALTER TABLE conversation_2 RENAME TO conversation;
ALTER TABLE inbox_2 RENAME TO inbox;
CREATE INDEX inbox_conversation ON inbox (conversation);

-- What goes out. `state`: 0 new, 1 sending, 2 sent, 3 unknown, 4 failed. `messages` is the receipt: a JSON list of
-- message ids.
DROP INDEX outbox_line;
DROP INDEX outbox_front;
DROP INDEX outbox_sending;
ALTER TABLE outbox DROP COLUMN front;
CREATE INDEX outbox_open ON outbox (id) WHERE state < 2;
