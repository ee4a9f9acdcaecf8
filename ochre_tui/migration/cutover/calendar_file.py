"""The dates of the wind-down as a calendar file (RFC 5545), for any calendar to import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.migration import connection
from ochre_tui.migration.cutover.checklist import CANCEL_DAYS, DAY_S, READ_ONLY_DAYS, cut_over_at
from ochre_tui.ochre.embedded.export import whole_file
from ochre_tui.store.store import Store

_LONGEST = 75  # bytes of a line, without its end


def write_calendar(store: Store, out: Path, now: int) -> None:
    """Write the file; UsageError before the cut-over is declared, as the days are counted from it."""
    begun = cut_over_at(store)
    if begun is None:
        raise UsageError(
            "The cut-over is not declared yet, and the days are counted from it.",
            advice='Declare it in the app, or run `ochre-tui cutover done "cut over"`.',
        )
    workspace = connection.pinned(store)
    with whole_file(out) as file:
        file.write(calendar(clean_line(workspace.name, 80), workspace.id_code, begun, now).encode("utf-8"))


def calendar(name: str, id_code: str, cut_over: int, now: int) -> str:
    """Two whole days: when Intercom has been read-only for long enough, and when most teams cancel it. Written again,
    they replace themselves."""
    events = (
        ("read-only", READ_ONLY_DAYS, f"Intercom ({name}) was read-only for {READ_ONLY_DAYS} days", _READ_ONLY),
        ("cancel", CANCEL_DAYS, f"Cancel Intercom ({name}): {CANCEL_DAYS} days since the cut-over", _CANCEL),
    )
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ochre-tui//wind down//EN"]
    for key, days, summary, text in events:
        day = datetime.fromtimestamp(cut_over + days * DAY_S).astimezone().date()
        lines += [
            "BEGIN:VEVENT",
            f"UID:{key}-{_escaped(id_code)}@ochre-tui",
            f"DTSTAMP:{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(summary)}",
            f"DESCRIPTION:{_escaped(text)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


_READ_ONLY = (
    "Late answers may have arrived in Intercom: run `ochre-tui catch-up` once more, then `ochre-tui winddown check`."
)
_CANCEL = (
    "Most teams cancel Intercom now. Before: ochre-tui catch-up, verify, export. After: revoke the access token,"
    " ochre-tui wipe.\nWhat is in Ochre is stored there and does not depend on Intercom."
)


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 bytes, no character cut; the later ones begin with a space."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _LONGEST:
            yield part
            part = " "
        part += character
    yield part
