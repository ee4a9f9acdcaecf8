"""Authors and assignees by a changed mapping of the admins: only what it touches, from the store, without a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attribution import attributed
from ochre_tui.migration.convert.conversation import assignee
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.convert.lookups import Lookups
from ochre_tui.migration.convert.sightings import people_of, staff_of
from ochre_tui.migration.importer.batch import sightings
from ochre_tui.migration.importer.closing import drop_superseded, settle_staff, with_unlisted
from ochre_tui.migration.importer.people import People
from ochre_tui.migration.importer.raw import load
from ochre_tui.migration.importer.reference import (
    Reference,
    archived_reference,
    latest_plan,
    mapping_digest,
    write_reference,
)
from ochre_tui.migration.plan import Plan
from ochre_tui.migration.plan_file import plan_text
from ochre_tui.ochre.records import Thread, User
from ochre_tui.ochre.target import Target
from ochre_tui.state import people, runs, staff
from ochre_tui.state.archive import Archive
from ochre_tui.state.people import Seen
from ochre_tui.state.store import Store

_PAGE: Final = 200

Told: TypeAlias = Callable[[int, int], None]
"""Hears how many conversations are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Change:
    """An Intercom admin whom the plan makes somebody else now, in words, and what they have a part in."""

    admin_id: str
    admin: str
    before: str
    now: str
    conversations: int
    messages: int


@dataclass(frozen=True, slots=True)
class Remapping:
    """The latest run's plan with other admins, and what this changes."""

    plan: Plan
    before: Reference
    after: Reference
    changes: list[Change]

    @property
    def admin_ids(self) -> list[str]:
        return [change.admin_id for change in self.changes]


def remapping(store: Store, target: Target, plan: Plan, workspace: str, hosts: FileHosts) -> Remapping:
    """What the admins of `plan` change in what is imported; UsageError before the first run."""
    old = latest_plan(store)
    new = old.model_copy(update={"admins": plan.admins})
    before = archived_reference(store, target, old, workspace, hosts)
    after = archived_reference(store, target, new, workspace, hosts)
    return Remapping(new, before, after, list(_changes(store, before, after)))


def resync(store: Store, target: Target, found: Remapping, now: int, told: Told = lambda done, total: None) -> int:
    """Bring users, authors and assignees in line with the mapping, and keep it for later runs; how many conversations
    were rewritten.

    Everything is written in place and can be repeated: what is right already is left alone.
    """
    run = runs.latest(store.conn)
    assert run is not None  # there is a reference, so there was a run
    workspace, listed = found.after.lookups.workspace, found.after.listed_admins
    write_reference(store, target, run.id, found.after)
    rewritten = done = 0
    total = staff.count_conversations(store.conn, found.admin_ids)
    for page in _pages(store, found):
        rewritten += _rewrite(store, target, run.id, found, page, now)
        done += len(page)
        told(done, total)
    settle_staff(store, target, run.id, workspace, listed)
    drop_superseded(store, target, run.id, found.after)
    _keep(store, found)
    return rewritten


def _changes(store: Store, before: Reference, after: Reference) -> Iterator[Change]:
    was, now = before.lookups.staff, after.lookups.staff
    for admin_id in sorted({*was, *now}):
        old, new = _user(before, admin_id), _user(after, admin_id)
        if was.get(admin_id) == now.get(admin_id) and old == new:
            continue
        touched = staff.touched(store.conn, admin_id)
        name = next((found.email or found.name for found in (now.get(admin_id), was.get(admin_id)) if found), None)
        yield Change(
            admin_id, name or f"admin {admin_id}", _words(old), _words(new), touched.conversations, touched.messages
        )


def _user(reference: Reference, admin_id: str) -> User | None:
    """The user that stands for an admin, leaving out which other admins it stands for."""
    member = reference.lookups.staff.get(admin_id)
    user = reference.users.get(member.user_id) if member else None
    return replace(user, intercom_admin_ids=()) if user else None


def _words(user: User | None) -> str:
    if user is None or user.state == "historical":
        return "no account"
    return f"{user.email} (invited as {user.role})" if user.state == "invited" else user.email or user.id


def _pages(store: Store, found: Remapping) -> Iterator[list[str]]:
    last = ""
    while found.changes and (ids := staff.conversations_of(store.conn, found.admin_ids, last, _PAGE)):
        yield ids
        last = ids[-1]


def _rewrite(store: Store, target: Target, run: int, found: Remapping, ids: list[str], now: int) -> int:
    """Rewrite those of these conversations that are other than the mapping wants them; what people changed stays."""
    lookups = with_unlisted(store, found.after.lookups, found.after.listed_admins)
    sources = list(_archived(store, ids))
    changed: list[Thread] = []
    for source in sources:
        thread = target.thread(conversation_id(lookups.workspace, source.id))
        wanted = attributed(thread, source, lookups) if thread is not None else None
        if wanted is not None and wanted != thread:
            changed.append(wanted)
    target.edited([(Thread, thread.conversation.id) for thread in changed], now)  # noted before a put would hide it
    target.put(run, changed)
    if found.after.listed_admins != found.before.listed_admins:
        _see_again(store, sources, lookups, found.after.listed_admins)
    return len(changed)


def _archived(store: Store, ids: list[str]) -> Iterator[Conversation]:
    archive = Archive()
    for id_ in ids:
        raw = archive.read(store.conn, "conversation", id_)
        if raw is not None:
            yield Conversation.read(load(raw))


def _see_again(store: Store, sources: list[Conversation], lookups: Lookups, listed: frozenset[str]) -> None:
    """An admin that Intercom lists no more is known by appearances alone, which are not kept while one is matched."""
    known = People(store.conn, lookups.workspace)
    seen: list[Seen] = []
    for source in sources:
        met = people_of(source)
        _, email = assignee(source, lookups)
        seen += sightings(source, met, staff_of(source), known.of(met), email, listed)
    with store.transaction() as conn:
        people.see(conn, [source.id for source in sources], seen)


def _keep(store: Store, found: Remapping) -> None:
    """Later runs, and verification, go by this mapping; a run still converts all again where more than it changed."""
    if store.get("mapping") == mapping_digest(found.before.lookups):
        store.set("mapping", mapping_digest(found.after.lookups))
    store.set("plan", plan_text(found.plan))
