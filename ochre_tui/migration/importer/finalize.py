"""Closing: what can be told only once every conversation has been read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ochre_tui.core.errors import RecordError
from ochre_tui.core.files import needing_room, replacing
from ochre_tui.intercom import listing
from ochre_tui.intercom.json_codec import dump
from ochre_tui.intercom.models import Macro, by_id
from ochre_tui.migration.convert.contact_mentions import Sighting, known_from
from ochre_tui.migration.convert.context import Lookups, StaffMember
from ochre_tui.migration.convert.macros import convert_macro
from ochre_tui.migration.convert.tags import merge_tags
from ochre_tui.migration.convert.users import historical_user
from ochre_tui.migration.importer.records import put_each, record_errors
from ochre_tui.migration.importer.reference import Reference
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.records import CustomField, SavedReply, Tag, User
from ochre_tui.ochre.target import Target
from ochre_tui.store import archive, outcomes, people, tags, warnings, worklist
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Kind, Outcome
from ochre_tui.store.store import Store


def unlisted_staff(store: Store, workspace: str, listed: frozenset[str]) -> dict[str, User]:
    """The admins that only conversations know, by Intercom id, with their latest name and e-mail there."""
    users = {}
    for admin_id in people.unlisted_admins(store.conn, listed):
        known = known_from(
            Sighting(seen.person_id, seen.role, seen.name, seen.email, seen.at, seen.conversation_id, seen.position)
            for seen in people.sightings(store.conn, "admin", admin_id)
        )
        users[admin_id] = historical_user(admin_id, known.email, known.name, workspace)
    return users


def with_unlisted(store: Store, lookups: Lookups, listed: frozenset[str]) -> Lookups:
    """The look-ups that know the e-mail of unlisted assignees too.

    Not their names: those would get into events, and differ with how many conversations were read before.
    """
    unlisted = {
        admin_id: StaffMember(user.id, user.email, None, assignable=False)
        for admin_id, user in unlisted_staff(store, lookups.workspace, listed).items()
    }
    return replace(lookups, staff={**unlisted, **lookups.staff})


def settle_staff(store: Store, target: Target, run: int, workspace: str, listed: frozenset[str]) -> int:
    """Write the historical members; how many conversations gave one of them, as assignee, another e-mail."""
    unlisted = unlisted_staff(store, workspace, listed)
    users = list(unlisted.values())
    made = target.put(run, users)
    again = 0
    with store.transaction() as conn:
        outcomes.record(conn, run, "users", [(u.id, outcome, None) for u, outcome in zip(users, made, strict=True)])
        for admin_id, user in unlisted.items():
            again += worklist.convert_again_where_assigned(conn, run, admin_id, user.email)
    return again


def drop_superseded(store: Store, target: Target, run: int, reference: Reference) -> None:
    """Take out the users and fields that were made for an earlier plan and that this one does not ask for.

    Who is at work in Ochre stays, without the ids of Intercom's admins.
    """
    unlisted = unlisted_staff(store, reference.lookups.workspace, reference.listed_admins).values()
    wanted: dict[Kind, set[str]] = {
        "users": {*reference.users, *(user.id for user in unlisted)},
        "custom_fields": {*(field.id for field in reference.fields), *reference.skipped_fields},
    }
    superseded = {kind: outcomes.ids(store.conn, kind) - ids for kind, ids in wanted.items()}
    users = [user for user in target.users() if user.id in superseded["users"]]
    fields = [field for field in target.custom_fields() if field.id in superseded["custom_fields"]]
    remaining = [replace(user, intercom_admin_ids=()) for user in users if user.state == "active"]
    made = target.put(run, remaining)
    target.remove((User, user.id) for user in users if user.state != "active")
    target.remove((CustomField, field.id) for field in fields)
    with store.transaction() as conn:
        for kind, ids in superseded.items():
            outcomes.forget(conn, kind, ids)
        changed = [user for user, outcome in zip(remaining, made, strict=True) if outcome == "changed"]
        outcomes.record(conn, run, "users", [(user.id, "changed", None) for user in changed])


def write_tags(store: Store, target: Target, run: int, workspace: str) -> None:
    """One tag for each name that the workspace or any record has."""
    records = merge_tags(tags.all_names(store.conn), workspace)
    made = target.put(run, records)
    with store.transaction() as conn:
        gone = tags.replace_records(conn, [tag.id for tag in records])
        outcomes.forget(conn, "tags", gone)
        outcomes.record(conn, run, "tags", [(t.id, outcome, None) for t, outcome in zip(records, made, strict=True)])
    target.remove((Tag, id_) for id_ in gone)


async def write_saved_replies(context: RunContext, reference: Reference) -> None:
    """Macros, read and written; left out where the plan says so."""
    rows = by_id(await listing.macros(context.client))
    context.progress.listed["macros"] = len(rows)

    def write(store: Store, target: Target) -> None:
        pack = Archive()
        replies: list[SavedReply] = []
        results: list[tuple[str, Outcome, str | None]] = []
        for id_, row in rows.items():
            try:
                with record_errors():
                    reply = convert_macro(Macro.read(row), reference.lookups)
            except RecordError as error:
                results.append((id_, "quarantined", error.title))
                continue
            if context.plan.import_.saved_replies:
                replies.append(reply)
            else:
                results.append((reply.intercom_id, "skipped", "left out by the plan"))
        for reply, outcome in zip(replies, put_each(target, context.run, replies), strict=True):
            if isinstance(outcome, RecordError):
                results.append((reply.intercom_id, "quarantined", outcome.title))
            else:
                results.append((reply.intercom_id, outcome, None))
        with store.transaction() as conn:
            archive.write(conn, store.seal, "macro", [(id_, pack.pack(dump(row))) for id_, row in rows.items()])
            outcomes.record(conn, context.run, "saved_replies", results)

    await context.writer.do(write)


def write_merges(store: Store, file: Path) -> None:
    """Put the merge reports (`customer_id, survivor, contact_ids, joined, emails, external_ids`) into `file` (0600)."""
    with needing_room(file.parent), replacing(file) as lines:
        lines.writelines(f"{report}\n".encode() for report in warnings.merges(store.conn))
