"""What is known of a record in quarantine, and trying again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import orjson

from ochre_tui.core.errors import RecordError, UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.importer.thread import ImportThread, prepare_import
from ochre_tui.migration.session import Session
from ochre_tui.store import companies, outcomes, runs, worklist
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Kind, Quarantined
from ochre_tui.store.store import Store

_RETRYING = "Quarantined records are to be tried again."
_ARCHIVED: dict[Kind, str] = {"conversations": "conversation", "customers": "contact", "companies": "company"}
_LONGEST = 20_000


def record_text(store: Store, record: Quarantined) -> str | None:
    """The record's raw JSON, indented and up to 20,000 characters of it; None where it was never read."""
    kind = _ARCHIVED.get(record.kind)
    if kind is None:
        return None
    try:
        raw = Archive(store.seal).read(store.conn, kind, record.id)
        return None if raw is None else orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()[:_LONGEST]
    except (RecordError, ValueError):
        return None


def address(record: Quarantined, workspace: Workspace) -> str | None:
    """Where a conversation can be looked at in Intercom; None for other kinds."""
    return connection.inbox_address(workspace, record.id) if record.kind == "conversations" else None


def listed(session: Session) -> list[Quarantined]:
    """The records that the latest run left in quarantine."""
    with session.store() as store:
        run = runs.latest(store.conn)
        return [] if run is None else outcomes.quarantined(store.conn, run.id)


def chosen(session: Session, names: Sequence[str]) -> list[Quarantined]:
    """The quarantined records of these names, each KIND:ID, or all where there is no name; UsageError where one is not
    among them."""
    there = {f"{record.kind}:{record.id}": record for record in listed(session)}
    unknown = [name for name in names if name not in there]
    if unknown:
        raise UsageError(
            f"{', '.join(clean_line(name, 80) for name in unknown)}: nothing of that name is in quarantine.",
            advice="Name records as KIND:ID, as `ochre-tui retry --list` shows them.",
        )
    return list(there.values()) if not names else [there[name] for name in dict.fromkeys(names)]


def prepare_retry(session: Session, records: Sequence[Quarantined] | None = None) -> ImportThread:
    """An import that resumes the latest run, complete or not, and tries these records in it, or all in quarantine.

    It reads nothing else of a run that was complete; of records other than conversations and companies it tries all,
    as that needs no request.
    """
    thread = prepare_import(session)
    ids: dict[Kind, list[str]] = defaultdict(list)
    for record in listed(session) if records is None else records:
        ids[record.kind].append(record.id)
    with session.store() as store, store.transaction() as conn:
        runs.reopen(conn, _RETRYING)
        worklist.try_again(conn, ids["conversations"])
        companies.looked_up(conn, 0, ids["companies"])
    return thread
