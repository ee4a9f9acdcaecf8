"""The tables of `state.db`.

`outcome` holds what became of each record in the latest run that met it, and two triggers keep `tally` its exact sum,
so that counts are read at once at any size and always add up. The same holds for `attachment` and `attachment_tally`.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY, state TEXT NOT NULL, reason TEXT, phase TEXT, started_at INTEGER NOT NULL,
    ended_at INTEGER, pid INTEGER NOT NULL, host TEXT NOT NULL
);
CREATE TABLE step (run INTEGER NOT NULL, name TEXT NOT NULL, done INTEGER NOT NULL, cursor TEXT,
    PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE listing_window (run INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL, per_page INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, lo, hi)) WITHOUT ROWID;
CREATE TABLE pulse (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL, value TEXT NOT NULL);

CREATE TABLE archive (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id));

CREATE TABLE conversation (
    id TEXT PRIMARY KEY, created_at INTEGER, updated_at INTEGER, state TEXT, source_type TEXT,
    listed_run INTEGER NOT NULL, version INTEGER, need INTEGER NOT NULL, in_scope INTEGER NOT NULL DEFAULT 1,
    tried_run INTEGER NOT NULL DEFAULT 0, expected_parts INTEGER, got_parts INTEGER
) WITHOUT ROWID;
CREATE INDEX conversation_todo ON conversation (coalesce(created_at, 0) DESC, id DESC) WHERE need > 0;

CREATE TABLE contact (id TEXT PRIMARY KEY, digest BLOB NOT NULL, listed_run INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE contact_key (key TEXT NOT NULL, contact_id TEXT NOT NULL, PRIMARY KEY (key, contact_id)) WITHOUT ROWID;
CREATE INDEX contact_key_contact ON contact_key (contact_id);
CREATE TABLE merged_contact (source_id TEXT PRIMARY KEY, contact_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX merged_contact_into ON merged_contact (contact_id);
CREATE TABLE person (contact_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, origin TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX person_customer ON person (customer_id);
CREATE TABLE customer (id TEXT PRIMARY KEY, need INTEGER NOT NULL, placeholder INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX customer_todo ON customer (id) WHERE need > 0;

CREATE TABLE sighting (
    kind TEXT NOT NULL, person_id TEXT NOT NULL, conversation_id TEXT NOT NULL, at INTEGER, position INTEGER NOT NULL,
    role TEXT, name TEXT, email TEXT, used TEXT
);
CREATE INDEX sighting_person ON sighting (kind, person_id);
CREATE INDEX sighting_conversation ON sighting (conversation_id);

CREATE TABLE company (id TEXT PRIMARY KEY, digest BLOB NOT NULL, listed_run INTEGER NOT NULL, need INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX company_todo ON company (id) WHERE need > 0;
CREATE TABLE company_ref (id TEXT PRIMARY KEY, looked_up_run INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE tag (id TEXT PRIMARY KEY, name TEXT NOT NULL, listed_run INTEGER) WITHOUT ROWID;
CREATE TABLE tag_record (id TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE file (path TEXT PRIMARY KEY, state TEXT NOT NULL, sha256 TEXT, size INTEGER, content_type TEXT,
    reason TEXT) WITHOUT ROWID;
CREATE TABLE attachment (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, state TEXT NOT NULL,
    size INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX attachment_conversation ON attachment (conversation_id);
CREATE TABLE attachment_tally (state TEXT PRIMARY KEY, n INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER attachment_in AFTER INSERT ON attachment BEGIN
    INSERT INTO attachment_tally VALUES (NEW.state, 1, NEW.size)
    ON CONFLICT (state) DO UPDATE SET n = n + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER attachment_out AFTER DELETE ON attachment BEGIN
    UPDATE attachment_tally SET n = n - 1, bytes = bytes - OLD.size WHERE state = OLD.state;
END;

CREATE TABLE outcome (kind TEXT NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX outcome_quarantined ON outcome (kind, id) WHERE outcome = 'quarantined';
CREATE TABLE tally (run INTEGER NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (run, kind, outcome)) WITHOUT ROWID;
CREATE TRIGGER outcome_in AFTER INSERT ON outcome BEGIN
    INSERT INTO tally VALUES (NEW.run, NEW.kind, NEW.outcome, 1)
    ON CONFLICT (run, kind, outcome) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER outcome_again AFTER UPDATE ON outcome BEGIN
    UPDATE tally SET n = n - 1 WHERE OLD.run = NEW.run AND run = OLD.run AND kind = OLD.kind AND outcome = OLD.outcome;
    INSERT INTO tally VALUES (NEW.run, NEW.kind, NEW.outcome, 1)
    ON CONFLICT (run, kind, outcome) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER outcome_out AFTER DELETE ON outcome BEGIN
    UPDATE tally SET n = n - 1 WHERE run = OLD.run AND kind = OLD.kind AND outcome = OLD.outcome;
END;

CREATE TABLE warning (run INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (kind, id, text)) WITHOUT ROWID;
CREATE TABLE merge (customer_id TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID;
"""


