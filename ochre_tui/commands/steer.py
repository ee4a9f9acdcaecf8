"""`pause`, `resume`, `stop`, `throttle`: steer an import from any shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from ochre_tui.commands.frame import in_migration
from ochre_tui.migration.control import ask, obeyed
from ochre_tui.migration.session import Session
from ochre_tui.migration.status import read
from ochre_tui.migration.wording import status_head
from ochre_tui.store.control import Action
from ochre_tui.store.lease import holder

_PATIENCE_S = 10.0
_LOOK_S = 0.1


def _reason(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command `--reason`."""
    return click.option("--reason", help="Why; shown wherever the run is looked at.")(command)


@click.command()
@in_migration
@_reason
def pause(session: Session, *, reason: str | None) -> None:
    """Finish what is in hand and begin nothing more until `resume`."""
    _steer(session, "pause", reason=reason)


@click.command()
@in_migration
@_reason
def resume(session: Session, *, reason: str | None) -> None:
    """Go on after `pause`."""
    _steer(session, "resume", reason=reason)


@click.command()
@in_migration
@_reason
def stop(session: Session, *, reason: str | None) -> None:
    """Finish what is in hand and end; a second time: end at once. `run` goes on from there."""
    _steer(session, "stop", reason=reason)


@click.command()
@in_migration
@click.argument("percent", type=click.IntRange(1, 100))
@_reason
def throttle(session: Session, *, percent: int, reason: str | None) -> None:
    """Use at most PERCENT of Intercom's limit from now on, in later runs too; 100 ends it."""
    _steer(session, "throttle", percent, reason)


def _steer(session: Session, action: Action, value: int | None = None, reason: str | None = None) -> None:
    """Ask, wait until it is obeyed, and say how the run stands then."""
    command = ask(session, action, value, reason)
    if holder(session.paths.lock) is None and action == "throttle":
        click.echo(f"At most {value} % of Intercom's limit from the next run on.")
        return
    end = time.monotonic() + _PATIENCE_S
    while not (done := obeyed(session, action, command)) and time.monotonic() < end:
        time.sleep(_LOOK_S)
    with session.store() as store:
        status = read(store, session.paths)
    for line in status_head(status):
        click.echo(line)
    if not done:
        click.echo("It is asked for, the importer is still busy; `ochre-tui status` shows when it is done.")
