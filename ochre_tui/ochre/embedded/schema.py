"""How a workspace lies in `workspace.db`; every step is frozen once it is released."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("ochre_workspace")

# Every record keeps a digest of its content (a repeated write is recognised by it), the runs that created and last
# changed it, and when a person edited it since (null: untouched, undo may take it out).
_KEPT = "digest BLOB NOT NULL, created_run INTEGER NOT NULL, changed_run INTEGER, edited_at INTEGER"

_TABLES = f"""
CREATE TABLE workspace (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, slug TEXT NOT NULL) STRICT;

CREATE TABLE users (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT, name TEXT, role TEXT, state TEXT NOT NULL,
  intercom_admin_ids TEXT NOT NULL, is_bot INTEGER NOT NULL, hidden_from_reports INTEGER NOT NULL, {_KEPT}
) STRICT;

CREATE TABLE custom_fields (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL,
  type TEXT NOT NULL, options TEXT NOT NULL, source_name TEXT, {_KEPT}
) STRICT;

CREATE TABLE tags (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, intercom_ids TEXT NOT NULL, {_KEPT}
) STRICT;

CREATE TABLE saved_replies (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, body_html TEXT NOT NULL,
  body_text TEXT NOT NULL, intercom_id TEXT NOT NULL, visibility TEXT NOT NULL, unknown_placeholders TEXT NOT NULL,
  {_KEPT}
) STRICT;

CREATE TABLE companies (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT, intercom_id TEXT NOT NULL, company_id TEXT, website TEXT,
  industry TEXT, size INTEGER, plan TEXT, monthly_spend REAL, tags TEXT NOT NULL, custom_fields TEXT NOT NULL,
  unmapped TEXT NOT NULL, created_at INTEGER, updated_at INTEGER, {_KEPT}
) STRICT;

CREATE TABLE customers (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT, email TEXT, email_aliases TEXT NOT NULL, phone TEXT,
  external_ids TEXT NOT NULL, intercom_ids TEXT NOT NULL, can_sign_in INTEGER NOT NULL, placeholder INTEGER NOT NULL,
  company_ids TEXT NOT NULL, tags TEXT NOT NULL, custom_fields TEXT NOT NULL, unmapped TEXT NOT NULL,
  created_at INTEGER, updated_at INTEGER, {_KEPT}
) STRICT;

