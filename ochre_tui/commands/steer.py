"""`pause`, `resume`, `stop`, `throttle`: steer an import from any shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from ochre_tui.commands.frame import Where, in_migration
from ochre_tui.migration.control import ask, obeyed
from ochre_tui.migration.status import read
from ochre_tui.migration.wording import status_head
from ochre_tui.store import lease
from ochre_tui.store.control import Action
from ochre_tui.store.store import Store

_PATIENCE_S = 10.0
_LOOK_S = 0.1


def _reason(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command `--reason`."""
    return click.option("--reason", help="Why; shown wherever the run is looked at.")(command)


@click.command()
@in_migration
@_reason
def pause(where: Where, *, reason: str | None) -> None:
    """Finish what is in hand and begin nothing more until `resume`."""
    _steer(where, "pause", reason=reason)


@click.command()
@in_migration
@_reason
def resume(where: Where, *, reason: str | None) -> None:
    """Go on after `pause`."""
    _steer(where, "resume", reason=reason)


@click.command()
@in_migration
@_reason
def stop(where: Where, *, reason: str | None) -> None:
    """Finish what is in hand and end; a second time: end at once. `run` goes on from there."""
    _steer(where, "stop", reason=reason)


@click.command()
@in_migration
@click.argument("percent", type=click.IntRange(1, 100))
@_reason
def throttle(where: Where, *, percent: int, reason: str | None) -> None:
    """Use at most PERCENT of Intercom's limit from now on, in later runs too; 100 ends it."""
    _steer(where, "throttle", percent, reason)


def _steer(where: Where, action: Action, value: int | None = None, reason: str | None = None) -> None:
    """Ask, wait until it is obeyed, and say how the run stands then."""
    paths = where.existing()
    with Store(paths.state_db) as store:
        command = ask(store, paths, action, value, reason, now=time.time())
        if lease.holder(paths.lock) is None and action == "throttle":
            click.echo(f"At most {value} % of Intercom's limit from the next run on.")
            return
        end = time.monotonic() + _PATIENCE_S
        while not (done := obeyed(store, paths, action, command)) and time.monotonic() < end:
            time.sleep(_LOOK_S)
        for line in status_head(read(store, paths)):
            click.echo(line)
        if not done:
            click.echo("It is asked for, the importer is still busy; `ochre-tui status` shows when it is done.")
