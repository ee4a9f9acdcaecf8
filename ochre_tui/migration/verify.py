"""Verification: what Intercom had against what Ochre has, record by record, from the archive and without a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeAlias, TypeVar

from ochre_tui.errors import RecordError
from ochre_tui.migration.convert.ids import company_id, conversation_id, saved_reply_id
from ochre_tui.migration.importer.offline import Reconverter
from ochre_tui.ochre.aliases import conversation_by_alias, customer_by_alias
from ochre_tui.ochre.columns import (
    COMPANIES,
    CONVERSATIONS,
    CUSTOM_FIELDS,
    CUSTOMERS,
    SAVED_REPLIES,
    TAGS,
    USERS,
    Table,
)
from ochre_tui.ochre.records import CustomField, Tag, Thread, User
from ochre_tui.ochre.target import Target
from ochre_tui.state import census
from ochre_tui.state import files as state_files
from ochre_tui.state.store import Store

_RUN = "ochre-tui run"
_MOST_KEPT = 1000

CHECKS = (
    "in scope",
    "conversations",
    "customers",
    "companies",
    "users",
    "custom fields",
    "tags",
    "saved replies",
    "quarantine",
    "parts",
    "attachments",
    "aliases",
    "second pass",
)
"""The names of the checks, in the order in which they are made."""

R = TypeVar("R", User, CustomField, Tag)

Told: TypeAlias = Callable[[str, int], None]
"""Hears the name of a check and how many of its records are done."""

Pair: TypeAlias = tuple[str, Callable[[], Any], Callable[[], Any]]
"""A record's id in Intercom, how to make what is expected of it, and how to read what is there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that is not as it should be, by Intercom's id where it has one; `command` tries it again."""

    kind: str
    id: str
    field: str
    expected: Any
    actual: Any
    command: str | None = None


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


def verify(store: Store, workspace: Target, again: Reconverter, told: Told = lambda check, done: None) -> Verification:
    """Compare everything that was imported."""
    checks = list(each_check(store, workspace, again, told))
    return Verification(all(check.ok for check in checks), checks, incomplete(store))


def each_check(store: Store, workspace: Target, again: Reconverter, told: Told) -> Iterator[Check]:
    """The checks of `CHECKS`, one after the other as they are done."""
    yield _in_scope(store, workspace, again)
    writes = 0
    for name, pairs in (
        ("conversations", _threads(store, workspace, again)),
        ("customers", _customers(store, workspace, again)),
        ("companies", _companies(store, workspace, again)),
        ("users", _by_id(again.users.values(), workspace, USERS)),
        ("custom fields", _by_id(again.fields, workspace, CUSTOM_FIELDS)),
        ("tags", _by_id(again.tags(), workspace, TAGS)),
        ("saved replies", _saved_replies(store, workspace, again)),
    ):
        check = _same(name, pairs, told)
        writes += check.expected - check.actual
        yield check
    yield _quarantine(store)
    yield _parts(store, workspace, again)
    yield _attachments(store, workspace, told)
    yield _aliases(store, workspace, again, told)
    yield Check("second pass", 0, writes, writes == 0, [])


def incomplete(store: Store) -> list[Incomplete]:
    """The conversations of which Intercom gave out only a part."""
    return [
        Incomplete(row.id, row.expected_parts, row.got_parts, "Intercom gives out the newest 500 parts only")
        for row in census.incomplete(store.conn)
    ]


def _in_scope(store: Store, workspace: Target, again: Reconverter) -> Check:
    """Every conversation in scope is there, in its latest version."""
    missing = {row.id: _tried(row) for row in census.undone(store.conn)}
    there = 0
    for id_, _ in census.conversations(store.conn):
        if id_ in missing:
            continue
        if workspace.record(CONVERSATIONS, conversation_id(again.lookups.workspace, id_)) is not None:
            there += 1
        else:
            missing[id_] = Difference("conversations", id_, "", "imported", "not in Ochre")
    return Check("in scope", there + len(missing), there, not missing, list(missing.values())[:_MOST_KEPT])


def _quarantine(store: Store) -> Check:
    """No other record was set aside."""
    found = [_tried(row) for row in census.quarantined(store.conn)]
    return Check("quarantine", 0, len(found), not found, found[:_MOST_KEPT])


def _tried(row: census.Undone) -> Difference:
    return Difference(row.kind, row.id, "", "imported", row.reason, _RUN)


def _threads(store: Store, workspace: Target, again: Reconverter) -> Iterator[Pair]:
    for id_, _ in census.conversations(store.conn):
        ochre_id = conversation_id(again.lookups.workspace, id_)
        yield id_, partial(again.thread, id_), partial(workspace.thread, ochre_id)


def _customers(store: Store, workspace: Target, again: Reconverter) -> Iterator[Pair]:
    for id_ in census.customers(store.conn):
        yield id_, partial(again.customer, id_), partial(workspace.record, CUSTOMERS, id_)


def _saved_replies(store: Store, workspace: Target, again: Reconverter) -> Iterator[Pair]:
    for id_ in census.saved_replies(store.conn):
        ochre_id = saved_reply_id(again.lookups.workspace, id_)
        yield id_, partial(again.saved_reply, id_), partial(workspace.record, SAVED_REPLIES, ochre_id)


def _companies(store: Store, workspace: Target, again: Reconverter) -> Iterator[Pair]:
    for id_ in census.companies(store.conn):
        ochre_id = company_id(again.lookups.workspace, id_)
        yield id_, partial(again.company, id_), partial(workspace.record, COMPANIES, ochre_id)


def _by_id(records: Iterable[R], workspace: Target, table: Table[R]) -> Iterator[Pair]:
    for record in records:
        yield record.id, partial(_itself, record), partial(workspace.record, table, record.id)


def _itself(record: R) -> R:
    return record


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


def _parts(store: Store, workspace: Target, again: Reconverter) -> Check:
    """Every part that Intercom counts is a message; where Intercom withholds some, the conversation says so."""
    expected, got = census.part_sums(store.conn)
    unmarked = [
        Difference("conversations", row.id, "incomplete", True, False)
        for row in census.incomplete(store.conn)
        if not _is_marked(workspace, again, row.id)
    ]
    return Check("parts", expected, got, not unmarked, unmarked)


def _is_marked(workspace: Target, again: Reconverter, id_: str) -> bool:
    thread = workspace.thread(conversation_id(again.lookups.workspace, id_))
    return thread is not None and thread.conversation.incomplete


def _attachments(store: Store, workspace: Target, told: Told) -> Check:
    """Every stored file hashes to what its attachments say; those that Intercom no longer has are not counted."""
    stored = state_files.attachment_tally(store.conn).stored
    differences: list[Difference] = []
    for found in workspace.file_differences():
        differences += [
            Difference("attachments", id_, found.problem, found.expected, found.actual) for id_ in found.attachment_ids
        ]
        told("attachments", len(differences))
    wrong = len({difference.id for difference in differences})
    return Check("attachments", stored, stored - wrong, wrong == 0, differences[:_MOST_KEPT])


def _aliases(store: Store, workspace: Target, again: Reconverter, told: Told) -> Check:
    """Every old conversation id and contact id leads to its record."""
    number = right = 0
    differences: list[Difference] = []
    for number, (kind, value, expected, actual) in enumerate(_known_aliases(store, workspace, again), start=1):
        if actual == expected:
            right += 1
        else:
            differences.append(Difference(kind, value, "alias", expected, actual))
        told("aliases", number)
    return Check("aliases", number, right, right == number, differences[:_MOST_KEPT])


def _known_aliases(store: Store, workspace: Target, again: Reconverter) -> Iterator[tuple[str, str, str, str | None]]:
    for id_, _ in census.conversations(store.conn):
        expected = conversation_id(again.lookups.workspace, id_)
        yield "conversations", id_, expected, conversation_by_alias(workspace, id_)
    for contact, customer in census.contacts(store.conn):
        yield "contacts", contact, customer, customer_by_alias(workspace, contact)