CREATE TABLE customer_companies (
  company_id TEXT NOT NULL, customer INTEGER NOT NULL REFERENCES customers (n) ON DELETE CASCADE,
  PRIMARY KEY (company_id, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_companies_by_customer ON customer_companies (customer);

CREATE TABLE conversations (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, status TEXT NOT NULL, priority TEXT NOT NULL,
  channel TEXT NOT NULL, assignee_id TEXT, assignee_email TEXT, assignee_intercom_id TEXT, team TEXT,
  customer_ids TEXT NOT NULL, tags TEXT NOT NULL, custom_fields TEXT NOT NULL, unmapped TEXT NOT NULL, rating INTEGER,
  rating_remark TEXT, created_at INTEGER, updated_at INTEGER, snoozed_until INTEGER, intercom_id TEXT NOT NULL,
  source_part_count INTEGER, incomplete INTEGER NOT NULL, {_KEPT}
) STRICT;
CREATE INDEX conversations_by_update ON conversations (updated_at);
CREATE INDEX conversations_by_status ON conversations (status, updated_at);

CREATE TABLE messages (
  n INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (n) ON DELETE CASCADE,
  position INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, source_id TEXT, source_type TEXT NOT NULL,
  author_kind TEXT NOT NULL, author_id TEXT, author_name TEXT, author_source_name TEXT, created_at INTEGER,
  body_html TEXT, body_text TEXT, source_sha256 TEXT, redacted INTEGER NOT NULL, tags TEXT NOT NULL, event TEXT,
  attachment_ids TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_in_order ON messages (conversation, position);
CREATE INDEX messages_by_user ON messages (author_id) WHERE author_kind IN ('user', 'bot');

CREATE TABLE attachments (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  conversation INTEGER NOT NULL REFERENCES conversations (n) ON DELETE CASCADE, message_id TEXT NOT NULL,
  name TEXT NOT NULL, source_name TEXT, content_type TEXT, size INTEGER, sha256 TEXT, inline INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT
) STRICT;
CREATE INDEX attachments_by_conversation ON attachments (conversation);
CREATE INDEX attachments_by_content ON attachments (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE aliases (
  kind TEXT NOT NULL, value TEXT NOT NULL, conversation_id TEXT, customer_id TEXT, PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
"""

# `name_words` holds each word of any customer's name once: typos are looked for among the words, not the customers.
_SEARCH = """
CREATE VIRTUAL TABLE customer_search USING fts5 (
  name, email, email_aliases, external_ids, intercom_ids, phone, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE company_search USING fts5 (name, tokenize = 'ascii');
CREATE TABLE name_words (n INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, uses INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE name_word_search USING fts5 (word, tokenize = 'trigram');
"""

# `identity` tells one workspace from another, whatever they are called; tokens are kept as SHA-256.
_SERVED = """
CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
INSERT INTO identity VALUES (1, 'wsp_' || lower(hex(randomblob(10))));
CREATE TABLE api_tokens (
  n INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, role TEXT NOT NULL, label TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
"""

# What lists and searches of people read. `conversations_inbox` alone answers every filter, the newest first, which is
# what the two older indexes were meant for. `conversation_customers` and `conversation_search` follow the conversations
# by triggers, whoever changes them.
_INBOX = """
ALTER TABLE conversations ADD COLUMN newest INTEGER GENERATED ALWAYS AS (coalesce(updated_at, created_at, 0)) VIRTUAL;
CREATE INDEX conversations_inbox ON conversations (newest, status, channel, assignee_id, assignee_email, tags);
CREATE INDEX conversations_by_channel ON conversations (channel);
DROP INDEX conversations_by_update;
DROP INDEX conversations_by_status;
CREATE INDEX companies_by_name ON companies (coalesce(name, '') COLLATE NOCASE);

CREATE TABLE conversation_customers (
  customer_id TEXT NOT NULL, newest INTEGER NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversations (n) ON DELETE CASCADE,
  PRIMARY KEY (customer_id, newest, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_customers_by_conversation ON conversation_customers (conversation);
INSERT INTO conversation_customers
  SELECT DISTINCT value, newest, n FROM conversations, json_each(iif(json_valid(customer_ids), customer_ids, '[]'));
CREATE TRIGGER conversation_customers_added AFTER INSERT ON conversations BEGIN
  INSERT OR IGNORE INTO conversation_customers
    SELECT value, new.newest, new.n FROM json_each(iif(json_valid(new.customer_ids), new.customer_ids, '[]')); END;
CREATE TRIGGER conversation_customers_changed AFTER UPDATE OF customer_ids, updated_at, created_at ON conversations
BEGIN
  DELETE FROM conversation_customers WHERE conversation = old.n; INSERT OR IGNORE INTO conversation_customers
    SELECT value, new.newest, new.n FROM json_each(iif(json_valid(new.customer_ids), new.customer_ids, '[]')); END;

CREATE VIRTUAL TABLE conversation_search USING fts5 (
  subject, content = 'conversations', content_rowid = 'n', detail = 'none', prefix = '2 3 4',
  tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO conversation_search (conversation_search) VALUES ('rebuild');
CREATE TRIGGER conversation_search_added AFTER INSERT ON conversations BEGIN
  INSERT INTO conversation_search (rowid, subject) VALUES (new.n, new.subject); END;
CREATE TRIGGER conversation_search_removed AFTER DELETE ON conversations BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, subject) VALUES ('delete', old.n, old.subject); END;
CREATE TRIGGER conversation_search_changed AFTER UPDATE OF subject ON conversations
WHEN old.subject IS NOT new.subject BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, subject) VALUES ('delete', old.n, old.subject); \
  INSERT INTO conversation_search (rowid, subject) VALUES (new.n, new.subject); END;
"""

# The words of the messages, which follow the messages by triggers; without positions, so that it stays small.
_MESSAGE_WORDS = """
CREATE VIRTUAL TABLE message_search USING fts5 (
  body_text, content = 'messages', content_rowid = 'n', detail = 'none', columnsize = 0,
  tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO message_search (message_search) VALUES ('rebuild');
CREATE TRIGGER message_search_added AFTER INSERT ON messages WHEN new.body_text IS NOT NULL BEGIN
  INSERT INTO message_search (rowid, body_text) VALUES (new.n, new.body_text); END;
CREATE TRIGGER message_search_removed AFTER DELETE ON messages WHEN old.body_text IS NOT NULL BEGIN
  INSERT INTO message_search (message_search, rowid, body_text) VALUES ('delete', old.n, old.body_text); END;
CREATE TRIGGER message_search_changed AFTER UPDATE OF body_text ON messages
WHEN old.body_text IS NOT new.body_text BEGIN
  INSERT INTO message_search (message_search, rowid, body_text) VALUES ('delete', old.n, coalesce(old.body_text, '')); \
  INSERT INTO message_search (rowid, body_text) VALUES (new.n, coalesce(new.body_text, '')); END;
"""

# Nothing reads it; a workspace that has it keeps it.
_SEATS = "ALTER TABLE workspace ADD COLUMN seats INTEGER CHECK (seats > 0);\n"

# What mail tells of a message, and what was noted about people and companies.
_MAIL_AND_NOTES = """
ALTER TABLE messages ADD COLUMN mail_to TEXT NOT NULL DEFAULT '[]';
ALTER TABLE messages ADD COLUMN mail_cc TEXT NOT NULL DEFAULT '[]';
ALTER TABLE messages ADD COLUMN email_message_id TEXT;
ALTER TABLE messages ADD COLUMN quoted_html TEXT;
ALTER TABLE messages ADD COLUMN quoted_text TEXT;
CREATE INDEX messages_by_email ON messages (email_message_id) WHERE email_message_id IS NOT NULL;
ALTER TABLE companies ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE customers ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
"""

# What makes a workspace large.
BULK = frozenset({"messages", "attachments"})


@MIGRATIONS()
def first_tables(db: Database) -> None:
    for statement in _statements(_TABLES + _SEARCH):
        db.execute(statement)


@MIGRATIONS()
def identity_and_tokens(db: Database) -> None:
    for statement in _statements(_SERVED):
        db.execute(statement)


@MIGRATIONS()
def inbox(db: Database) -> None:
    for statement in _statements(_INBOX):
        db.execute(statement)


@MIGRATIONS()
def message_words(db: Database) -> None:
    for statement in _statements(_MESSAGE_WORDS):
        db.execute(statement)


@MIGRATIONS()
def seats(db: Database) -> None:
    for statement in _statements(_SEATS):
        db.execute(statement)


@MIGRATIONS()
def mail_and_notes(db: Database) -> None:
    for statement in _statements(_MAIL_AND_NOTES):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    # Not executescript: that commits the transaction which a migration runs in.
    return [statement for part in script.split(";\n") if (statement := part.strip())]
