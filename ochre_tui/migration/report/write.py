"""Writing a report: for its owner's eyes, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ochre_tui.core.errors import UsageError
from ochre_tui.core.files import needing_room, replacing
from ochre_tui.migration.report.gather import gather
from ochre_tui.migration.report.html import as_html
from ochre_tui.migration.report.model import Report
from ochre_tui.migration.report.tables import as_csv, as_json, as_markdown
from ochre_tui.migration.session import Session

REPORT = "report.html"
"""The file that the app writes, in the migration's folder of reports."""
FORMATS: dict[str, Callable[[Report], str]] = {
    "html": as_html,
    "md": as_markdown,
    "json": as_json,
    "csv": as_csv,
}


def write_report(session: Session, out: Path, form: str | None = None) -> None:
    """Write the report to `out` (0600), which appears, or is replaced, only when it is complete.

    `form` is one of FORMATS; without it the file's name decides, else it is HTML.
    """
    named = out.suffix.lower().lstrip(".")
    with session.store() as store:
        report = gather(session, store)
    text = FORMATS[form or (named if named in FORMATS else "html")](report)
    try:
        with needing_room(out.parent), replacing(out) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(
            f"{out} can't be written: {error.strerror}.", advice="Name a file in a folder of yours."
        ) from error
