"""Verification: what Intercom had against what Ochre has, record by record, from the archive and without a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeAlias

from ochre_tui.errors import RecordError
from ochre_tui.migration.convert.ids import company_id, conversation_id
from ochre_tui.migration.importer.offline import Reconverter
from ochre_tui.ochre.aliases import conversation_by_alias, customer_by_alias
from ochre_tui.ochre.check import verify_files
from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS
from ochre_tui.ochre.records import Thread
from ochre_tui.ochre.workspace import EmbeddedWorkspace
from ochre_tui.state import census
from ochre_tui.state import files as state_files
from ochre_tui.state.store import Store

_MEND = "ochre-tui run"
_MOST_KEPT = 1000

Told: TypeAlias = Callable[[str, int], None]
"""Hears the name of a check and how many of its records are done."""

Pair: TypeAlias = tuple[str, Callable[[], Any], Callable[[], Any]]
"""A record's id in Intercom, how to make what is expected of it, and how to read what is there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that is not as it should be, by Intercom's id where it has one; `command` mends it."""

    kind: str
    id: str
    field: str
    expected: Any
    actual: Any
    command: str = _MEND


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared; of the differences at most 1,000 are kept."""

    name: str
    expected: int
    actual: int
    ok: bool
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A conversation (by Intercom's id) of which Intercom gives out only a part."""

    conversation: str
    expected_parts: int
    got: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    ok: bool
    checks: list[Check]
    incomplete: list[Incomplete]


def verify(
    store: Store, workspace: EmbeddedWorkspace, again: Reconverter, told: Told = lambda check, done: None
) -> Verification:
    """Compare everything that was imported."""
    records = [
        _same("conversations", _threads(store, workspace, again), told),
        _same("customers", _customers(store, workspace, again), told),
        _same("companies", _companies(store, workspace, again), told),
    ]
    writes = sum(check.expected - check.actual for check in records)
    checks = [
        _in_scope(store, workspace),
        *records,
        _parts(store, workspace, again),
        _attachments(store, workspace, told),
        _aliases(store, workspace, told),
        Check("second pass", 0, writes, writes == 0, []),
    ]
    incomplete = [
        Incomplete(row.id, row.expected_parts, row.got_parts, "Intercom gives out the newest 500 parts only")
        for row in census.incomplete(store.conn)
    ]
    return Verification(all(check.ok for check in checks), checks, incomplete)


def _in_scope(store: Store, workspace: EmbeddedWorkspace) -> Check:
    """Every conversation in scope is there."""
    missing = [Difference("conversation", row.id, "", "imported", row.reason) for row in census.undone(store.conn)]
    there = 0
    for id_, _ in census.conversations(store.conn):
        if conversation_by_alias(workspace, id_):
            there += 1
        else:
            missing.append(Difference("conversation", id_, "", "imported", "not in Ochre"))
    return Check("in scope", there + len(missing), there, not missing, missing[:_MOST_KEPT])


def _threads(store: Store, workspace: EmbeddedWorkspace, again: Reconverter) -> Iterator[Pair]:
    for id_, _ in census.conversations(store.conn):
        ochre_id = conversation_id(again.lookups.workspace, id_)
        yield id_, partial(again.thread, id_), partial(workspace.thread, ochre_id)


def _customers(store: Store, workspace: EmbeddedWorkspace, again: Reconverter) -> Iterator[Pair]:
    for id_ in census.customers(store.conn):
        yield id_, partial(again.customer, id_), partial(workspace.record, CUSTOMERS, id_)


def _companies(store: Store, workspace: EmbeddedWorkspace, again: Reconverter) -> Iterator[Pair]:
    for id_ in census.companies(store.conn):
        ochre_id = company_id(again.lookups.workspace, id_)
        yield id_, partial(again.company, id_), partial(workspace.record, COMPANIES, ochre_id)


def _same(name: str, pairs: Iterable[Pair], told: Told) -> Check:
    """Each record is what its archived source converts to, which also is what a second pass would write."""
    number = right = 0
    differences: list[Difference] = []
    for number, (id_, expected, actual) in enumerate(pairs, start=1):
        found = _compared(name, id_, expected, actual())
        right += not found
        differences += found[: _MOST_KEPT - len(differences)]
        told(name, number)
    return Check(name, number, right, right == number, differences)


def _compared(name: str, id_: str, expected: Callable[[], Any], actual: Any) -> list[Difference]:
    try:
        wanted = expected()
    except RecordError as error:
        return [Difference(name, id_, "", "a readable archive", error.title)]
    if wanted == actual:
        return []
    if actual is None:
        return [Difference(name, id_, "", "imported", "not in Ochre")]
    if isinstance(wanted, Thread):
        return list(_in_thread(id_, wanted, actual))
    return list(_in_record(name, id_, wanted, actual))


def _in_thread(id_: str, wanted: Thread, actual: Thread) -> Iterator[Difference]:
    yield from _in_record("conversations", id_, wanted.conversation, actual.conversation)
    for kind, expected, there in (
        ("message", wanted.messages, actual.messages),
        ("attachment", wanted.attachments, actual.attachments),
    ):
        found = {record.id: record for record in there}
        for record in expected:
            other = found.pop(record.id, None)
            if other is None:
                yield Difference(f"{kind} of {id_}", record.id, "", "imported", "not in Ochre")
            else:
                yield from _in_record(f"{kind} of {id_}", record.id, record, other)
        for extra in found:
            yield Difference(f"{kind} of {id_}", extra, "", "nothing", "a record that Intercom does not have")


def _in_record(kind: str, id_: str, wanted: Any, actual: Any) -> Iterator[Difference]:
    for field in fields(wanted):
        expected, there = getattr(wanted, field.name), getattr(actual, field.name)
        if expected != there:
            yield Difference(kind, id_, field.name, expected, there)


def _parts(store: Store, workspace: EmbeddedWorkspace, again: Reconverter) -> Check:
    """Every part that Intercom counts is a message; where Intercom withholds some, the conversation says so."""
    expected, got = census.part_sums(store.conn)
    unmarked = [
        Difference("conversation", row.id, "incomplete", True, False)
        for row in census.incomplete(store.conn)
        if not _is_marked(workspace, again, row.id)
    ]
    return Check("parts", expected, got, not unmarked, unmarked)


def _is_marked(workspace: EmbeddedWorkspace, again: Reconverter, id_: str) -> bool:
    thread = workspace.thread(conversation_id(again.lookups.workspace, id_))
    return thread is not None and thread.conversation.incomplete


def _attachments(store: Store, workspace: EmbeddedWorkspace, told: Told) -> Check:
    """Every stored file hashes to what its attachments say; those that Intercom no longer has are not counted."""
    stored = state_files.attachment_tally(store.conn).stored
    differences: list[Difference] = []
    for found in verify_files(workspace):
        differences += [
            Difference("attachment", id_, found.problem, found.expected, found.actual, "ochre-tui resync attachments")
            for id_ in found.attachment_ids
        ]
        told("attachments", len(differences))
    wrong = len({difference.id for difference in differences})
    return Check("attachments", stored, stored - wrong, wrong == 0, differences[:_MOST_KEPT])


def _aliases(store: Store, workspace: EmbeddedWorkspace, told: Told) -> Check:
    """Every old conversation id and contact id leads to its record."""
    number = right = 0
    differences: list[Difference] = []
    for number, (kind, value, there) in enumerate(_known_aliases(store, workspace), start=1):
        right += there
        if not there:
            differences.append(Difference(f"{kind} alias", value, "", "resolves", "leads nowhere"))
        told("aliases", number)
    return Check("aliases", number, right, right == number, differences[:_MOST_KEPT])


def _known_aliases(store: Store, workspace: EmbeddedWorkspace) -> Iterator[tuple[str, str, bool]]:
    for id_, _ in census.conversations(store.conn):
        yield "conversation", id_, conversation_by_alias(workspace, id_) is not None
    for contact, customer in census.contacts(store.conn):
        yield "contact", contact, customer_by_alias(workspace, contact) == customer
