"""The scan, a dry run: reads Intercom's lists and a sample of conversations, and keeps what an import would meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Final, Protocol

from ochre_tui.core.errors import RecordError
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import actionable_error, in_loop
from ochre_tui.intercom import companies, listing, windows
from ochre_tui.intercom.client import Intercom
from ochre_tui.intercom.errors import ListingIncomplete
from ochre_tui.intercom.hosts import FileHosts
from ochre_tui.intercom.models import Conversation, DataAttribute, Json, Macro, readable
from ochre_tui.intercom.models.workspace import Model
from ochre_tui.intercom.workspace import Workspace
from ochre_tui.migration import connection
from ochre_tui.migration.credentials.tokens import INTERCOM
from ochre_tui.migration.plan.scope import workspace_zone
from ochre_tui.migration.scan.findings import Findings, Sampled, scan_result
from ochre_tui.migration.scan.left_behind import count_left_behind
from ochre_tui.migration.scan.result import ScanResult, keep
from ochre_tui.migration.scan.sample import files_in
from ochre_tui.migration.scan.suggest import with_suggestions
from ochre_tui.migration.scan.tallies import MOST_SAMPLED, AdminTally, CompanyTally, ContactTally, ConversationTally
from ochre_tui.migration.scan.usage import Usage
from ochre_tui.migration.session import Session
from ochre_tui.ochre.records import CustomField, User
from ochre_tui.store.store import Store

MOST_REQUESTS: Final = 50
"""Requests of a scan besides the pages of conversations, contacts, companies and macros, if none has to be repeated."""
_FEWEST_SAMPLED: Final = 12
_SAMPLED_AT_ONCE: Final = 8
_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a step of the scan is: rows read of so many, None where Intercom gives no total."""

    step: str
    done: int
    total: int | None = None


def scan(session: Session, on_progress: Callable[[ScanProgress], None] = lambda on_progress: None) -> ScanResult:
    """Scan the migration's Intercom workspace and keep the result; raises what the client raises."""
    token = session.token(INTERCOM)
    with session.store() as store:
        result = in_loop(_scan(session, store, token, on_progress))
        keep(store, result)
    return result


async def _scan(
    session: Session, store: Store, token: Secret, on_progress: Callable[[ScanProgress], None]
) -> ScanResult:
    workspace = await connection.confirmed(store, token)
    with session.target() as target:
        users, fields = target.users(), target.custom_fields()
    async with Intercom(token, workspace.base_url) as client:
        return await scan_workspace(
            client,
            workspace,
            hosts=connection.attachment_hosts(),
            users=users,
            fields=fields,
            rng=session.rng or SystemRandom(),
            on_progress=on_progress,
        )


async def scan_workspace(
    client: Intercom,
    workspace: Workspace,
    *,
    hosts: FileHosts,
    users: Sequence[User],
    fields: Sequence[CustomField],
    rng: Random,
    on_progress: Callable[[ScanProgress], None] = lambda on_progress: None,
) -> ScanResult:
    """Scan the workspace; `users` and `fields` are Ochre's, for the suggestions, `rng` draws the sample.

    Reads only. Raises what the client raises, where a permission that the import needs is missing or a list can't be
    read to its end.
    """
    scan = _Scan(client, workspace, hosts, rng, on_progress)
    try:
        findings = await scan.findings()
    except BaseExceptionGroup as group:
        raise actionable_error(group) from group
    return with_suggestions(scan_result(findings, rng), users, fields)


class _RowTally(Protocol):
    def add(self, row: Json) -> None: ...


@dataclass(frozen=True, slots=True)
class _Lists:
    """The short lists of a workspace, each read in one piece."""

    admins: list[Json]
    teams: list[Json]
    tags: list[Json]
    contact: list[Json]
    company: list[Json]
    conversation: list[Json]


