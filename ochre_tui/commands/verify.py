"""`verify`: the proof that nothing is missing, and what mends it where something is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click

from ochre_tui.commands.credentials import (
    ANYWHERE,
    PassphraseSource,
    TokenSource,
    take_ochre_token,
    take_token,
    takes_passphrase,
    takes_token,
    unlock,
)
from ochre_tui.commands.frame import as_json, in_migration, print_json, show_table
from ochre_tui.core.errors import ExitCode, UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import counted
from ochre_tui.migration.importer.thread import suit_threads
from ochre_tui.migration.session import Session
from ochre_tui.migration.verify.run import Verified, mend
from ochre_tui.migration.verify.run import verify as compare

_SHOWN = 20
_LINE_EVERY_S = 5.0
_PAINT_EVERY_S = 0.2


@click.command()
@in_migration
@takes_token
@takes_passphrase
@click.option("--live", type=click.IntRange(min=1), metavar="N", help="Also read N conversations from Intercom anew.")
@click.option("--mend", "to_mend", is_flag=True, help="First write what differs again, from the archive.")
@as_json
def verify(
    session: Session,
    *,
    source: TokenSource,
    passphrase: PassphraseSource,
    live: int | None,
    to_mend: bool,
    to_json: bool,
) -> None:
    """Compare what was read from Intercom with what is in Ochre, record by record.

    Interrupted, it goes on where it was, unless something was written in between. The token options are for --live.
    """
    if live is None and source != ANYWHERE:
        raise UsageError("Only --live needs a token.", advice="Add --live N, or leave the token out.")
    unlock(session, passphrase)
    take_ochre_token(session)
    suit_threads()
    if live is not None:
        take_token(session, source)
    mended = _mended(session) if to_mend else None
    with _progress("Comparing") as on_progress:
        result = compare(session, on_progress=on_progress, live=live)
    if to_json:
        print_json(_document(result) if mended is None else {**_document(result), "mended": mended})
    else:
        _show(result, mended)
    if not result.ok:
        raise click.exceptions.Exit(ExitCode.DIFFERENCES)


def _document(result: Verified) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "checks": [asdict(check) for check in result.checks],
        "incomplete": [asdict(one) for one in result.incomplete],
    }


def _mended(session: Session) -> int:
    with _progress("Mending") as on_progress:
        return mend(session, on_progress)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[str, int], None]]:
    """Tells how far it is: one line that is painted over on a terminal, else a line every few seconds."""
    live = sys.stderr.isatty()
    last = time.monotonic()

    def told(check: str, done: int) -> None:
        nonlocal last
        if time.monotonic() - last < (_PAINT_EVERY_S if live else _LINE_EVERY_S):
            return
        last = time.monotonic()
        line = f"{what} {check}: {done:,}"
        click.echo(f"\r{line}\x1b[K" if live else line, nl=not live, err=True)

    try:
        yield told
    finally:
        if live:
            click.echo("\r\x1b[K", nl=False, err=True)


def _show(result: Verified, mended: int | None) -> None:
    if mended is not None:
        click.echo(f"{counted(mended, 'record')} written again.")
    rows = [(check.name, check.expected, check.actual, "ok" if check.ok else "DIFFERS") for check in result.checks]
    show_table(("Check", "Expected", "Found", ""), rows)
    found = [difference for check in result.checks for difference in check.differences]
    for one in found[:_SHOWN]:
        what = f"{one.kind} {one.id}" + (f", {one.field}" if one.field else "")
        click.echo(
            f"{clean_line(what)}: expected {clean_line(str(one.expected), 60)}, "
            f"found {clean_line(str(one.actual), 60)}." + (f" `{one.command}` mends it." if one.command else "")
        )
    if len(found) > _SHOWN:
        click.echo(f"… and {len(found) - _SHOWN:,} more; --json names them.")
    for part in result.incomplete[:_SHOWN]:
        click.echo(
            f"Conversation {clean_line(part.conversation)} is incomplete: {part.got} of {part.expected_parts} "
            f"parts. {part.reason}."
        )
    if len(result.incomplete) > _SHOWN:
        click.echo(f"… and {len(result.incomplete) - _SHOWN:,} more incomplete ones; --json names them.")
    click.echo("Everything is there." if result.ok else "There are differences.")