# What the operator is told of a run, newest last and no more than so many; what they looked at and ticked off.
# Quarantined records and missing files note themselves, dated by the importer's pulse, so that no place forgets to.
OPERATOR_TABLES = """
CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, level TEXT NOT NULL, topic TEXT NOT NULL,
    text TEXT NOT NULL, kind TEXT, record TEXT);
CREATE INDEX event_topic ON event (topic, id);
CREATE TRIGGER event_in AFTER INSERT ON event BEGIN
    DELETE FROM event WHERE id <= NEW.id - 5000;
END;
CREATE TRIGGER outcome_quarantined_in AFTER INSERT ON outcome WHEN NEW.outcome = 'quarantined' BEGIN
    INSERT INTO event (at, level, topic, text, kind, record) VALUES (
        coalesce((SELECT at FROM pulse), NEW.run), 'warning', 'quarantine', coalesce(NEW.reason, ''), NEW.kind, NEW.id);
END;
CREATE TRIGGER outcome_quarantined_again AFTER UPDATE ON outcome WHEN NEW.outcome = 'quarantined' BEGIN
    INSERT INTO event (at, level, topic, text, kind, record) VALUES (
        coalesce((SELECT at FROM pulse), NEW.run), 'warning', 'quarantine', coalesce(NEW.reason, ''), NEW.kind, NEW.id);
END;
CREATE TRIGGER file_missing_in AFTER INSERT ON file WHEN NEW.state = 'missing' BEGIN
    INSERT INTO event (at, level, topic, text, kind, record) VALUES (
        coalesce((SELECT at FROM pulse), 0), 'warning', 'file', coalesce(NEW.reason, ''), 'files', NEW.path);
END;

CREATE TABLE spot_check (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE checklist (item TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
"""

# Conversations that were imported before are converted once more, so that theirs are noted too.
STAFF_TABLE = """
CREATE TABLE staff_part (admin_id TEXT NOT NULL, conversation_id TEXT NOT NULL, messages INTEGER NOT NULL,
    assigned INTEGER NOT NULL, PRIMARY KEY (admin_id, conversation_id)) WITHOUT ROWID;
CREATE INDEX staff_part_conversation ON staff_part (conversation_id);
UPDATE conversation SET need = max(need, 1), tried_run = 0 WHERE got_parts IS NOT NULL;
"""

FORGOTTEN_TABLE = """
CREATE TABLE forgotten (kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, id))
    WITHOUT ROWID;
"""

COMMAND_TABLES = """
CREATE TABLE command (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    value INTEGER, reason TEXT, taken_at INTEGER);
CREATE INDEX command_waiting ON command (id) WHERE taken_at IS NULL;
"""

# What became of each look at the source, and what it deleted. A deleted record notes itself for the operator.
SOURCE_TABLES = """
CREATE TABLE source_pass (run INTEGER PRIMARY KEY, begun_at INTEGER NOT NULL, mark INTEGER, since INTEGER,
    counted INTEGER, taken_up INTEGER NOT NULL, brought INTEGER);
CREATE TABLE deleted (kind TEXT NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TRIGGER deleted_in AFTER INSERT ON deleted BEGIN
    INSERT INTO event (at, level, topic, text, kind, record) VALUES (
        NEW.at, 'warning', 'deleted', 'deleted in Intercom', NEW.kind, NEW.id);
END;
CREATE TRIGGER deleted_removed AFTER UPDATE OF removed ON deleted WHEN NEW.removed = 1 AND OLD.removed = 0 BEGIN
    INSERT INTO event (at, level, topic, text, kind, record) VALUES (
        coalesce((SELECT at FROM pulse), NEW.at), 'warning', 'deleted', 'taken out of Ochre', NEW.kind, NEW.id);
END;
"""

# What verification found that only Intercom can mend: (kind, id) of what the next run reads from there once more.
REREAD_TABLES = """
CREATE TABLE reread (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
"""

FINDING_TABLE = """
CREATE TABLE finding (item TEXT PRIMARY KEY, state TEXT NOT NULL, evidence TEXT NOT NULL, at INTEGER NOT NULL)
    WITHOUT ROWID;
"""

# Each step is frozen once it is released; a store notes those that it has been through.
STEPS = {
    "first_tables": TABLES,
    "operator_tables": OPERATOR_TABLES,
    "staff_table": STAFF_TABLE,
    "forgotten_table": FORGOTTEN_TABLE,
    "command_tables": COMMAND_TABLES,
    "source_tables": SOURCE_TABLES,
    "reread_tables": REREAD_TABLES,
    "finding_table": FINDING_TABLE,
}

BULK = frozenset({"archive"})
"""What makes a store large."""
