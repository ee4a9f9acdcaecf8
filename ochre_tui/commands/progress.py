"""How an import goes, in words: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ochre_tui.commands.tables import show_table
from ochre_tui.migration.status import Status
from ochre_tui.text import clean_line

_LINE_EVERY_S = 5.0
_STATE_WORDS = {
    "new": "New",
    "queued": "Queued",
    "importing": "Importing",
    "paused": "Paused",
    "failed": "Failed",
    "completed": "Completed",
}
_PHASE_WORDS = {
    "setup": "reading the team, tags and attributes",
    "listing": "listing what there is",
    "people": "companies and customers",
    "conversations": "conversations",
    "closing": "closing",
}
_KIND_WORDS = {
    "conversations": "Conversations",
    "customers": "Customers",
    "companies": "Companies",
    "tags": "Tags",
    "saved_replies": "Saved replies",
    "custom_fields": "Custom fields",
    "users": "Users",
}


class View(Protocol):
    """Where a status is shown while an import goes on."""

    def show(self, status: Status) -> None: ...

    def close(self) -> None: ...


def view() -> View:
    """The live view on a terminal, else plain lines."""
    console = Console(stderr=True, highlight=False)
    return _Live(console) if console.is_terminal and not console.is_dumb_terminal else _Lines(console, time.monotonic)


class _Live:
    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=True, redirect_stdout=False)
        self._live.start()

    def show(self, status: Status) -> None:
        self._live.update(
            Group(*(Text(line) for line in [*status_lines(status), "", "Ctrl-C stops after the records in hand."]))
        )

    def close(self) -> None:
        self._live.stop()


@dataclass(slots=True)
class _Lines:
    console: Console
    clock: Callable[[], float]
    last: float = float("-inf")
    phase: str | None = None

    def show(self, status: Status) -> None:
        if status.phase == self.phase and self.clock() - self.last < _LINE_EVERY_S:
            return
        self.last, self.phase = self.clock(), status.phase
        self.console.print(Text(" · ".join(_facts(status))), soft_wrap=True)

    def close(self) -> None:
        return


def status_lines(status: Status) -> Iterator[str]:
    """The status as lines of text of at most 80 columns, made for a terminal."""
    yield " · ".join(_facts(status))
    if status.reason:
        yield clean_line(status.reason)
    yield f"{'':14} {'found':>9} {'created':>9} {'changed':>9} {'same':>9} {'skipped':>9} {'quarant.':>9}"
    for kind, counts in status.counts.items():
        numbers = (counts[key] for key in ("found", "created", "changed", "unchanged", "skipped", "quarantined"))
        yield f"{_KIND_WORDS[kind]:14} " + " ".join(f"{number:>9,}" for number in numbers)
    files = status.attachments
    yield (
        f"Attachments    {files.found:>9,} · {files.stored:,} stored ({size(files.bytes)}), {files.missing:,} missing, "
        f"{files.skipped:,} left out"
    )


def summary(status: Status) -> None:
    """The table of a run that has ended."""
    columns = ("", "found", "created", "changed", "unchanged", "skipped", "quarantined")
    rows = [(_KIND_WORDS[kind], *(counts[key] for key in columns[1:])) for kind, counts in status.counts.items()]
    show_table(columns, rows)
    files, contacts = status.attachments, status.contacts
    click.echo(
        f"Attachments: {files.found:,} found, {files.stored:,} stored ({size(files.bytes)}), "
        f"{files.missing:,} missing, {files.skipped:,} left out."
    )
    click.echo(
        f"Contacts: {contacts.read:,} read, {contacts.merged:,} merged into others, "
        f"{contacts.placeholders:,} placeholders."
    )


def size(count: int) -> str:
    """Bytes in the unit that suits a person."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def duration(seconds: int) -> str:
    """Seconds in words, in the two largest units."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds // 3600
    return f"{minutes} min" if hours == 0 else f"{hours} h {minutes % 60} min"


def _facts(status: Status) -> Iterator[str]:
    yield _STATE_WORDS[status.state]
    if status.state != "importing":
        return
    if status.phase:
        yield _PHASE_WORDS.get(status.phase, status.phase)
    if status.phase == "listing":
        yield ", ".join(f"{number:,} {what}" for what, number in status.listed.items()) or "nothing yet"
    elif total := status.listed.get("conversations"):
        yield f"{status.counts['conversations']['found']:,} of {total:,} conversations"
    rate = status.rate
    if rate.records_per_s:
        yield f"{rate.records_per_s:.0f} records/s"
    if rate.window_limit:
        yield f"API {rate.window_used or 0:,}/{rate.window_limit:,} in {rate.window_s} s"
    eta = status.eta_s
    if eta.likely is not None and eta.low is not None and eta.high is not None:
        yield f"{duration(eta.likely)} left ({duration(eta.low)} to {duration(eta.high)})"
