"""How an import goes, in words: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ochre_tui.commands.frame import show_table
from ochre_tui.core.wording import second, size
from ochre_tui.migration.status import Status
from ochre_tui.migration.wording import KIND_WORDS, facts, status_lines
from ochre_tui.store import deleted, runs, sync_passes
from ochre_tui.store.deleted import Deleted
from ochre_tui.store.store import Store

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


_ONE = {"conversations": "conversation", "contacts": "contact"}


class SourceChanges:
    """What the passes find that are completed from now on."""

    def __init__(self, store: Store) -> None:
        self._conn = store.conn
        latest = runs.latest(store.conn)
        done = None if latest is None else sync_passes.of(store.conn, latest.id)
        going_on = done is None or done.brought is None
        self._before = 0 if latest is None else latest.id - going_on
        self._told = self._before

    def passes(self) -> Iterator[dict[str, Any]]:
        """The passes that were completed since the last call, as events tell them."""
        for done in sync_passes.completed_after(self._conn, self._told):
            self._told = done.run
            listed = "all" if done.since is None else "updated"
            yield {"run": done.run, "listed": listed, "brought": done.brought, "quiet": done.quiet}

    def deleted(self) -> list[Deleted]:
        """What these passes found deleted."""
        return deleted.all_deleted(self._conn, since_run=self._before + 1)

    def pass_lines(self) -> Iterator[str]:
        """What each of these passes brought, where there were several: the counts are those of the last."""
        done = sync_passes.completed_after(self._conn, self._before)
        if len(done) > 1:
            for number, one in enumerate(done, 1):
                yield f"Pass {number}: {one.brought:,} records were new, changed or deleted."

    def sentence(self) -> str:
        """How Intercom stands compared with Ochre, now that the import has come to its end."""
        done = sync_passes.completed_after(self._conn, self._before)
        quiet = sync_passes.quiet_since(self._conn)
        if quiet is not None:
            return f"Nothing new was left in Intercom as of {second(quiet)} UTC: the moment to cut over."
        if done and done[-1].taken_up:
            return (
                f"This import was interrupted: some of its lists are from {second(done[-1].begun_at)} UTC."
                " `ochre-tui catch-up` brings what changed in Intercom meanwhile."
            )
        return "Intercom goes on: `ochre-tui catch-up` brings what changed there meanwhile."


def deleted_line(gone: Deleted) -> str:
    """That a record was deleted in Intercom, in a line."""
    what = "taken out of Ochre" if gone.removed else "kept in Ochre"
    return f"Deleted in Intercom, {what}: {_ONE[gone.kind]} {gone.id}"
