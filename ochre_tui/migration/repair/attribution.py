"""Authors and assignees by a changed mapping of the admins: only what it touches, from the store, without a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ochre_tui.intercom.models import Conversation
from ochre_tui.migration.convert.attribution import attributed
from ochre_tui.migration.convert.contact_mentions import people_of, staff_of
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.conversation import assignee
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.importer.convert_record import sightings
from ochre_tui.migration.importer.customers import CustomerLookup
from ochre_tui.migration.importer.finalize import drop_superseded, settle_staff, with_unlisted
from ochre_tui.migration.importer.records import load
from ochre_tui.migration.importer.reference import Reference, write_reference
from ochre_tui.migration.repair.remapping import Remapping, keep, remapped
from ochre_tui.migration.session import Session
from ochre_tui.ochre.records import Thread, User
from ochre_tui.ochre.target import Target
from ochre_tui.store import admin_parts, people
from ochre_tui.store.archive import Archive
from ochre_tui.store.people import Seen
from ochre_tui.store.store import Store

_PAGE: Final = 200


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
class Changes:
    """Admins whom the plan makes somebody else now; in how many conversations any of them has a part, and messages."""

    admins: list[Change]
    conversations: int
    messages: int


def preview(session: Session, plan_file: Path | None = None) -> Changes:
    """What the plan's present mapping of admins changes; UsageError before the first import."""
    with remapped(session, plan_file, "admins") as (store, _, remapping):
        return _changes(store, remapping)


def resync(
    session: Session,
    plan_file: Path | None = None,
    on_changes: Callable[[Changes], None] = lambda changes: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Bring users, authors and assignees in line with the plan's mapping, and keep it for later runs; how many
    conversations were rewritten.

    `on_changes` gets what changes, `on_progress` how many conversations are done, and of how many. Everything is
    written in place and can be repeated: what is right already is left alone.
    """
    now = int(session.now())
    with remapped(session, plan_file, "admins") as (store, target, remapping):
        changes = _changes(store, remapping)
        on_changes(changes)
        admins = [change.admin_id for change in changes.admins]
        write_reference(store, target, remapping.run, remapping.after)
        rewritten = done = 0
        for page in _pages(store, admins):
            rewritten += _rewrite(store, target, remapping, page, now)
            done += len(page)
            on_progress(done, changes.conversations)
        settle_staff(store, target, remapping.run, remapping.after.lookups.workspace, remapping.after.listed_admins)
        drop_superseded(store, target, remapping.run, remapping.after)
        keep(store, remapping)
        if changes.admins:
            session.audit("resync", rewritten=rewritten, kind="conversations")
    return rewritten


def _changes(store: Store, remapping: Remapping) -> Changes:
    was, now = remapping.before.lookups.staff, remapping.after.lookups.staff
    changed = [
        _change(store, remapping, admin_id)
        for admin_id in sorted({*was, *now})
        if was.get(admin_id) != now.get(admin_id)
        or _user(remapping.before, admin_id) != _user(remapping.after, admin_id)
    ]
    conversations = admin_parts.count_conversations(store.conn, [change.admin_id for change in changed])
    return Changes(changed, conversations, sum(change.messages for change in changed))


def _change(store: Store, remapping: Remapping, admin_id: str) -> Change:
    members = (remapping.after.lookups.staff.get(admin_id), remapping.before.lookups.staff.get(admin_id))
    name = next((member.email or member.name for member in members if member), None)
    touched = admin_parts.touched(store.conn, admin_id)
    return Change(
        admin_id,
        name or f"admin {admin_id}",
        _words(_user(remapping.before, admin_id)),
        _words(_user(remapping.after, admin_id)),
        touched.conversations,
        touched.messages,
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


def _pages(store: Store, admins: Sequence[str]) -> Iterator[list[str]]:
    last = ""
    while ids := admin_parts.conversations_of(store.conn, admins, last, _PAGE):
        yield ids
        last = ids[-1]


def _rewrite(store: Store, target: Target, remapping: Remapping, ids: list[str], now: int) -> int:
    """Rewrite those of these conversations that are other than the mapping wants them; what people changed stays."""
    lookups = with_unlisted(store, remapping.after.lookups, remapping.after.listed_admins)
    sources = list(_archived(store, ids))
    changed: list[Thread] = []
    for source in sources:
        thread = target.thread(conversation_id(lookups.workspace, source.id))
        wanted = attributed(thread, source, lookups) if thread is not None else None
        if wanted is not None and wanted != thread:
            changed.append(wanted)
    target.edited([(Thread, thread.conversation.id) for thread in changed], now)  # noted before a put would hide it
    target.put(remapping.run, changed)
    if remapping.after.listed_admins != remapping.before.listed_admins:
        _see_again(store, sources, lookups, remapping.after.listed_admins)
    return len(changed)


def _archived(store: Store, ids: list[str]) -> Iterator[Conversation]:
    archive = Archive(store.seal)
    for id_ in ids:
        raw = archive.read(store.conn, "conversation", id_)
        if raw is not None:
            yield Conversation.read(load(raw))


def _see_again(store: Store, sources: list[Conversation], lookups: Lookups, listed: frozenset[str]) -> None:
    """An admin that Intercom lists no more is known by appearances alone, which are not kept while one is matched."""
    known = CustomerLookup(store.conn, lookups.workspace)
    seen: list[Seen] = []
    for source in sources:
        met = people_of(source)
        _, email = assignee(source, lookups)
        seen += sightings(source, met, staff_of(source), known.customers_of(met), email, listed)
    with store.transaction() as conn:
        people.see(conn, [source.id for source in sources], seen)
