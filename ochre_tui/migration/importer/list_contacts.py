"""Listing contacts: their records into the archive, and the keys by which they are the same person."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom import listing
from ochre_tui.intercom.errors import Gone, NotFound
from ochre_tui.intercom.json_codec import dump
from ochre_tui.intercom.models import Contact, by_id
from ochre_tui.migration.convert.customers import contact_keys
from ochre_tui.migration.importer.customers import UNREAD
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.target import Target
from ochre_tui.store import archive, companies, deleted, people, runs
from ochre_tui.store.archive import Archive
from ochre_tui.store.store import Store

_SUBLISTS: Final[tuple[Literal["tags", "companies"], ...]] = ("tags", "companies")


@dataclass(frozen=True, slots=True)
class ReadContact:
    """A contact that is new or has changed, complete with its sub-lists."""

    id: str
    digest: bytes
    packed: bytes
    keys: Sequence[str]
    merged_ids: Sequence[str]
    company_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class _ReadPage:
    read: Sequence[ReadContact]
    known: Sequence[str]
    next_cursor: str | None


async def list_contacts(context: RunContext, tag_names: Mapping[str, str]) -> None:
    """Read every contact, from where this run's listing stopped; sub-lists only where the record lacks a part."""
    step = runs.step(context.reader.conn, context.run, "contacts")
    seen = people.contacts_read(context.reader.conn, context.run)
    context.progress.listed["contacts"] = seen
    if step.done:
        return
    pack = Archive()
    left_alone = deleted.contacts(context.reader.conn)
    async for page in listing.contacts(context.client, step.cursor):
        context.raise_if_stopped()
        rows = {id_: row for id_, row in by_id(page.rows).items() if id_ not in left_alone}
        digests = {id_: hashlib.blake2b(dump(row), digest_size=16).digest() for id_, row in rows.items()}
        known = people.contact_digests(context.reader.conn, list(rows))
        changed = [id_ for id_ in rows if known.get(id_) != digests[id_]]
        read = await asyncio.gather(*(_read(context, pack, rows[id_], digests[id_], tag_names) for id_ in changed))
        read_page = _ReadPage(read, [id_ for id_ in rows if id_ in known], page.next_cursor)
        await context.writer.do(partial(_take, run=context.run, page=read_page))
        seen += len(rows)
        context.progress.listed["contacts"] = seen


async def _read(
    context: RunContext, pack: Archive, row: dict[str, Any], digest: bytes, tag_names: Mapping[str, str]
) -> ReadContact:
    try:
        await _complete(context, row, tag_names)
    except (NotFound, Gone):
        pass  # deleted or merged since it was listed: what the row shows is what there is
    except RecordError as error:
        row[UNREAD], digest = error.title, b""
    contact = Contact.read(row)
    return ReadContact(
        id=contact.id,
        digest=digest,
        packed=pack.pack(dump(row)),
        keys=contact_keys(contact),
        merged_ids=[merged.source_contact_id for merged in contact.merge_history if merged.source_contact_id],
        company_ids=[company.id for company in contact.companies.data if company.id],
    )


async def _complete(context: RunContext, row: dict[str, Any], tag_names: Mapping[str, str]) -> None:
    """Put the whole of its lists into the row of a contact, which shows ten of each."""
    contact = Contact.read(row)
    for name in _SUBLISTS:
        shown = getattr(contact, name)
        if shown.has_more or (name == "tags" and any(tag.id not in tag_names for tag in shown.data)):
            row[name] = {"type": "list", "data": await listing.contact_sublist(context.client, contact.id, name)}


def _take(store: Store, _: Target, *, run: int, page: _ReadPage) -> None:
    with store.transaction() as conn:
        for contact in page.read:
            people.take_contact(conn, run, contact.id, contact.digest, contact.keys)
            people.merged_into(conn, contact.id, contact.merged_ids)
            companies.name(conn, contact.company_ids)
        archive.write(conn, store.seal, "contact", [(contact.id, contact.packed) for contact in page.read])
        people.still_listed(conn, run, page.known)
        runs.checkpoint(conn, run, "contacts", done=page.next_cursor is None, cursor=page.next_cursor)