class _Scan:
    """One scan; long lists are read at the same time, page by page, and only counted."""

    def __init__(
        self,
        client: Intercom,
        workspace: Workspace,
        hosts: FileHosts,
        rng: Random,
        on_progress: Callable[[ScanProgress], None],
    ) -> None:
        self._client = client
        self._workspace = workspace
        self._hosts = hosts
        self._rng = rng
        self._on_progress = on_progress
        self._pages = 0
        self._incomplete: dict[str, str] = {}

    async def findings(self) -> Findings:
        began = self._client.budget().requests
        lists = await self._short_lists()
        admins = AdminTally()
        admins.add_listed(lists.admins)
        conversations = ConversationTally(
            Usage("conversation", _definitions(lists.conversation, "conversation")),
            admins,
            workspace_zone(self._workspace.timezone),
            self._rng,
        )
        contacts = ContactTally(Usage("contact", _definitions(lists.contact, "contact")))
        company_tally = CompanyTally(Usage("company", _definitions(lists.company, "company")))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._conversations(conversations))
            group.create_task(self._walk("contacts", listing.contacts(self._client), contacts))
            group.create_task(self._companies(company_tally))
            macros = group.create_task(self._macros())
            left_behind = group.create_task(count_left_behind(self._client))
        left_behind.result().refused.update(self._incomplete)
        spent = self._client.budget().requests - began - self._pages
        ids = conversations.draw.chosen(max(_FEWEST_SAMPLED, min(MOST_SAMPLED, MOST_REQUESTS - spent)))
        sampled = await self._sample(ids, admins)
        return Findings(
            workspace=self._workspace,
            tags=len(lists.tags),
            teams=len(lists.teams),
            admins=admins,
            contacts=contacts,
            companies=company_tally,
            conversations=conversations,
            macros=macros.result(),
            left_behind=left_behind.result(),
            sampled=sampled,
            pages=self._pages,
            limit=self._client.budget().pace.limit,
        )

    async def _short_lists(self) -> _Lists:
        self._on_progress(ScanProgress("workspace", 0))
        async with asyncio.TaskGroup() as group:
            admins = group.create_task(listing.admins(self._client))
            teams = group.create_task(listing.teams(self._client))
            tags = group.create_task(listing.tags(self._client))
            contact = group.create_task(listing.data_attributes(self._client, "contact"))
            company = group.create_task(listing.data_attributes(self._client, "company"))
            conversation = group.create_task(listing.conversation_attributes(self._client))
        return _Lists(
            admins.result(), teams.result(), tags.result(), contact.result(), company.result(), conversation.result()
        )

    async def _conversations(self, tally: ConversationTally) -> None:
        pending = await windows.first_windows(self._client)
        async for page in windows.list_conversations(self._client, pending):
            self._pages += 1
            for row in page.rows:
                tally.add(row)
            self._on_progress(ScanProgress("conversations", len(tally.seen)))

    async def _companies(self, tally: CompanyTally) -> None:
        try:
            await self._walk("companies", companies.scroll(self._client), tally)
        except ListingIncomplete as error:
            self._incomplete["companies"] = error.title

    async def _walk(self, step: str, pages: AsyncIterator[listing.Page], tally: _RowTally) -> None:
        done = 0
        async for page in pages:
            self._pages += 1
            done += len(page.rows)
            for row in page.rows:
                tally.add(row)
            self._on_progress(ScanProgress(step, done))

    async def _macros(self) -> list[Macro]:
        rows = await listing.macros(self._client)
        self._pages += max(1, -(-len(rows) // listing.PER_PAGE))
        self._on_progress(ScanProgress("macros", len(rows)))
        return readable(rows, Macro.read)

    async def _sample(self, ids: Sequence[str], admins: AdminTally) -> Sampled:
        sampled = Sampled()
        waiting = iter(ids)
        clock = self._client.clock.monotonic

        async def read() -> None:
            for conversation_id in waiting:
                began = clock()
                try:
                    raw = await self._client.get(f"/conversations/{conversation_id}", attempts=_ATTEMPTS)
                    conversation = Conversation.read(raw)
                    files = files_in(conversation, self._hosts)
                except RecordError:
                    sampled.failed.append(conversation_id)
                    continue
                sampled.seconds.append(clock() - began)
                sampled.files.append(files)
                admins.read(conversation)
                self._on_progress(ScanProgress("sample", len(sampled.files), len(ids)))

        async with asyncio.TaskGroup() as group:
            for _ in range(_SAMPLED_AT_ONCE):
                group.create_task(read())
        return sampled


def _definitions(rows: Sequence[Json], model: Model) -> list[DataAttribute]:
    return readable(rows, lambda row: DataAttribute.read(row, model))
