"""Taking out of the target what this migration put in, but for what people have changed in Ochre since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ochre_tui.core.errors import UsageError
from ochre_tui.migration import connection
from ochre_tui.migration.convert.ids import company_id, conversation_id, saved_reply_id
from ochre_tui.migration.importer.reference import forget_lost_files
from ochre_tui.migration.session import Session
from ochre_tui.ochre.columns import COMPANIES, CUSTOMERS, TAGS
from ochre_tui.ochre.records import Company, Customer, CustomField, JsonObject, SavedReply, Scope, Tag, Thread, User
from ochre_tui.ochre.target import Record, Target
from ochre_tui.store import companies, events, outcomes, people, runs, worklist, written
from ochre_tui.store.outcomes import Kind
from ochre_tui.store.store import Store

CHANGED: Final = "changed in Ochre since"
NEEDED: Final = "named by a record that is kept"
TAKEN_OUT: Final = "Taken out of Ochre again by `undo`; run again and it is imported from the archive."
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, by Ochre's id, that stays, and why."""

    kind: Kind
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a kind that are there: those to take out, and those that stay."""

    kind: Kind
    out: list[tuple[type[Record], str]]
    kept: list[Kept]


@dataclass(slots=True)
class Undone:
    """How many records of each kind go or are gone, and those that stay."""

    out: Counter[Kind] = field(default_factory=Counter)
    kept: list[Kept] = field(default_factory=list)

    def add(self, page: Page) -> None:
        """Count a page."""
        self.out[page.kind] += len(page.out)
        self.kept += page.kept


@dataclass(slots=True)
class _Needed:
    """What the records that stay refer to."""

    ids: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    fields: set[tuple[Scope, str]] = field(default_factory=set)

    def by(self, scope: Scope, ids: Iterable[str | None], tags: Iterable[str], values: JsonObject) -> None:
        self.ids.update(id_ for id_ in ids if id_)
        self.tags.update(tags)
        self.fields.update((scope, key) for key in values)


def preview(session: Session) -> Undone:
    """What an undo would take out and what it would keep; nothing is touched."""
    with session.lease(), session.store() as store, session.target() as target:
        return _previewed(store, target, connection.pinned(store).id_code, int(session.now()))


def undo(
    session: Session,
    on_page: Callable[[Page], bool] = lambda page: True,
    confirm: Callable[[Undone], None] | None = None,
) -> Undone:
    """Take it all out, but for what stays; UsageError before the first run.

    `confirm` gets what would go, and raises where that isn't wanted. `on_page` gets each page once it is out; where it
    gives False the undo ends there, and can be begun again.
    """
    undone = Undone()
    with session.lease(), session.store() as store, session.target() as target:
        workspace, now = connection.pinned(store).id_code, int(session.now())
        if confirm is not None:
            confirm(_previewed(store, target, workspace, now))
        for page in _taken_out(session, store, target, workspace, now):
            undone.add(page)
            if not on_page(page):
                break
    return undone


def _previewed(store: Store, target: Target, workspace: str, now: int) -> Undone:
    preview = Undone()
    for page in _pages(store, target, workspace, now):
        preview.add(page)
    return preview


def _taken_out(session: Session, store: Store, target: Target, workspace: str, now: int) -> Iterator[Page]:
    """Each page once it is out; it can be stopped between pages.

    From its first page on the store asks for everything to be converted again, so that a run brings it all back from
    the archive.
    """
    run = runs.latest(store.conn)
    if run is None:
        raise UsageError("Nothing was imported yet, so there is nothing to take out.")
    with store.transaction() as conn:
        worklist.convert_all_again(conn)
        people.convert_all_again(conn)
        companies.convert_all_again(conn)
        runs.end(conn, run.id, "paused", TAKEN_OUT, now)
        events.note(conn, now, "warning", "state", "Undo began: what was imported is taken out of Ochre.")
    session.audit("undo")  # of what is taken out from here on; a refused undo gets no line
    store.set("verified", None)
    for page in _pages(store, target, workspace, now):
        target.remove(page.out)
        yield page
    ours = outcomes.ids(store.conn, "users")
    matched = [user for user in target.users() if user.id in ours and user.state == "active"]
    target.put(run.id, [replace(user, intercom_admin_ids=()) for user in matched])
    target.sweep()
    forget_lost_files(store, target)
    with store.transaction() as conn:
        written.forget(conn)
        events.note(conn, now, "info", "state", "Undo is complete.")
    store.set("contacts", {})


def _pages(store: Store, target: Target, workspace: str, now: int) -> Iterator[Page]:
    """Everything that this migration put in and that is there, page by page; who refers comes before what is named."""
    needed = _Needed()
    for page in _sorted(target, "conversations", Thread, _conversations(store, workspace), needed, now):
        for kept in page.kept:
            _note_thread(target, kept.id, needed)
        yield page
    for page in _sorted(target, "customers", Customer, written.customers(store.conn), needed, now):
        for kept in page.kept:
            customer = target.record(CUSTOMERS, kept.id)
            if customer is not None:
                needed.by("customer", customer.company_ids, customer.tags, customer.custom_fields)
        yield page
    for page in _sorted(target, "companies", Company, _companies(store, workspace), needed, now):
        for kept in page.kept:
            company = target.record(COMPANIES, kept.id)
            if company is not None:
                needed.by("company", (), company.tags, company.custom_fields)
        yield page
    replies = (saved_reply_id(workspace, id_) for id_ in written.saved_replies(store.conn))
    yield from _sorted(target, "saved_replies", SavedReply, replies, needed, now)
    needed.ids.update(tag.id for tag in target.records(TAGS) if tag.name in needed.tags)
    yield from _sorted(target, "tags", Tag, written.tags(store.conn), needed, now)
    made = outcomes.ids(store.conn, "custom_fields")
    fields = [found for found in target.custom_fields() if found.id in made and found.source_name is not None]
    needed.ids.update(found.id for found in fields if (found.scope, found.key) in needed.fields)
    yield from _sorted(target, "custom_fields", CustomField, [found.id for found in fields], needed, now)
    ours = outcomes.ids(store.conn, "users")
    users = [user.id for user in target.users() if user.id in ours and user.state != "active"]
    yield from _sorted(target, "users", User, users, needed, now)


def _conversations(store: Store, workspace: str) -> Iterator[str]:
    return (conversation_id(workspace, id_) for id_ in written.conversations(store.conn))


def _companies(store: Store, workspace: str) -> Iterator[str]:
    return (company_id(workspace, id_) for id_ in written.companies(store.conn))


def _sorted(
    target: Target, kind: Kind, record: type[Record], ids: Iterable[str], needed: _Needed, now: int
) -> Iterator[Page]:
    left = iter(ids)
    while page := list(islice(left, _PAGE)):
        there = target.edited([(record, id_) for id_ in page], now)
        out = [(record, id_) for id_, changed in there.items() if not changed and id_ not in needed.ids]
        kept = [Kept(kind, id_, CHANGED) for id_, changed in there.items() if changed]
        kept += [Kept(kind, id_, NEEDED) for id_, changed in there.items() if not changed and id_ in needed.ids]
        if there:
            yield Page(kind, out, kept)


def _note_thread(target: Target, id_: str, needed: _Needed) -> None:
    thread = target.thread(id_)
    if thread is None:
        return
    conversation = thread.conversation
    authors = [message.author.id for message in thread.messages]
    tags = [*conversation.tags, *(tag for message in thread.messages for tag in message.tags)]
    named = [*authors, conversation.assignee_id, *conversation.customer_ids]
    needed.by("conversation", named, tags, conversation.custom_fields)
