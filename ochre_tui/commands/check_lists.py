"""`side-effects`, `cutover` and `winddown`: the check-lists of what is done by hand, and what of it is done."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ochre_tui.commands.credentials import ANYWHERE, TokenSource, open_target, take_token, takes_token
from ochre_tui.commands.frame import F, as_json, in_migration, print_json, show_table
from ochre_tui.core.errors import UsageError
from ochre_tui.core.text import clean_line
from ochre_tui.core.wording import date
from ochre_tui.migration import connection
from ochre_tui.migration.cutover.calendar_file import write_calendar
from ochre_tui.migration.cutover.checklist import (
    CUT_OVER_DONE,
    SIDE_EFFECTS,
    Item,
    Line,
    cut_over_items,
    lines,
    tick,
    untick,
    wind_down_items,
)
from ochre_tui.migration.cutover.entering import enter
from ochre_tui.migration.cutover.finding import State
from ochre_tui.migration.cutover.lookups import check_cut_over, check_wind_down
from ochre_tui.migration.cutover.settings import entered
from ochre_tui.migration.session import Session
from ochre_tui.store.store import Store

_OPTIONS: dict[str, tuple[str, str]] = {
    "site": ("URL", "A page of your site that has the chat widget."),
    "domain": ("DOMAIN", "The domain of your support address."),
    "inbox": ("DOMAIN", "The name that has its MX record, if another (inbox.acme.com)."),
    "mx_host": ("HOST", "The MX host that Ochre shows under Settings, Domains."),
    "spf_include": ("DOMAIN", "The SPF include that it shows there."),
    "dkim_selector": ("NAME", "The DKIM selector that it shows there."),
    "dkim_record": ("TEXT", "The DKIM record that it shows there: a key, or the name to lead to."),
    "name_server": ("ADDRESS", "Ask this name server instead of the system's (9.9.9.9, 127.0.0.1:5353)."),
}


def takes_values(command: F) -> F:
    """Give the command an option for each value, as `given`: those that were given."""

    @functools.wraps(command)
    def wrapped(*words: Any, **arguments: Any) -> Any:
        options = {name: arguments.pop(name) for name in _OPTIONS}
        return command(*words, given={name: text for name, text in options.items() if text is not None}, **arguments)

    for name, (kind, about) in reversed(_OPTIONS.items()):
        wrapped = click.option(f"--{name.replace('_', '-')}", name, metavar=kind, help=about)(wrapped)
    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature


_COLOURS: Mapping[State, str] = {"done": "green", "not yet": "yellow", "can't tell": "blue"}
_LONGEST_PASTE = 2_500  # a DKIM record, whole
_Items = Callable[[Session, Store], tuple[Item, ...]]


@click.group("side-effects")
def side_effects() -> None:
    """What Ochre does by itself, to be switched off there before the import."""


@click.group()
def cutover() -> None:
    """What makes customers reach Ochre: the chat widget and the mail, switched over by hand."""


@click.group()
def winddown() -> None:
    """Intercom's last weeks: the dates, the tokens, what is left on this machine."""


def _side_effects(_: Session, __: Store) -> tuple[Item, ...]:
    return SIDE_EFFECTS


def _cut_over(session: Session, store: Store) -> tuple[Item, ...]:
    with open_target(session) as workspace:
        return cut_over_items(connection.pinned(store).id_code, workspace.slug, entered(store))


def _wind_down(session: Session, _: Store) -> tuple[Item, ...]:
    return wind_down_items(session.paths.name)


