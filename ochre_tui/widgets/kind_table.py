"""A line for each kind of record: found, done, skipped, quarantined, rate; and the attachments."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from ochre_tui.core.wording import size
from ochre_tui.migration.status import Status
from ochre_tui.migration.wording import KIND_WORDS
from ochre_tui.widgets.view_lines import RunViewModel, ViewLines

_NAME: Final = 15
_NUMBER: Final = 9
_COLUMNS: Final = (("found", _NUMBER), ("done", _NUMBER), ("skipped", _NUMBER), ("quarantined", 13), ("rate", 11))


class KindTable(ViewLines):
    """The rows never change place; a quarantine of zero is dim, any other loud."""

    def lines(self, view: RunViewModel) -> list[Content]:
        head = " " * _NAME + "".join(f"{word:>{width}}" for word, width in _COLUMNS)
        rows = [self._row(kind, view) for kind in KIND_WORDS]
        return [Content.styled(head, "$foreground-muted"), *rows, self._files(view.board.status)]

    def _row(self, kind: str, view: RunViewModel) -> Content:
        now = view.board.status
        counts = now.counts[kind]
        done = counts["created"] + counts["changed"] + counts["unchanged"]
        known = max(counts["found"], now.listed.get(kind, 0))
        rate = view.rates.get(kind)
        met = bool(known)
        return Content.assemble(
            f"{KIND_WORDS[kind]:{_NAME}}",
            f"{_count(known, known=met):>{_NUMBER}}",
            (f"{_count(done, known=met):>{_NUMBER}}", "bold"),
            (f"{_count(counts['skipped'], known=met):>{_NUMBER}}", "$foreground-muted"),
            (f"{_count(counts['quarantined'], known=met):>13}", _loud(counts["quarantined"])),
            (f"{f'{rate:,.1f}/s' if rate else '-':>11}", "" if rate else "$foreground-muted"),
        )

    def _files(self, now: Status) -> Content:
        files = now.attachments
        met = files.found > 0
        missing = f"  {files.missing:,} missing" if met else ""
        return Content.assemble(
            f"{'Attachments':{_NAME}}",
            f"{_count(files.found, known=met):>{_NUMBER}}",
            (f"{_count(files.stored, known=met):>{_NUMBER}}", "bold"),
            (f"{_count(files.skipped, known=met):>{_NUMBER}}", "$foreground-muted"),
            (missing, _loud(files.missing)),
            (f", {size(files.bytes)}" if met else "", "$foreground-muted"),
        )


def _count(number: int, *, known: bool) -> str:
    return f"{number:,}" if known else "-"


def _loud(number: int) -> str:
    return "$text-warning bold" if number else "$foreground-muted"
