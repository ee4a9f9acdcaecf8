"""Custom fields by a changed mapping of the attributes: only their values, from the archive, without a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.models import Conversation, scrub
from ochre_tui.migration.convert.context import FieldRule, Rules
from ochre_tui.migration.convert.fields import is_nothing
from ochre_tui.migration.convert.ids import company_id, conversation_id, saved_reply_id
from ochre_tui.migration.convert.ticket import attributes_of
from ochre_tui.migration.importer.finalize import drop_superseded
from ochre_tui.migration.importer.reconvert import Reconverter, reconverter_by
from ochre_tui.migration.importer.records import load
from ochre_tui.migration.importer.reference import write_reference
from ochre_tui.migration.plan.model import SCOPES, PlanScope
from ochre_tui.migration.repair.remapping import Remapping, keep, remapped
from ochre_tui.migration.session import Session
from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS, SAVED_REPLIES
from ochre_tui.ochre.records import Company, Customer, JsonObject, Scope
from ochre_tui.ochre.records import Conversation as OchreConversation
from ochre_tui.ochre.target import Record, Target, id_of
from ochre_tui.store import written
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store

_PAGE: Final = 200

R = TypeVar("R")
Holder = TypeVar("Holder", OchreConversation, Customer, Company)
Attributes: TypeAlias = Mapping[Scope, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """An attribute that the plan sends elsewhere now, in words; of the records with a value, how many fit, and not."""

    scope: PlanScope
    name: str
    before: str
    now: str
    fits: int
    misfits: int


@dataclass(frozen=True, slots=True)
class _Holding:
    """A record that holds values: as it is in the target, and as it should be; `unmapped` as it should be."""

    scope: Scope
    there: Record
    wanted: Record
    values: JsonObject
    unmapped: JsonObject


def preview(session: Session, plan_file: Path | None = None) -> list[Change]:
    """What the plan's present mapping of attributes changes; UsageError before the first import."""
    with remapped(session, plan_file, "fields") as (store, target, remapping):
        return _changes(store, target, remapping)


def resync(
    session: Session, plan_file: Path | None = None, on_changes: Callable[[list[Change]], None] | None = None
) -> int:
    """Bring the fields, their values and the saved replies that name them in line with the plan's mapping, and keep it
    for later runs; how many records were rewritten.

    `on_changes` gets what changes, where that is asked for: to find out what fits takes long. Values that people
    entered into other fields stay. It can be repeated: what is right already is left alone.
    """
    now = int(session.now())
    with remapped(session, plan_file, "fields") as (store, target, remapping):
        if on_changes is not None:
            on_changes(_changes(store, target, remapping))
        changed = _changed(remapping)
        write_reference(store, target, remapping.run, remapping.after)
        holdings = _holdings(store, target, remapping, changed)
        moved = ((holding.there, holding.wanted) for holding in holdings if holding.there != holding.wanted)
        rewritten = _put(target, remapping.run, moved, now)
        rewritten += _put(target, remapping.run, _replies(store, target, remapping), now)
        drop_superseded(store, target, remapping.run, remapping.after)
        keep(store, remapping)
        if any(changed.values()):
            session.audit("resync", rewritten=rewritten, kind="records")
    return rewritten


def _changes(store: Store, target: Target, remapping: Remapping) -> list[Change]:
    changed = _changed(remapping)
    fits: Counter[tuple[Scope, str]] = Counter()
    misfits: Counter[tuple[Scope, str]] = Counter()
    for holding in _holdings(store, target, remapping, changed):
        rules = remapping.after.lookups.rules(holding.scope)
        for name in changed[holding.scope]:
            rule = rules.get(name)
            fits[holding.scope, name] += isinstance(rule, FieldRule) and rule.key in holding.values
            misfits[holding.scope, name] += scrub(name) in holding.unmapped
    was, now = remapping.before.lookups, remapping.after.lookups
    return [
        Change(plan, name, _words(was.rules(of), name), _words(now.rules(of), name), fits[of, name], misfits[of, name])
        for plan, of in SCOPES.items()
        for name in changed[of]
    ]


def _changed(remapping: Remapping) -> dict[Scope, list[str]]:
    was, now = remapping.before.lookups, remapping.after.lookups
    return {
        of: sorted(
            name for name in {*was.rules(of), *now.rules(of)} if was.rules(of).get(name) != now.rules(of).get(name)
        )
        for of in SCOPES.values()
    }


