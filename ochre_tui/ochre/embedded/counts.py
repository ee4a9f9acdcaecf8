"""How much is in a workspace, for comparing it with its source."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace

_KINDS = {
    "users": "SELECT count(*) FROM users",
    "custom_fields": "SELECT count(*) FROM custom_fields",
    "tags": "SELECT count(*) FROM tags",
    "saved_replies": "SELECT count(*) FROM saved_replies",
    "companies": "SELECT count(*) FROM companies",
    "customers": "SELECT count(*) FROM customers",
    "conversations": "SELECT count(*) FROM conversations",
    "messages": "SELECT count(*) FROM messages",
    "attachments": "SELECT count(*) FROM attachments",
    "aliases": "SELECT count(*) FROM aliases",
}
# Every time zone's distance from UTC is a multiple of this, so such a span never crosses a month's end.
_SPAN_S = 900


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals by kind; conversations by status, by channel, and by month of creation (`YYYY-MM`, or `none`)."""

    kinds: dict[str, int]
    by_state: dict[str, int]
    by_channel: dict[str, int]
    by_month: dict[str, int]


def counts(workspace: EmbeddedWorkspace, zone: tzinfo) -> Counts:
    """What is there now; months begin at midnight in `zone`."""
    with workspace.snapshot() as conn:
        return Counts(
            kinds={kind: conn.execute(query).fetchone()[0] for kind, query in _KINDS.items()},
            by_state=dict(conn.execute("SELECT status, count(*) FROM conversations GROUP BY 1 ORDER BY 1").fetchall()),
            by_channel=dict(
                conn.execute("SELECT channel, count(*) FROM conversations GROUP BY 1 ORDER BY 1").fetchall()
            ),
            by_month=_by_month(conn, zone),
        )


def _by_month(conn: sqlite3.Connection, zone: tzinfo) -> dict[str, int]:
    found: Counter[str] = Counter()
    for span, number in conn.execute("SELECT created_at / ?, count(*) FROM conversations GROUP BY 1", (_SPAN_S,)):
        month = "none" if span is None else datetime.fromtimestamp(span * _SPAN_S, zone).strftime("%Y-%m")
        found[month] += number
    return dict(sorted(found.items()))
