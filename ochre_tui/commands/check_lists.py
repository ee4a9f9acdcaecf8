"""`cutover` and `winddown`: the check-lists of what is done by hand, and what of it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime

import click

from ochre_tui.commands.frame import Where, as_json, in_migration, print_json
from ochre_tui.commands.tables import show_table
from ochre_tui.errors import UsageError
from ochre_tui.home import Place
from ochre_tui.migration import audit, connection
from ochre_tui.migration.cut_over import CUT_OVER_DONE, Item, Line, cut_over_items, lines, tick, wind_down_items
from ochre_tui.state.store import Store
from ochre_tui.text import clean_line

_Items = Callable[[Store, Place], tuple[Item, ...]]


@click.group()
def cutover() -> None:
    """What makes customers reach Ochre: the chat widget and the mail, switched over by hand."""


@click.group()
def winddown() -> None:
    """Intercom's last weeks: the dates, the tokens, what is left on this machine."""


def _cut_over(store: Store, place: Place) -> tuple[Item, ...]:
    with closing(connection.open_target(place)) as workspace:
        return cut_over_items(connection.pinned(store).id_code, workspace.slug)


def _wind_down(_: Store, place: Place) -> tuple[Item, ...]:
    return wind_down_items(place.name)


def _add_commands(group: click.Group, items_of: _Items, milestones: Sequence[str]) -> None:
    """`list` and `done` for a check-list; `milestones` can be marked as done besides its items."""

    @group.command(name="list")
    @in_migration
    @as_json
    def list_(where: Where, *, to_json: bool) -> None:
        """What is to be done, where, what to copy there, and what is done."""
        with Store(where.existing().state_db) as store:
            found = lines(store, items_of(store, where.existing()))
        if to_json:
            print_json([{**asdict(one.item), "done_at": one.done_at, "due_at": one.due_at} for one in found])
        else:
            _show(found)

    @group.command()
    @click.argument("item")
    @click.option("--not", "undone", is_flag=True, help="It is not done after all.")
    @in_migration
    def done(where: Where, *, item: str, undone: bool) -> None:
        """Mark an item of the list as done."""
        with Store(where.existing().state_db) as store:
            known = [*(one.id for one in items_of(store, where.existing())), *milestones]
            if item not in known:
                raise UsageError(
                    f"There is no item “{clean_line(item, 40)}”.", advice=f"These are there: {', '.join(known)}."
                )
            tick(store, item, None if undone else int(time.time()))
        audit.note(where.existing(), "untick" if undone else "tick", item=item)
        click.echo(f"{item} is {'not ' if undone else ''}done.")


_add_commands(cutover, _cut_over, [CUT_OVER_DONE])
_add_commands(winddown, _wind_down, [])


def _show(found: Sequence[Line]) -> None:
    rows = [(one.item.id, _state(one), one.item.title) for one in found]
    show_table(("Item", "Done", "What"), rows)
    for one in found:
        if one.done_at is None:
            click.echo(f"\n{one.item.id}: {clean_line(one.item.where)}\n  {clean_line(one.item.why)}")
            if one.item.paste:
                click.echo(f"  {clean_line(one.item.paste)}")


def _state(line: Line) -> str:
    if line.done_at is not None:
        return _day(line.done_at)
    return f"from {_day(line.due_at)}" if line.due_at is not None else "-"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")
