"""Conversations and contacts that were imported and that Intercom does not list any more.

A complete listing without them is a reason to ask, no proof: each is asked for by its id. What Intercom says it has no
longer is deleted, or was merged; anything else stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ochre_tui.core.errors import RecordError
from ochre_tui.intercom.errors import Gone, NotFound
from ochre_tui.intercom.json_codec import Json
from ochre_tui.migration.convert.ids import conversation_id
from ochre_tui.migration.importer.list_conversations import listed_rows
from ochre_tui.migration.importer.run_context import RunContext
from ochre_tui.ochre.records import Thread
from ochre_tui.ochre.target import Target
from ochre_tui.store import (
    admin_parts,
    archive,
    checklist,
    deleted,
    files,
    outcomes,
    people,
    sync_passes,
    warnings,
    worklist,
)
from ochre_tui.store.store import Store

_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class _Answers:
    """What Intercom says of records that no listing shows: deleted, merged (id, what it became), or there after all."""

    gone: Sequence[str]
    merged: Sequence[tuple[str, str]]
    present: Sequence[Json]


async def settle_deletions(context: RunContext) -> None:
    """Find out what was deleted since, note it, and take it out of Ochre where the plan says so."""
    conn = context.reader.conn
    this = sync_passes.of(conn, context.run)
    await context.writer.do(lambda store, _: _forget_listed(store, context.run))
    if this is not None and this.since is None:
        for ids in _chunks(worklist.vanished(conn, context.run)):
            answers = await _look_up(context, "/conversations", ids)
            await context.writer.do(partial(_note_conversations, run=context.run, at=context.now(), answers=answers))
    for ids in _chunks(people.vanished(conn, context.run)):
        answers = await _look_up(context, "/contacts", ids)
        await context.writer.do(partial(_note_contacts, run=context.run, at=context.now(), answers=answers))
    if context.plan.import_.deleted == "remove":
        workspace = context.workspace.id_code
        for ids in _chunks(deleted.kept(conn, "conversations")):
            await context.writer.do(partial(_remove_conversations, run=context.run, workspace=workspace, ids=ids))
        for ids in _chunks(deleted.kept(conn, "contacts")):
            await context.writer.do(partial(_remove_contacts, run=context.run, ids=ids))


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _AT_A_TIME] for start in range(0, len(ids), _AT_A_TIME)]


async def _look_up(context: RunContext, path: str, ids: Sequence[str]) -> _Answers:
    await context.wait_while_paused()
    looked_up = await asyncio.gather(*(_look_up_one(context, f"{path}/{id_}") for id_ in ids))
    answers = dict(zip(ids, looked_up, strict=True))
    merged = {id_: answer.canonical_id for id_, answer in answers.items() if isinstance(answer, Gone)}
    return _Answers(
        gone=[id_ for id_, answer in answers.items() if isinstance(answer, NotFound)]
        + [id_ for id_, canonical in merged.items() if canonical is None],
        merged=[(id_, canonical) for id_, canonical in merged.items() if canonical is not None],
        present=[answer for answer in answers.values() if isinstance(answer, dict)],
    )


async def _look_up_one(context: RunContext, path: str) -> Json | NotFound | Gone | None:
    try:
        return await context.client.get(path)
    except (NotFound, Gone) as error:
        return error
    except RecordError:
        return None  # Intercom does not tell: the next pass asks again


def _forget_listed(store: Store, run: int) -> None:
    with store.transaction() as conn:
        deleted.forget_listed(conn, run)


def _note_conversations(store: Store, _: Target, *, run: int, at: int, answers: _Answers) -> None:
    with store.transaction() as conn:
        worklist.enlist(conn, run, listed_rows(answers.present))
        deleted.note(conn, run, at, "conversations", [*answers.gone, *(id_ for id_, _ in answers.merged)])


def _note_contacts(store: Store, _: Target, *, run: int, at: int, answers: _Answers) -> None:
    """One that was merged into a contact we know is that contact; into any other, it is gone with it."""
    with store.transaction() as conn:
        deleted.note(conn, run, at, "contacts", answers.gone)
        for id_, canonical in answers.merged:
            if canonical != id_ and people.is_contact(conn, canonical):
                people.merged_into(conn, canonical, [id_])
            else:
                deleted.note(conn, run, at, "contacts", [id_])


def _remove_conversations(store: Store, target: Target, *, run: int, workspace: str, ids: Sequence[str]) -> None:
    target.remove((Thread, conversation_id(workspace, id_)) for id_ in ids)
    with store.transaction() as conn:
        worklist.drop(conn, ids)
        archive.drop(conn, "conversation", ids)
        people.see(conn, ids, ())
        admin_parts.note(conn, ids, ())
        people.drop_unseen(conn)
        files.attach(conn, ids, ())
        warnings.warn(conn, 0, "conversations", [(id_, ()) for id_ in ids])
        outcomes.forget(conn, "conversations", ids)
        for id_ in ids:
            checklist.mark_looked_at(conn, id_, None)
        deleted.removed(conn, run, "conversations", ids)


def _remove_contacts(store: Store, _: Target, *, run: int, ids: Sequence[str]) -> None:
    """Whoever wrote in is a placeholder from now on, as in an import made anew; the others leave in the last phase."""
    with store.transaction() as conn:
        everybody = people.drop_contacts(conn, ids)
        worklist.convert_again_where_named(conn, run, everybody)
        archive.drop(conn, "contact", everybody)
        deleted.removed(conn, run, "contacts", ids)
