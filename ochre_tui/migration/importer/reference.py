"""What records refer to: team members, tags, teams, attributes; read anew in each run and small enough for memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias

from ochre_tui.core.errors import UsageError
from ochre_tui.intercom import listing
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.json_codec import dump
from ochre_tui.intercom.models import Admin, DataAttribute, Team, readable
from ochre_tui.intercom.models import Tag as SourceTag
from ochre_tui.migration.convert.context import RULES_VERSION, SKIP, FieldRule, Lookups, Rules, Skip, StaffMember
from ochre_tui.migration.convert.ids import bot_user_id
from ochre_tui.migration.convert.tags import tag_name
from ochre_tui.migration.convert.users import bot_user, historical_user, invited_user
from ochre_tui.migration.importer.records import load
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.migration.plan.model import SCOPES, Plan, parse_plan
from ochre_tui.ochre.ids import field_id, normal_email
from ochre_tui.ochre.records import CustomField, Scope, User
from ochre_tui.ochre.target import Target
from ochre_tui.store import archive, events, files, outcomes, people, refetch, runs, worklist
from ochre_tui.store import companies as store_companies
from ochre_tui.store import tags as store_tags
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Outcome
from ochre_tui.store.store import Store

Raw: TypeAlias = dict[str, Any]
"""The rows of each list in `_LISTS`, as Intercom gave them."""

_LOST_WRITES = (
    "The Ochre workspace lacks some of what was written into it: it is new, or an older state of it was put back. "
    "Everything is written again, from the archive."
)
_NEWER_RULES = (
    "This version of ochre-tui converts by other rules than the one that imported so far. Everything is converted "
    "again, from the archive; what becomes different is counted as changed."
)
_HOSTS = "file_hosts"
_LISTS = ("admins", "teams", "tags", "contact_attributes", "company_attributes", "conversation_attributes")


@dataclass(frozen=True, slots=True)
class Reference:
    """Look-ups for the conversion, and what they were made from.

    `users` are those that this migration puts into the target, by id; `tag_names` by Intercom id.
    """

    lookups: Lookups
    users: Mapping[str, User]
    fields: Sequence[CustomField]
    skipped_fields: Sequence[str]
    tag_names: Mapping[str, str]
    listed_admins: frozenset[str]


async def read_reference(context: RunContext) -> Reference:
    """Read the reference data and write the users and custom fields that the plan asks for."""
    rows = await asyncio.gather(
        listing.admins(context.client),
        listing.teams(context.client),
        listing.tags(context.client),
        listing.data_attributes(context.client, "contact"),
        listing.data_attributes(context.client, "company"),
        listing.conversation_attributes(context.client),
    )
    raw = dict(zip(_LISTS, rows, strict=True))
    return await context.writer.do(partial(_store_reference, context=context, raw=raw))


def latest_plan(store: Store) -> Plan:
    """The plan of the latest run; UsageError before the first one."""
    text = store.get("plan")
    if text is None:
        raise UsageError("Nothing was imported yet.", advice="Import with `ochre-tui run` first.")
    return parse_plan(text)


def archived_reference(store: Store, target: Target, plan: Plan, workspace: str, hosts: FileHosts) -> Reference:
    """The reference data as the latest run read it, for work that needs no request.

    Raises UsageError before the first run.
    """
    raw = Archive(store.seal).read(store.conn, "workspace", "reference")
    if raw is None:
        raise UsageError("Nothing was imported yet.", advice="Import with `ochre-tui run` first.")
    return _build(load(raw), plan, workspace, _all_hosts(store, hosts), target)


def _all_hosts(store: Store, hosts: FileHosts) -> FileHosts:
    """These hosts and those that earlier runs fetched files from: what was an attachment then is one now, whichever
    environment asks."""
    stored_hosts = store.get(_HOSTS) or ()
    return FileHosts(hosts.named | {(host, port) for host, port in stored_hosts})


def _store_reference(store: Store, target: Target, *, context: RunContext, raw: Raw) -> Reference:
    reference = _build(raw, context.plan, context.workspace.id_code, context.hosts, target)
    lost_writes = _has_lost_writes(store, target, reference.lookups.bot_user_id)
    store.set(_HOSTS, sorted(_all_hosts(store, context.hosts).named, key=repr))
    with store.transaction() as conn:
        if lost_writes and runs.target_writes(conn):
            events.note(conn, context.now(), "warning", "state", _LOST_WRITES)
        runs.target_took(conn, target.writes())
        archive.write(conn, store.seal, "workspace", [("reference", Archive().pack(dump(raw)))])
    if lost_writes:
        forget_lost_files(store, target)
    _refetch_damaged(store, target)
    digest = mapping_digest(reference.lookups)
    if store.get("mapping") is not None and store.get("rules") != RULES_VERSION:
        with store.transaction() as conn:
            events.note(conn, context.now(), "info", "state", _NEWER_RULES)
    store.set("rules", RULES_VERSION)
    if lost_writes or store.get("mapping") != digest:
        with store.transaction() as conn:
            worklist.convert_all_again(conn)
            people.convert_all_again(conn)
            store_companies.convert_all_again(conn)
        store.set("mapping", digest)
    write_reference(
        store, target, context.run, reference
    )  # last, as the bot's being there says that the rest was seen to
    return reference


def _has_lost_writes(store: Store, target: Target, bot: str) -> bool:
    """Whether this is not the workspace that was written into so far, or an older state of it.

    Every import writes the bot; the count of writes goes back with what was restored, or lost with a write-ahead log.
    """
    return target.writes() < runs.target_writes(store.conn) or all(user.id != bot for user in target.users())


def forget_lost_files(store: Store, target: Target) -> None:
    """Forget the downloads whose bytes the target has no more, so that they are fetched again."""
    lost = [sha256 for sha256 in files.stored_contents(store.conn) if not target.has_file(sha256)]
    with store.transaction() as conn:
        files.forget(conn, lost)


def _refetch_damaged(store: Store, target: Target) -> None:
    """What verification found damaged on this side comes from Intercom once more."""
    damaged = refetch.asked(store.conn, "file")
    for sha256 in damaged:
        target.discard_file(sha256)
    with store.transaction() as conn:
        files.forget(conn, damaged)
        worklist.fetch_again(conn, refetch.asked(conn, "conversation"))
        people.take_again(conn, refetch.asked(conn, "contact"))
        store_companies.take_again(conn, refetch.asked(conn, "company"))
        refetch.forget(conn)


def _build(raw: Raw, plan: Plan, workspace: str, hosts: FileHosts, target: Target) -> Reference:
    attributes = [
        *_attributes(raw["contact_attributes"], "contact"),
        *_attributes(raw["company_attributes"], "company"),
        *_attributes(raw["conversation_attributes"], "conversation"),
    ]
    tags = readable(raw["tags"], SourceTag.read)
    names = {tag.id: name for tag in tags if (name := tag_name(tag.name or ""))}
    fields, rules, skipped = _fields(plan, attributes, target.custom_fields())
    users, staff = _staff(plan, workspace, readable(raw["admins"], Admin.read), target.users())
    lookups = Lookups(
        workspace=workspace,
        file_hosts=hosts,
        bot_user_id=bot_user_id(workspace),
        staff=staff,
        teams={team.id: team.name or "" for team in readable(raw["teams"], Team.read)},
        tags=names,
        fields=rules,
        attachments=plan.import_.attachments,
        inline_images=plan.import_.inline_images,
    )
    return Reference(lookups, users, fields, skipped, names, frozenset(staff))


def _attributes(rows: Sequence[Any], model: Any) -> list[DataAttribute]:
    return [attribute for attribute in readable(rows, partial(DataAttribute.read, model=model)) if attribute.custom]


def _fields(
    plan: Plan, attributes: Sequence[DataAttribute], existing: Sequence[CustomField]
) -> tuple[list[CustomField], dict[Scope, Rules], list[str]]:
    """The fields to create, the rule for each attribute, and the attributes that have none."""
    labels = {(attribute.model, attribute.name): attribute.label or attribute.name for attribute in attributes}
    existing_fields = {(field.scope, field.key): field for field in existing}
    created: list[CustomField] = []
    rules: dict[Scope, dict[str, FieldRule | Literal[Skip.SKIP]]] = {scope: {} for scope in SCOPES.values()}
    for plan_scope, scope in SCOPES.items():
        for name, entry in plan.fields.of(plan_scope).items():
            if entry.action == "skip" or entry.key is None:
                rules[scope][name] = SKIP
            elif entry.action == "create" and entry.type is not None:
                label = labels.get((plan_scope, name)) or name
                created.append(
                    CustomField(
                        field_id(scope, entry.key), scope, entry.key, label, entry.type, entry.options or (), name
                    )
                )
                rules[scope][name] = FieldRule(entry.key, entry.type, entry.options or ())
            elif (field := existing_fields.get((scope, entry.key))) is not None:
                rules[scope][name] = FieldRule(field.key, field.type, field.options)
    skipped = [
        f"{attribute.model}.{attribute.name}"
        for attribute in attributes
        if not isinstance(rules[SCOPES[attribute.model]].get(attribute.name or ""), FieldRule)  # type: ignore[index]
    ]
    return created, dict(rules), skipped


def _staff(
    plan: Plan, workspace: str, admins: Sequence[Admin], team: Sequence[User]
) -> tuple[dict[str, User], dict[str, StaffMember]]:
    """The users to write, by id, and what each Intercom admin is in Ochre."""
    by_email = {normal_email(user.email): user for user in team if user.email and user.state != "historical"}
    bot = bot_user(workspace, [admin.id for admin in admins if admin.is_bot])
    users: dict[str, User] = {bot.id: bot}
    staff: dict[str, StaffMember] = {}
    for admin in admins:
        if admin.is_bot:
            staff[admin.id] = StaffMember(bot.id, admin.email, bot.name, assignable=False, is_bot=True)
            continue
        user = _user(plan, workspace, admin, by_email)
        others = users[user.id].intercom_admin_ids if user.id in users else ()
        users[user.id] = replace(user, intercom_admin_ids=tuple(sorted({*others, admin.id})))
        assignable = user.state in {"active", "invited"}
        staff[admin.id] = StaffMember(user.id, admin.email, user.name, assignable=assignable, is_bot=False)
    for admin_id, user in _matched_removed(plan, staff, by_email):
        others = users[user.id].intercom_admin_ids if user.id in users else ()
        users[user.id] = replace(user, intercom_admin_ids=tuple(sorted({*others, admin_id})))
        staff[admin_id] = StaffMember(user.id, None, None, assignable=True)
    return users, staff


def _matched_removed(
    plan: Plan, staff: Mapping[str, StaffMember], by_email: Mapping[str, User]
) -> Iterator[tuple[str, User]]:
    """Admins that Intercom lists no more and the plan matches all the same."""
    for admin_id, entry in plan.admins.items():
        user = by_email.get(normal_email(entry.user or "")) if entry.action == "match" else None
        if user is not None and admin_id not in staff:
            yield admin_id, user


def _user(plan: Plan, workspace: str, admin: Admin, by_email: Mapping[str, User]) -> User:
    """Who this admin is in Ochre by the plan; without an entry in it, a historical member."""
    entry = plan.admins.get(admin.id)
    if entry is not None and entry.action == "match" and entry.user:
        matched = by_email.get(normal_email(entry.user))
        if matched is not None:
            return matched
    if entry is not None and entry.action == "invite" and admin.email:
        user = by_email.get(normal_email(admin.email))
        if user is not None and user.state == "active":
            return user
        return invited_user([admin.id], admin.email, admin.name, entry.role)
    return historical_user(admin.id, admin.email, admin.name, workspace)


def write_reference(store: Store, target: Target, run: int, reference: Reference) -> None:
    """Put the users and custom fields into the target, and note what became of them."""
    users = list(reference.users.values())
    made_users = target.put(run, users)
    made_fields = target.put(run, reference.fields)
    skipped: list[tuple[str, Outcome, str | None]] = [
        (name, "skipped", "no entry in the plan, or skipped by it") for name in reference.skipped_fields
    ]
    with store.transaction() as conn:
        outcomes.record(conn, run, "users", [(u.id, made, None) for u, made in zip(users, made_users, strict=True)])
        outcomes.record(
            conn,
            run,
            "custom_fields",
            [(f.id, made, None) for f, made in zip(reference.fields, made_fields, strict=True)],
        )
        outcomes.record(conn, run, "custom_fields", skipped)
        store_tags.take(conn, run, reference.tag_names)


def mapping_digest(lookups: Lookups) -> str:
    """What the conversion of every record depends on; when it changes, all are converted again from the archive."""
    parts = (
        RULES_VERSION,
        sorted(lookups.staff.items()),
        sorted(lookups.teams.items()),
        sorted(lookups.tags.items()),
        sorted((scope, sorted(rules.items(), key=lambda rule: rule[0])) for scope, rules in lookups.fields.items()),
        lookups.attachments,
        lookups.inline_images,
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