def _words(rules: Rules, name: str) -> str:
    if name not in rules:
        return "unmapped"
    rule = rules[name]
    return f"{rule.key} ({rule.type})" if isinstance(rule, FieldRule) else "left out"


def _put(target: Target, run: int, records: Iterable[tuple[Record, Record]], now: int) -> int:
    """Write what is wanted in place of what is there, a page at a time."""
    left, written_now = iter(records), 0
    while page := list(islice(left, _PAGE)):
        target.edited([(type(there), id_of(there)) for there, _ in page], now)  # noted before a put would hide it
        target.put(run, [wanted for _, wanted in page])
        written_now += len(page)
    return written_now


def _holdings(store: Store, target: Target, remapping: Remapping, changed: Attributes) -> Iterator[_Holding]:
    """Every record of the target that may hold a value of a changed attribute."""
    again = reconverter_by(store, remapping.after)
    workspace = again.lookups.workspace
    if changed["customer"]:
        for id_ in written.customers(store.conn):
            customer, wanted = target.record(CUSTOMERS, id_), _readable(again.customer, id_)
            if customer is not None and wanted is not None:
                moved = _moved("customer", customer, wanted, remapping, changed)
                yield _Holding("customer", customer, moved, wanted.custom_fields, wanted.unmapped)
    if changed["company"]:
        for id_ in written.companies(store.conn):
            company, expected = target.record(COMPANIES, company_id(workspace, id_)), _readable(again.company, id_)
            if company is not None and expected is not None:
                remade = _moved("company", company, expected, remapping, changed)
                yield _Holding("company", company, remade, expected.custom_fields, expected.unmapped)
    if changed["conversation"]:
        yield from _threads(store, target, again, remapping, changed)


def _threads(
    store: Store, target: Target, again: Reconverter, remapping: Remapping, changed: Attributes
) -> Iterator[_Holding]:
    """Conversations are converted only where they have a value, as this is what takes long."""
    archive = Archive(store.seal)
    for id_ in written.conversations(store.conn):
        raw = archive.read(store.conn, "conversation", id_)
        there = target.thread(conversation_id(again.lookups.workspace, id_))
        if raw is None or there is None:
            continue
        attributes = attributes_of(Conversation.read(load(raw)))
        if all(is_nothing(attributes.get(name)) for name in changed["conversation"]):
            continue
        wanted = _readable(again.thread, id_)
        if wanted is not None:
            conversation = _moved("conversation", there.conversation, wanted.conversation, remapping, changed)
            values, unmapped = wanted.conversation.custom_fields, wanted.conversation.unmapped
            yield _Holding("conversation", there, replace(there, conversation=conversation), values, unmapped)


def _readable(convert: Callable[[str], R], id_: str) -> R | None:
    """The record converted again; None where its original can't be read, which verification tells."""
    try:
        return convert(id_)
    except RecordError:
        return None


def _moved(scope: Scope, there: Holder, wanted: Holder, remapping: Remapping, changed: Attributes) -> Holder:
    """The record with the values of the changed attributes where they belong now, all others as they are."""
    rules = [remapping.before.lookups.rules(scope), remapping.after.lookups.rules(scope)]
    names = {scrub(name) for name in changed[scope]}
    keys = {rule.key for of in rules for name in changed[scope] if isinstance(rule := of.get(name), FieldRule)}
    return replace(
        there,
        custom_fields=_taken_over(there.custom_fields, wanted.custom_fields, keys),
        unmapped=_taken_over(there.unmapped, wanted.unmapped, names),
    )


def _taken_over(there: JsonObject, wanted: JsonObject, keys: Set[str]) -> JsonObject:
    kept = {key: value for key, value in there.items() if key not in keys}
    return kept | {key: value for key, value in wanted.items() if key in keys}


def _replies(store: Store, target: Target, remapping: Remapping) -> Iterator[tuple[Record, Record]]:
    again = reconverter_by(store, remapping.after)
    for id_ in written.saved_replies(store.conn):
        there = target.record(SAVED_REPLIES, saved_reply_id(again.lookups.workspace, id_))
        wanted = _readable(again.saved_reply, id_)
        if there is not None and wanted is not None and there != wanted:
            yield there, wanted
