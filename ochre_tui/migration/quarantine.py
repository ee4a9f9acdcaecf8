"""What is known of a record in quarantine, and trying again."""

from __future__ import annotations

import orjson

from ochre_tui.errors import RecordError
from ochre_tui.intercom.hosts import APP_HOSTS
from ochre_tui.state import work
from ochre_tui.state.archive import Archive
from ochre_tui.state.outcomes import Kind, Quarantined
from ochre_tui.state.store import Store

_ARCHIVED: dict[Kind, str] = {"conversations": "conversation", "customers": "contact", "companies": "company"}
_LONGEST = 20_000


def record_text(store: Store, record: Quarantined) -> str | None:
    """The record's raw JSON, indented and up to 20,000 characters of it; None where it was never read."""
    kind = _ARCHIVED.get(record.kind)
    if kind is None:
        return None
    try:
        raw = Archive().read(store.conn, kind, record.id)
        return None if raw is None else orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()[:_LONGEST]
    except (RecordError, ValueError):
        return None


def address(record: Quarantined, id_code: str, region: str | None) -> str | None:
    """Where a conversation can be looked at in Intercom; None for other kinds."""
    if record.kind != "conversations":
        return None
    host = f"app.{region.lower()}.intercom.com" if region and region.lower() in {"eu", "au"} else "app.intercom.com"
    assert host in APP_HOSTS
    return f"https://{host}/a/inbox/{id_code}/inbox/conversation/{record.id}"


def let_try_again(store: Store) -> int:
    """Let the next import try the quarantined conversations again, also where it takes up a run that has tried them."""
    with store.transaction() as conn:
        return work.try_again(conn)
