"""How an import goes, in words: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ochre_tui.commands.tables import show_table
from ochre_tui.migration.status import Status
from ochre_tui.migration.wording import KIND_WORDS, facts, size, status_lines

_LINE_EVERY_S = 5.0


class View(Protocol):
    """Where a status is shown while an import goes on."""

    def show(self, status: Status) -> None: ...

    def close(self) -> None: ...


def view() -> View:
    """The live view on a terminal, else plain lines."""
    console = Console(stderr=True, highlight=False)
    return _Live(console) if console.is_terminal and not console.is_dumb_terminal else lines()


def lines() -> View:
    """A line now and then, for a log."""
    return _Lines(Console(stderr=True, highlight=False), time.monotonic)


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
        self.console.print(Text(" · ".join(facts(status))), soft_wrap=True)

    def close(self) -> None:
        return


def summary(status: Status) -> None:
    """The table of a run that has ended."""
    columns = ("", "found", "created", "changed", "unchanged", "skipped", "quarantined")
    rows = [(KIND_WORDS[kind], *(counts[key] for key in columns[1:])) for kind, counts in status.counts.items()]
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