def _add_commands(group: click.Group, items_of: _Items, milestones: Sequence[str]) -> None:
    """`list` and `done` for a check-list; `milestones` can be marked as done besides its items."""

    @group.command(name="list")
    @in_migration
    @as_json
    def list_(session: Session, *, to_json: bool) -> None:
        """What is to be done, where, what to copy there, and what is done."""
        with session.store() as store:
            found = lines(store, items_of(session, store))
        if to_json:
            print_json([_fields(one) for one in found])
        else:
            _show(found)

    @group.command()
    @click.argument("item")
    @click.option("--not", "undone", is_flag=True, help="It is not done after all.")
    @in_migration
    def done(session: Session, *, item: str, undone: bool) -> None:
        """Mark an item of the list as done."""
        with session.store() as store:
            known = [*(known.id for known in items_of(session, store)), *milestones]
        if item not in known:
            raise UsageError(
                f"There is no item “{clean_line(item, 40)}”.", advice=f"These are there: {', '.join(known)}."
            )
        if undone:
            untick(session, item)
        else:
            tick(session, item)
        click.echo(f"{item} is {'not ' if undone else ''}done.")


_add_commands(side_effects, _side_effects, [])
_add_commands(cutover, _cut_over, [CUT_OVER_DONE])
_add_commands(winddown, _wind_down, [])


@cutover.command()
@in_migration
@takes_values
@takes_token
@as_json
def check(session: Session, *, given: Mapping[str, str], source: TokenSource, to_json: bool) -> None:
    """Look up what of it is done: on your site, in the DNS, in Intercom, in the store. Nothing is changed by it.

    Values are kept for the next time; "" takes one away.
    """
    values = enter(session, given)
    _take_given_token(session, source)
    check_cut_over(session)
    with session.store() as store:
        found = lines(store, _cut_over(session, store))
    if to_json:
        print_json({"values": asdict(values), "items": [_checked(one) for one in found]})
    else:
        _show_checked(found)


@winddown.command(name="check")
@in_migration
@takes_token
@as_json
def check_winddown(session: Session, *, source: TokenSource, to_json: bool) -> None:
    """Look up what of it is done: the last pass, the dates, the token, what is left here. Nothing is changed by it."""
    _take_given_token(session, source)
    check_wind_down(session)
    with session.store() as store:
        found = lines(store, _wind_down(session, store))
    if to_json:
        print_json({"items": [_checked(one) for one in found]})
    else:
        _show_checked(found)


@winddown.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@in_migration
def calendar(session: Session, *, out: Path) -> None:
    """Write the dates of the 30 and the 60 days to a calendar file (OUT.ics)."""
    with session.store() as store:
        write_calendar(store, out, int(session.now()))
    click.echo(f"The dates are in {clean_line(str(out))}.")


def _take_given_token(session: Session, source: TokenSource) -> None:
    """Without a token that is given or known, Intercom is not asked."""
    if source != ANYWHERE:
        take_token(session, source)


def _fields(line: Line) -> dict[str, Any]:
    found = asdict(line.finding) if line.finding else None
    return {**asdict(line.item), "done_at": line.done_at, "due_at": line.due_at, "finding": found}


def _checked(line: Line) -> dict[str, Any]:
    assert line.finding is not None, "every item is checked"
    return {
        "id": line.item.id,
        "group": line.item.group,
        "title": line.item.title,
        "state": line.finding.state,
        "evidence": line.finding.evidence,
        "checked_at": line.finding.at,
        "done_at": line.done_at,
    }


def _show_checked(found: Sequence[Line]) -> None:
    """Each item, its state, and the evidence below it."""
    for line in found:
        if line.finding is None:
            continue
        state = click.style(f"{line.finding.state:10}", fg=_COLOURS[line.finding.state])
        click.echo(f"{state}  {clean_line(line.item.title)}")
        click.echo(f"{'':10}  {clean_line(line.finding.evidence, 400)}")


def _show(found: Sequence[Line]) -> None:
    rows = [(one.item.id, _state(one), one.item.title) for one in found]
    show_table(("Item", "Done", "What"), rows)
    for one in found:
        if one.done_at is None:
            click.echo(f"\n{one.item.id}: {clean_line(one.item.where)}\n  {clean_line(one.item.why)}")
            if one.item.paste:
                click.echo(f"  {clean_line(one.item.paste, _LONGEST_PASTE)}")


def _state(line: Line) -> str:
    if line.done_at is not None:
        return date(line.done_at)
    return f"from {date(line.due_at)}" if line.due_at is not None else "-"
