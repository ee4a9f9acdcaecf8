"""Companies: listed into the archive, and written from there into the target."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom import companies as listing
from ochre_tui.intercom.errors import Gone, ListingIncomplete, NotFound
from ochre_tui.intercom.json_codec import dump
from ochre_tui.intercom.models import Company, by_id
from ochre_tui.migration.convert.companies import convert_company
from ochre_tui.migration.convert.context import Lookups
from ochre_tui.migration.convert.ids import company_id
from ochre_tui.migration.importer.records import load, put_each, record_errors
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.records import Company as OchreCompany
from ochre_tui.ochre.target import Target
from ochre_tui.store import archive, companies, outcomes, runs, tags, warnings
from ochre_tui.store.archive import Archive
from ochre_tui.store.outcomes import Outcome
from ochre_tui.store.store import Store

Rows: TypeAlias = Mapping[str, dict[str, Any]]
"""Companies as Intercom gave them, by id."""

_LOOKED_UP_AT_ONCE = 50
_PAGE = 500


async def list_companies(context: RunContext) -> None:
    """Read every company of the scroll; nothing else is done in between, as the scroll lives for a minute only."""
    if runs.step(context.reader.conn, context.run, "companies").done:
        return
    pack = Archive()
    seen = 0
    incomplete: list[str] = []
    try:
        async for page in listing.scroll(context.client):
            context.raise_if_stopped()
            rows = by_id(page.rows)
            await context.writer.do(partial(_take, pack=pack, run=context.run, rows=rows))
            seen += len(rows)
            context.progress.listed["companies"] = seen
    except ListingIncomplete as error:
        incomplete.append(f"{error.title}. {error.meaning}")
    await context.writer.do(lambda store, _: _done(store, context.run, incomplete))


async def read_named_companies(context: RunContext) -> None:
    """Read the companies that contacts or conversations name and no listing showed, one by one.

    One that Intercom no longer has is left as it is: nothing but its id is known.
    """
    pack = Archive()
    named = companies.unknown(context.reader.conn, context.run)
    for start in range(0, len(named), _LOOKED_UP_AT_ONCE):
        context.raise_if_stopped()
        ids = named[start : start + _LOOKED_UP_AT_ONCE]
        answers = dict(zip(ids, await asyncio.gather(*(_look_up(context, id_) for id_ in ids)), strict=True))
        rows = {id_: answer for id_, answer in answers.items() if isinstance(answer, dict)}
        failed = [(id_, answer) for id_, answer in answers.items() if isinstance(answer, str)]
        await context.writer.do(partial(_take_named, pack=pack, run=context.run, ids=ids, rows=rows, failed=failed))


async def _look_up(context: RunContext, id_: str) -> dict[str, Any] | str | None:
    """The company, why it can't be read, or None where Intercom has none."""
    try:
        return await context.client.get(f"/companies/{id_}")
    except (NotFound, Gone):
        return None
    except RecordError as error:
        return error.title


def _take(store: Store, _: Target, *, pack: Archive, run: int, rows: Rows) -> None:
    raw = {id_: dump(row) for id_, row in rows.items()}
    digests = {id_: hashlib.blake2b(body, digest_size=16).digest() for id_, body in raw.items()}
    with store.transaction() as conn:
        changed = companies.take(conn, run, digests)
        archive.write(conn, store.seal, "company", [(id_, pack.pack(raw[id_])) for id_ in changed])


def _take_named(
    store: Store,
    target: Target,
    *,
    pack: Archive,
    run: int,
    ids: Sequence[str],
    rows: Rows,
    failed: Sequence[tuple[str, str]],
) -> None:
    _take(store, target, pack=pack, run=run, rows=rows)
    with store.transaction() as conn:
        companies.looked_up(conn, run, ids)
        outcomes.record(conn, run, "companies", [(id_, "quarantined", reason) for id_, reason in failed])


def _done(store: Store, run: int, incomplete: Sequence[str]) -> None:
    with store.transaction() as conn:
        warnings.warn(conn, run, "companies", [("", incomplete)])
        runs.checkpoint(conn, run, "companies", done=True)


def write_companies(store: Store, target: Target, run: int, lookups: Lookups) -> None:
    """Convert and write what is new or has changed; note the others as unchanged."""
    archived = Archive(store.seal)
    last = ""
    while ids := companies.to_do(store.conn, last, _PAGE):
        last = ids[-1]
        records: list[OchreCompany] = []
        results: list[tuple[str, Outcome, str | None]] = []
        tags_seen: dict[str, str] = {}
        for id_ in ids:
            raw = archived.read(store.conn, "company", id_)
            try:
                with record_errors():
                    converted = convert_company(Company.read(load(raw or b"")), lookups)
            except RecordError as error:
                results.append((id_, "quarantined", error.title))
                continue
            records.append(converted.company)
            tags_seen.update(converted.tags_seen)
        done: list[str] = []
        for company, outcome in zip(records, put_each(target, run, records), strict=True):
            if isinstance(outcome, RecordError):
                results.append((company.intercom_id, "quarantined", outcome.title))
            else:
                results.append((company.intercom_id, outcome, None))
                done.append(company.intercom_id)
        with store.transaction() as conn:
            runs.target_took(conn, target.writes())
            tags.see(conn, tags_seen.items())
            outcomes.record(conn, run, "companies", results)
            companies.done(conn, done)
    with store.transaction() as conn:
        companies.note_unchanged(conn, run)


def company_ids(store: Store, workspace: str) -> dict[str, str]:
    """Ochre's id for every company that is known, by Intercom's."""
    return {id_: company_id(workspace, id_) for id_ in companies.all_ids(store.conn)}
